/**
 * The OpenAPI document of the operations: what they are declared by, told to programs.
 */
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { PROBLEMS, type ProblemCode } from '../problem.ts';
import { mediaTypesOf, problemsOf, type Answer, type Operation } from './operation.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

const CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

const problem = z
  .strictObject({
    type: z.string().meta({ description: 'A page that explains the code; relative to the address of the gateway.' }),
    title: z.string(),
    status: z.int(),
    code: z.enum(CODES).meta({ description: 'Stable: programs look at it.' }),
    detail: z.string().optional().meta({ description: 'For people: what to do about it.' }),
    errors: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Every mistake in the request: the field, and what is allowed.' }),
    course_map_id: z.uuid().optional().meta({ description: 'With `planning_failed`: the course, which is there.' }),
    cause: z.string().nullable().optional().meta({ description: 'With `planning_failed`: a stable code, or null when it was cancelled.' }),
    node_status: z.string().optional().meta({ description: 'How the node is that cannot be read or retried.' }),
    request_id: z.string().meta({ description: 'As in the header `X-Request-Id`, in the log, and in the events that the request caused.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });

const TAGS = [
  { name: 'Courses', description: 'Asking for courses, looking at them, stopping them.' },
  { name: 'Watching', description: 'How far a course is, how it stood, and what happens as it happens.' },
  { name: 'Nodes', description: 'Knowledge cards.' },
  { name: 'Administration', description: 'For operators.' },
  { name: 'Webhooks', description: 'Events, sent to your servers as Standard Webhooks by the relay.' },
  { name: 'Documentation', description: 'What you read, for programs and for people.' },
  { name: 'Probes', description: 'For whoever balances load.' },
];

const INTRODUCTION = `A learner asks for a course; a model plans a map of nodes, and then writes a knowledge card for each. The course always finishes.

Every error is a problem document (RFC 9457) with a stable \`code\`. Beyond those of each operation there are \`route_not_found\` (404) for a path
that is not here, and \`method_not_allowed\` (405) for a method that its path does not know.

Every POST takes an \`Idempotency-Key\`: sent again with the same key, the same request is done once, and has the same answer, with
\`Idempotent-Replayed: true\`.

Every answer has an \`X-Request-Id\`; one of your own (1 to 100 letters, digits, \`.\`, \`_\`, \`-\`) is kept.`;

/** @param version of the release */
export function describeApi(operations: readonly Operation[], version: string): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of operations) (paths[operation.path] ??= {})[operation.method] = describe(operation);
  return createDocument({
    openapi: '3.1.1',
    info: { title: 'Coursewright', version, description: INTRODUCTION, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    tags: TAGS,
    paths,
    components: { schemas: { Problem: problem }, securitySchemes: { bearer: BEARER } },
  });
}

const BEARER = {
  type: 'http',
  scheme: 'bearer',
  description: 'A key of `pnpm keys create`, or a token of the identity provider that the gateway trusts. A gateway that is open asks for neither. Scopes: '
    + '`courses:read`, `courses:write`, `events:read`, `admin`; none brings another with it.',
} as const;

const IDEMPOTENCY = {
  'Idempotency-Key': 'Makes the request safe to repeat: with the same key, the same request is done once and answered alike, for a day.',
};

function describe(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, scope, summary, description, params, query, body, headers = {}, answers } = operation;
  const asked = Object.fromEntries(Object.entries({ ...(operation.method === 'post' ? IDEMPOTENCY : {}), ...headers }).map(([name, told]) => [name, z.string().optional().meta({ description: told })]));
  return {
    operationId: id,
    tags: [tag],
    security: scope === 'none' ? [] : [{ bearer: [scope] }],
    summary,
    ...(description === undefined ? {} : { description }),
    requestParams: { path: params, query, header: z.object(asked) },
    ...(body === undefined ? {} : { requestBody: { required: !body.safeParse(undefined).success, content: { 'application/json': { schema: body } } } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, describeAnswer(answer)])),
      ...describeProblems(problemsOf(operation)),
    },
  };
}

function describeAnswer(answer: Answer) {
  const { description, body, headers = {} } = answer;
  return {
    description,
    headers: Object.fromEntries(Object.entries(headers).map(([name, told]) => [name, { description: told, schema: { type: 'string' as const } }])),
    ...(body === undefined ? {} : { content: Object.fromEntries(mediaTypesOf(answer).map((type) => [type, { schema: body }])) }),
  };
}

/** By status, each with the codes that it may have here. */
function describeProblems(codes: readonly ProblemCode[]) {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries([...byStatus].sort(([one], [other]) => one - other).map(([status, those]) => {
    const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object' as const, properties: { code: { enum: those } } }] };
    return [String(status), { description: those.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '), content: { 'application/problem+json': { schema } } }];
  }));
}
