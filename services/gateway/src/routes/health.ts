/**
 * Whether this process lives, and whether it can serve.
 */
import type Router from '@koa/router';
import { query } from '@coursewright/events';
import type { RequestState } from '../error-middleware.ts';
import type { Gateway } from '../gateway.ts';

/** Needs the schema, not only the server: a gateway in front of an unmigrated database is not ready. */
const READY = 'SELECT FROM course_map_states LIMIT 1';

export function healthRoutes(router: Router<RequestState>, { pool }: Gateway): void {
  router.get('/livez', (ctx) => {
    ctx.body = { ok: true };
  });
  router.get('/readyz', async (ctx) => {
    await query(pool, { name: 'ready', text: READY });
    ctx.body = { ok: true };
  });
  router.get('/healthz', async (ctx) => {
    await query(pool, { name: 'ready', text: READY });
    ctx.body = { ok: true, ts: new Date().toISOString() };
  });
}
