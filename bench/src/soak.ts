/**
 * Ten minutes at half the peak: what learners do, mixed, with courses made and written all the while. Memory must be flat, and nothing fail.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import type { Finding } from './report.ts';
import { GATEWAY_AS_STARTED, request, requestCourse, untilTrue, type Stage } from './stage.ts';

const MINUTES = 10;
/** Courses are asked for at this pace, so that the log and the projections grow meanwhile. */
const COURSES_PER_SECOND = 2;
const STREAMS = 100;
const PORT = 21_910;

export async function benchSoak(stage: Stage): Promise<Finding[]> {
  await stage.start('services/generation/src/main.ts', 21_905, { GENERATION_PORT: '21905', OFFLINE_AUTHOR_LATENCY_MS: '20' });
  const { pid } = await stage.start('services/gateway/src/main.ts', PORT, { ...GATEWAY_AS_STARTED, PORT: String(PORT), EVENT_STREAMS_PER_CLIENT: '1000' });
  const id = await requestCourse(stage);
  await untilTrue(stage.pool, `EXISTS (SELECT FROM course_map_states WHERE id = $1 AND status = 'completed')`, [id]);
  const url = `http://127.0.0.1:${PORT}`;
  const course = `/api/v1/course-map/${id}`;
  const requests = [...Array.from({ length: 7 }, () => `${course}/progress`), course, `${course}/nodes/n1`, '/api/v1/course-map/list'].map((path) => ({ method: 'GET' as const, path }));

  const { requests: peak } = await autocannon({ url, connections: 32, duration: 10, requests });
  const leaving = new AbortController();
  const watching = Array.from({ length: STREAMS }, () => watch(`${url}/api/v1/events`, leaving.signal));
  const asking = askForCourses(url, leaving.signal);
  const memory: number[] = [];
  const sampling = setInterval(() => memory.push(mebibytesOf(pid!)), 1000);
  const soak = await autocannon({ url, connections: 32, duration: MINUTES * 60, overallRate: Math.round(peak.average / 2), requests });
  clearInterval(sampling);
  leaving.abort();
  await Promise.allSettled([...watching, asking]);

  const largest = (from: number, to: number): number => Math.max(...memory.slice(from * 60, to * 60));
  const failed = soak.non2xx + soak.errors + soak.timeouts;
  return [
    { what: `${MINUTES} minutes at half the peak: requests`, value: soak.requests.average, unit: '/s', goal: 'half the peak', baseline: { what: 'the peak', value: peak.average } },
    { what: 'requests that failed', value: failed, unit: '', goal: '0' },
    { what: 'p99, from when a request was due', value: soak.latency.p99, unit: 'ms', goal: 'none' },
    { what: 'largest memory of the last two minutes', value: largest(MINUTES - 2, MINUTES), unit: 'MiB', goal: 'that of minutes 2 and 3', baseline: { what: 'minutes 2 and 3', value: largest(1, 3) } },
  ];
}

async function watch(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { body } = await fetch(url, { signal });
    for await (const _ of body ?? []) { /* Read, and let go. */ }
  }
}

async function askForCourses(url: string, signal: AbortSignal): Promise<void> {
  for (let made = 0; !signal.aborted; made += 1) {
    const body = JSON.stringify({ ...request, topic: `Soaked ${made}`, mode: 'Light', total_commitment_minutes: 60 });
    await fetch(`${url}/api/v1/course-map/generate`, { method: 'POST', signal, body, headers: { 'content-type': 'application/json', prefer: 'respond-async' } });
    await sleep(1000 / COURSES_PER_SECOND, undefined, { signal });
  }
}

function mebibytesOf(pid: number): number {
  const [, kibibytes = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}
