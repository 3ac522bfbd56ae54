/**
 * `GET progress` over HTTP with 32 connections, beside Koa with one SELECT.
 */
import autocannon from 'autocannon';
import type { Finding } from './report.ts';
import { requestCourse, untilTrue, type Stage } from './stage.ts';

const SECONDS = 5;

export async function benchProgress(stage: Stage): Promise<Finding[]> {
  await stage.start('services/generation/src/main.ts', 21_905, { GENERATION_PORT: '21905', OFFLINE_AUTHOR_LATENCY_MS: '0' });
  const id = await requestCourse(stage);
  await untilTrue(stage.pool, `EXISTS (SELECT FROM course_map_states WHERE id = $1 AND status = 'completed')`, [id]);
  await stage.start('services/gateway/src/main.ts', 21_906, { PORT: '21906' });
  await stage.start('bench/src/bare-koa.ts', 21_907, { PORT: '21907' });
  const urls = { ours: `http://127.0.0.1:21906/api/v1/course-map/${id}/progress`, bare: `http://127.0.0.1:21907/${id}` };
  // In turns, so that both meet the same neighbours on this machine.
  const rates: Record<keyof typeof urls, number[]> = { ours: [], bare: [] };
  for (const name of ['bare', 'ours', 'bare', 'ours'] as const) {
    const { requests, non2xx } = await autocannon({ url: urls[name], connections: 32, duration: SECONDS });
    if (non2xx > 0) throw new Error(`${name}: ${non2xx} requests failed`);
    rates[name].push(requests.average);
  }
  return [
    {
      what: 'GET progress, 32 connections',
      value: Math.max(...rates.ours),
      unit: '/s',
      goal: '70 % of Koa + one SELECT',
      baseline: { what: 'Koa + one SELECT', value: Math.max(...rates.bare) },
    },
  ];
}
