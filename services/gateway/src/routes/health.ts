/**
 * Whether this process lives, and whether it can serve.
 */
import { z } from 'zod';
import { instant } from '../api/course-documents.ts';
import { refuseTrouble } from '../api/database-problems.ts';
import { operation, type Operation } from '../api/operation.ts';
import type { Gateway } from '../gateway.ts';

const ok = z.literal(true);
/** Whatever asks this may add to the path what it likes. */
const anything = z.looseObject({});

export function healthOperations({ database, metrics }: Gateway): Operation[] {
  const probe = { method: 'get', tag: 'Probes', scope: 'none', query: anything } as const;
  return [
    operation({
      ...probe,
      id: 'getLiveness',
      path: '/livez',
      summary: 'Whether the process lives',
      answers: { 200: { description: 'It does.', body: z.strictObject({ ok }) } },
      problems: [],
      handle({ ctx }) {
        ctx.body = { ok: true };
      },
    }),
    operation({
      ...probe,
      id: 'getReadiness',
      path: '/readyz',
      summary: 'Whether the process can serve',
      answers: { 200: { description: 'The database has the schema of this release, and takes an event (tried, and taken back).', body: z.strictObject({ ok }) } },
      problems: ['schema_mismatch'],
      async handle({ ctx }) {
        refuseTrouble(await database.look());
        ctx.body = { ok: true };
      },
    }),
    operation({
      method: 'get',
      id: 'getMetrics',
      path: '/metrics',
      tag: 'Probes',
      scope: 'admin',
      summary: 'Figures for Prometheus',
      description: 'Of this process, and of the work as a whole; docs/operations.md has them all.',
      answers: { 200: { description: 'Its text format.', body: z.string(), mediaType: 'text/plain' } },
      problems: [],
      async handle({ ctx }) {
        ctx.body = await metrics.text();
        ctx.type = metrics.type;
      },
    }),
    operation({
      ...probe,
      id: 'getHealth',
      path: '/healthz',
      summary: 'Whether the process can serve, and its time',
      answers: { 200: { description: 'As /readyz.', body: z.strictObject({ ok, ts: instant }) } },
      problems: ['schema_mismatch'],
      async handle({ ctx }) {
        refuseTrouble(await database.look());
        ctx.body = { ok: true, ts: new Date().toISOString() };
      },
    }),
  ];
}
