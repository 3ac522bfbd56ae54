/**
 * Serves operations: every path in one order that does not depend on who declared it first, and every other method refused by name.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type { RequestState } from '../error-middleware.ts';
import { Problem } from '../problem.ts';
import type { Operation, Serving } from './operation.ts';

/** A router of these operations. @throws Error two of them have one path and method, or one id */
export function routerOf(operations: readonly Operation[], serving: Serving): Router<RequestState> {
  requireUnique(operations, ({ method, path }) => `${method} ${path}`);
  requireUnique(operations, ({ id }) => id);
  const router = new Router<RequestState>();
  const paths = Map.groupBy(operations, ({ path }) => path);
  for (const [path, group] of [...paths].sort(([one], [other]) => compare(one, other))) {
    const route = path.replaceAll(/\{(\w+)\}/g, ':$1');
    for (const { method, serve } of group) {
      router[method](route, (ctx) => {
        ctx.state.route = path;
        return serve(ctx, serving);
      });
    }
    const allow = [...group.map(({ method }) => method.toUpperCase()), ...(group.some(({ method }) => method === 'get') ? ['HEAD'] : []), 'OPTIONS'].sort().join(', ');
    router.all(route, (ctx) => refuse(ctx as Context, allow));
  }
  return router;
}

/** A path that says a segment goes before one that takes any: `/course-map/list` is no course. */
function compare(one: string, other: string): number {
  const [ones, others] = [one, other].map((path) => path.replaceAll('{', '\u{10FFFF}')) as [string, string];
  return ones < others ? -1 : 1;
}

function refuse(ctx: Context, allow: string): void {
  if (ctx.method !== 'OPTIONS') throw new Problem('method_not_allowed', { detail: `${ctx.path} knows ${allow}.`, headers: { allow } });
  ctx.set('allow', allow);
  ctx.status = 204;
  ctx.body = null;
}

function requireUnique(operations: readonly Operation[], keyOf: (operation: Operation) => string): void {
  const keys = operations.map(keyOf);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new Error(`two operations are "${twice}"`);
}
