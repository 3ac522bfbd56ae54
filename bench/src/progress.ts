/**
 * `GET progress` over HTTP with 32 connections, beside Koa with one SELECT: open, to a client that has it already, and for a tenant behind a key.
 */
import autocannon from 'autocannon';
import pg from 'pg';
import type { Finding } from './report.ts';
import { GATEWAY_AS_STARTED, requestCourse, untilTrue, type Stage } from './stage.ts';

const SECONDS = 5;
const NAMES = ['bare', 'ours', 'unchanged', 'tenant'] as const;

export async function benchProgress(stage: Stage): Promise<Finding[]> {
  await stage.start('services/generation/src/main.ts', 21_905, { GENERATION_PORT: '21905', OFFLINE_AUTHOR_LATENCY_MS: '0' });
  const key = await makeKey(stage.url);
  const id = await requestCourse(stage, 'bench');
  await untilTrue(stage.pool, `EXISTS (SELECT FROM course_map_states WHERE id = $1 AND status = 'completed')`, [id]);
  await stage.start('services/gateway/src/main.ts', 21_906, { ...GATEWAY_AS_STARTED, PORT: '21906' });
  await stage.start('bench/src/bare-koa.ts', 21_907, { PORT: '21907' });
  await stage.start('services/gateway/src/main.ts', 21_909, { ...GATEWAY_AS_STARTED, PORT: '21909', AUTH: 'required', RATE_LIMIT_PER_MINUTE: '0' });
  const path = `/api/v1/course-map/${id}/progress`;
  const etag = (await fetch(`http://127.0.0.1:21906${path}`)).headers.get('etag') ?? '';
  const asked = {
    bare: { url: `http://127.0.0.1:21907/${id}`, headers: {} },
    ours: { url: `http://127.0.0.1:21906${path}`, headers: {} },
    unchanged: { url: `http://127.0.0.1:21906${path}`, headers: { 'if-none-match': etag } },
    tenant: { url: `http://127.0.0.1:21909${path}`, headers: { authorization: `Bearer ${key}` } },
  };
  // In turns, so that all meet the same neighbours on this machine.
  const rates: Record<keyof typeof asked, number[]> = { bare: [], ours: [], unchanged: [], tenant: [] };
  const p99s: number[] = [];
  for (const name of [...NAMES, ...NAMES]) {
    const { requests, latency, statusCodeStats } = await autocannon({ ...asked[name], connections: 32, duration: SECONDS });
    const expected = name === 'unchanged' ? '304' : '200';
    if (Object.keys(statusCodeStats ?? {}).join() !== expected) throw new Error(`${name}: ${JSON.stringify(statusCodeStats)}`);
    rates[name].push(requests.average);
    if (name === 'ours') p99s.push(latency.p99);
  }
  const best = (name: keyof typeof asked): number => Math.max(...rates[name]);
  const baseline = { what: 'Koa + one SELECT', value: best('bare') };
  return [
    { what: 'GET progress, 32 connections', value: best('ours'), unit: '/s', goal: '70 % of Koa + one SELECT', baseline },
    { what: 'GET progress, 32 connections: p99', value: Math.min(...p99s), unit: 'ms', goal: 'under 25' },
    { what: 'GET progress that has not changed (304), 32 connections', value: best('unchanged'), unit: '/s', goal: 'more than 200s', baseline: { what: '200s', value: best('ours') } },
    { what: 'GET progress for a tenant behind a key, 32 connections', value: best('tenant'), unit: '/s', goal: 'none: the price of row-level security', baseline },
  ];
}

async function makeKey(databaseUrl: string): Promise<string> {
  const owner = new pg.Client({ connectionString: databaseUrl });
  await owner.connect();
  const { rows } = await owner.query<{ key: string }>("SELECT make_api_key('bench', '{courses:read}', NULL, 'bench') AS key");
  await owner.end();
  return rows[0]?.key ?? '';
}
