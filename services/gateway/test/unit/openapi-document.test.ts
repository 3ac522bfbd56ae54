/**
 * The OpenAPI document is well-formed by the rules of others, has every operation with every problem it may answer with, and demands what
 * the gateway demands.
 */
import { createConfig, lintFromString } from '@redocly/openapi-core';
import t from 'tap';
import { routerOf } from '../../src/api/mount.ts';
import { problemsOf, type Serving } from '../../src/api/operation.ts';
import type { Gateway } from '../../src/gateway.ts';
import { createOperations } from '../../src/operations.ts';
import { PROBLEMS, type ProblemCode } from '../../src/problem.ts';
import { apiDocument, undocumented } from '../fixtures/documented-answers.ts';

const operations = createOperations({} as Gateway);
const document = apiDocument();

t.test('Redocly finds nothing to complain of', async (t) => {
  // A probe has no way to fail that is the fault of whoever asks; nor is there a key to be had that would be wrong.
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: 'openapi.json', config });
  t.same(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`), []);
});

t.test('every route is in the document, and the document has no other', async (t) => {
  const served = routerOf(operations, {} as Serving).stack.filter(({ methods }) => methods.length < 5).flatMap(({ methods, path }) => methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${String(path)}`));
  const described = Object.entries(document.paths as Record<string, object>).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`));
  t.same(served.sort(), described.sort());
  t.ok(served.length > 20, `${served.length} operations`);
});

t.test('every problem of an operation is documented under its status', async (t) => {
  for (const operation of operations) {
    const { responses } = document.paths[operation.path][operation.method];
    for (const code of problemsOf(operation)) {
      const codes = responses[PROBLEMS[code].status]?.content?.['application/problem+json']?.schema.allOf[1].properties.code.enum as ProblemCode[] | undefined;
      t.ok(codes?.includes(code), `${operation.id}: ${code}`);
    }
  }
});

t.test('every problem that there is can be met somewhere', async (t) => {
  const met = new Set<ProblemCode>(['route_not_found', 'method_not_allowed', ...operations.flatMap(problemsOf)]);
  t.same(Object.keys(PROBLEMS).filter((code) => !met.has(code as ProblemCode)), []);
});

t.test('what a request must have is in the document', async (t) => {
  const { schemas } = document.components;
  t.same(schemas.CourseRequest.required, ['topic', 'level', 'focus', 'verified_concept', 'mode', 'total_commitment_minutes']);
  t.match(schemas.CourseRequest.properties.total_commitment_minutes, { type: 'integer', minimum: 30, maximum: 480 });
  t.equal(schemas.CourseRequest.additionalProperties, false);
  const progress = document.paths['/api/v1/course-map/{course_map_id}/progress'].get;
  t.match(progress.parameters.find(({ name }: { name: string }) => name === 'course_map_id'), { in: 'path', required: true, schema: { type: 'string', format: 'uuid' } });
  t.match(progress.parameters.find(({ name }: { name: string }) => name === 'at'), { in: 'query', schema: { format: 'date-time' } });
  t.notOk(document.paths['/api/v1/course-map/{course_map_id}/cancel'].post.requestBody.required);
  t.ok(document.paths['/api/v1/course-map/generate'].post.requestBody.required);
});

t.test('an answer that is not as documented is noticed', async (t) => {
  const seen = (method: string, path: string, status: number, body: object, contentType = 'application/json') =>
    undocumented(method, path, { status, contentType, text: JSON.stringify(body) });
  const problem = { type: 't', title: 't', status: 404, code: 'node_not_found', request_id: 'r' };
  t.equal(seen('GET', '/livez', 200, { ok: true }), undefined);
  t.match(seen('GET', '/livez', 200, { ok: true, more: 1 }), /additional/);
  t.match(seen('GET', '/livez', 201, { ok: true }), /not documented/);
  t.match(seen('GET', '/livez', 200, { ok: true }, 'text/plain'), /not of the type/);
  t.match(seen('GET', '/nowhere', 200, {}), /no such path/);
  t.match(seen('DELETE', '/livez', 200, {}), /has no DELETE/);
  t.match(seen('GET', '/api/v1/course-map/x/progress', 404, problem, 'application/problem+json'), /allowed values/);
  t.equal(seen('GET', '/api/v1/course-map/x/nodes/n', 404, problem, 'application/problem+json'), undefined);
});
