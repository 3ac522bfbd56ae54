/**
 * Whether this process lives, and whether it can serve.
 */
import type pg from 'pg';
import { z } from 'zod';
import { query } from '@coursewright/events';
import { instant } from '../api/course-documents.ts';
import { operation, type Operation } from '../api/operation.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';

/** Needs the schema, not only the server: a gateway in front of an unmigrated database is not ready. */
const READY = 'SELECT FROM course_map_states LIMIT 1';

const ok = z.literal(true);
/** Whatever asks this may add to the path what it likes. */
const anything = z.looseObject({});

export function healthOperations({ pool, metrics }: Gateway): Operation[] {
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
      answers: { 200: { description: 'The database answers, and is migrated.', body: z.strictObject({ ok }) } },
      problems: [],
      async handle({ ctx }) {
        await requireSchema(pool);
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
      problems: [],
      async handle({ ctx }) {
        await requireSchema(pool);
        ctx.body = { ok: true, ts: new Date().toISOString() };
      },
    }),
  ];
}

/** Whatever is wrong there, this process cannot serve: 503, for whoever balances load. */
async function requireSchema(pool: pg.Pool): Promise<void> {
  try {
    await query(pool, { name: 'ready', text: READY });
  } catch (cause) {
    throw new Problem('database_unavailable', {
      detail: 'The database does not answer, or is not migrated.',
      headers: { 'retry-after': '2' },
      cause,
    });
  }
}
