/**
 * An operation of the API, declared once: the router serves it, the OpenAPI document describes it, and what a client sends is read as
 * it is declared. What is not declared is not served.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import type { DatabaseWatch } from '@coursewright/postgres';
import type { Ownership } from '../auth/ownership.ts';
import { nameOf, type Scope } from '../auth/principal.ts';
import type { Cause } from '../cause.ts';
import type { RequestState } from '../error-middleware.ts';
import type { Idempotency, Once } from '../idempotency/once.ts';
import { Problem, type ProblemCode } from '../problem.ts';
import type { Reader, Readers } from '../queries/reader.ts';
import { admit, isStillAdmitted, type Admitting } from './admission.ts';
import { refuseWrongSchema } from './database-problems.ts';
import { takeBody } from './body.ts';
import { readBody, readNoBody, readParameters } from './requests.ts';

export type Method = 'get' | 'post' | 'patch' | 'delete';
/** The chapters of the document. */
export type Tag = 'Courses' | 'Watching' | 'Nodes' | 'Administration' | 'Webhooks' | 'Documentation' | 'Probes';

/** One way in which an operation succeeds. */
export interface Answer {
  readonly description: string;
  /** Absent when there is none. */
  readonly body?: z.ZodType;
  /** JSON when absent; several when it depends on what is asked for. */
  readonly mediaType?: string | readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a client sent, as the declaration has it. */
export interface Asked<Params, Query, Body> {
  readonly ctx: Context;
  /** For the metadata of every event that the request causes. */
  readonly cause: Cause;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** What whoever asks may read. */
  readonly reader: Reader;
  /** For what the request does, if it is a POST. */
  readonly once: Once;
  /** Whom limits count for: who asks, or the address where nobody is told apart. */
  readonly client: string;
  /** Whether who asks may still do so: for what goes on after it is answered. */
  readonly isStillAdmitted: () => Promise<boolean>;
}

/** What every operation is served with. */
export interface Serving extends Admitting {
  readonly database: Pick<DatabaseWatch, 'mismatch'>;
  readonly readers: Readers;
  readonly ownership: Ownership;
  readonly idempotency: Idempotency;
}

interface Described {
  /** The name of the function that a generated client has for it. */
  readonly id: string;
  readonly method: Method;
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: `/${string}`;
  readonly tag: Tag;
  /** What whoever asks must be allowed; `none`: everybody is, and nobody is asked who he is. */
  readonly scope: Scope | 'none';
  readonly summary: string;
  readonly description?: string;
  /** Headers that it looks at, by name: what they do. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<number, Answer>>;
  /** What may go wrong beyond what may always ({@link problemsOf}). */
  readonly problems: readonly ProblemCode[];
}

export interface Declaration<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> extends Described {
  readonly params?: Params;
  /** Parameters that are not in it are refused. */
  readonly query?: Query;
  /** One that allows `undefined` may be left out. Without it, a body is refused. */
  readonly body?: Body;
  /** Answers by `ctx`, with one of `answers`. @throws Problem one of `problems` */
  readonly handle: (asked: Asked<z.output<Params>, z.output<Query>, z.output<Body>>) => Promise<void> | void;
}

/** A declaration whose own types are forgotten: the router and the document need no more. */
export interface Operation extends Described {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | undefined;
  /** Reads the request, and answers it. @throws Problem */
  readonly serve: (ctx: Context, serving: Serving) => Promise<void>;
}

/** What is no POST is the same when it is done twice, by its own nature. */
const REPEATABLE: Once = () => Promise.reject(new Error('only a POST is done once'));

const NONE = z.strictObject({});

export function operation<Params extends z.ZodObject = typeof NONE, Query extends z.ZodObject = typeof NONE, Body extends z.ZodType = z.ZodUndefined>(
  declaration: Declaration<Params, Query, Body>,
): Operation {
  const { params = NONE, query = NONE, body, handle, ...described } = declaration;
  const produced = [...new Set(Object.values(declaration.answers).flatMap(mediaTypesOf)), 'application/problem+json'];
  return {
    ...described,
    params,
    query,
    body,
    async serve(ctx, serving) {
      const { readers, ownership, idempotency, audit } = serving;
      // What anybody may ask (probes, documents, the page) asks nothing of the database, or of its schema alone.
      if (declaration.scope !== 'none') refuseWrongSchema(await serving.database.mismatch());
      const principal = await admit(ctx, declaration, serving);
      if (ctx.accepts(produced) === false) {
        throw new Problem('not_acceptable', { detail: `The answer is ${produced[0] ?? ''}.` });
      }
      if (declaration.method !== 'get') await takeBody(ctx);
      const asked = {
        ctx,
        client: nameOf(principal) ?? ctx.ip,
        isStillAdmitted: () => isStillAdmitted(ctx, declaration, serving),
        reader: readers.of(principal.tenant),
        cause: { requestId: (ctx.state as RequestState).requestId, principal },
        params: readParameters(ctx.params as unknown, params),
        query: readParameters({ ...ctx.query }, query),
        body: readDeclaredBody(ctx, declaration.method, body),
      };
      const { course_map_id: courseMapId } = asked.params as { readonly course_map_id?: string };
      if (principal.tenant !== undefined && courseMapId !== undefined) await ownership.require(principal.tenant, courseMapId);
      // Before it is done: whatever becomes of it, it is known who tried.
      if (declaration.scope === 'admin' && declaration.method !== 'get') audit.tell('AdminActed', ctx, { actor: principal.id, operation: declaration.id });
      const answer = (once: Once): Promise<void> | void =>
        // As the schemas made them, which are these types.
        handle({ ...asked, once } as Asked<z.output<Params>, z.output<Query>, z.output<Body>>);
      if (declaration.method === 'post') await idempotency.answer(ctx, nameOf(principal) ?? '', { query: asked.query, body: asked.body }, answer);
      else await answer(REPEATABLE);
    },
  };
}

export function mediaTypesOf({ mediaType = 'application/json' }: Answer): readonly string[] {
  return typeof mediaType === 'string' ? [mediaType] : mediaType;
}

/** Every problem that an operation may answer with, by its own declaration and by what is true of all. */
export function problemsOf({ method, scope, problems }: Pick<Operation, 'method' | 'scope' | 'problems'>): readonly ProblemCode[] {
  const ofBodies = method === 'get' ? [] : (['foreign_origin', 'invalid_json', 'unsupported_media_type', 'body_too_large'] as const);
  const ofKeys = method === 'post' ? (['request_in_flight', 'idempotency_key_reused'] as const) : [];
  const ofScopes = scope === 'none' ? [] : (['schema_mismatch', 'unauthenticated', 'forbidden', 'rate_limited', 'authentication_unavailable'] as const);
  return [...new Set<ProblemCode>(['invalid_request', 'unknown_host', ...ofScopes, ...ofBodies, ...ofKeys, ...problems, 'not_acceptable', 'internal_error', 'database_unavailable'])];
}

function readDeclaredBody(ctx: Context, method: Method, body: z.ZodType | undefined): unknown {
  if (body !== undefined) return readBody(ctx, body);
  return method === 'get' ? undefined : readNoBody(ctx);
}
