/**
 * Whether this process lives, and whether it can serve.
 */
import type Router from '@koa/router';
import type pg from 'pg';
import { query } from '@coursewright/events';
import type { RequestState } from '../error-middleware.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';

/** Needs the schema, not only the server: a gateway in front of an unmigrated database is not ready. */
const READY = 'SELECT FROM course_map_states LIMIT 1';

export function healthRoutes(router: Router<RequestState>, { pool }: Gateway): void {
  router.get('/livez', (ctx) => {
    ctx.body = { ok: true };
  });
  router.get('/readyz', async (ctx) => {
    await requireSchema(pool);
    ctx.body = { ok: true };
  });
  router.get('/healthz', async (ctx) => {
    await requireSchema(pool);
    ctx.body = { ok: true, ts: new Date().toISOString() };
  });
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
