/**
 * Event streams over HTTP: how long an append is on its way to 2,000 clients of one gateway, and what they cost it in memory; beside
 * one client alone.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { courseMapStream } from '@coursewright/events';
import { percentile, type Finding } from './report.ts';
import { GATEWAY_AS_STARTED, metadata, requestCourse, type Stage } from './stage.ts';

const PORT = 21_908;
const CLIENTS = 2000;
const COURSES = 100;
const PER_SECOND = 50;
const FOR_MS = 20_000;

interface Watching {
  readonly latencies: readonly number[];
  readonly mebibytes: number;
}

export async function benchEventStreams(stage: Stage): Promise<Finding[]> {
  const { pid } = await stage.start('services/gateway/src/main.ts', PORT, { ...GATEWAY_AS_STARTED, PORT: String(PORT), EVENT_STREAMS: '3000', EVENT_STREAMS_PER_CLIENT: '3000' });
  const courses: string[] = [];
  for (let made = 0; made < COURSES; made += 1) courses.push(await requestCourse(stage));
  const alone = await watched(stage, courses.slice(0, 1), 1, pid!);
  const many = await watched(stage, courses, CLIENTS, pid!);
  const [p50, p99] = [0.5, 0.99].map((share) => ({ alone: percentile(alone.latencies, share), many: percentile(many.latencies, share) }));
  const what = `append begun → client, ${CLIENTS} streams of ${COURSES} courses, ${PER_SECOND} appends/s`;
  return [
    { what: `${what}: p50`, value: p50!.many, unit: 'ms', goal: 'under 15', baseline: { what: 'one stream', value: p50!.alone } },
    { what: `${what}: p99`, value: p99!.many, unit: 'ms', goal: 'under 100', baseline: { what: 'one stream', value: p99!.alone } },
    { what: `memory of the gateway (RSS) with ${CLIENTS} streams`, value: many.mebibytes, unit: 'MiB', goal: 'under 250', baseline: { what: 'one stream', value: alone.mebibytes } },
    { what: 'events on their way to clients', value: many.latencies.length / (FOR_MS / 1000), unit: '/s', goal: `every one: ${(PER_SECOND * CLIENTS) / COURSES}` },
  ];
}

/** So many clients watch these courses, each one of them, while events are appended. */
async function watched(stage: Stage, courses: readonly string[], clients: number, gatewayPid: number): Promise<Watching> {
  const paths = courses.map((id) => `/api/v1/course-map/${id}/events`).join();
  const watchers = spawn(process.execPath, [fileURLToPath(new URL('stream-watchers.ts', import.meta.url))], {
    env: { PATH: process.env['PATH'], PATHS: paths, CLIENTS: String(clients), GATEWAY_PORT: String(PORT) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  watchers.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  while (!output.startsWith('ready\n')) await sleep(20);
  await appendAtPace(stage, courses);
  await sleep(500);
  const mebibytes = residentMebibytes(gatewayPid);
  watchers.kill('SIGTERM');
  await new Promise((resolve) => watchers.once('close', resolve));
  return { latencies: JSON.parse(output.slice('ready\n'.length)) as number[], mebibytes };
}

async function appendAtPace({ store }: Stage, courses: readonly string[]): Promise<void> {
  const versions = new Map(await Promise.all(courses.map(async (id) => [id, (await store.readStream(courseMapStream(id))).length] as const)));
  const started = performance.now();
  const appends: Promise<unknown>[] = [];
  for (let sent = 0; ; sent += 1) {
    const due = started + (sent * 1000) / PER_SECOND;
    if (due - started > FOR_MS) break;
    await sleep(Math.max(0, due - performance.now()));
    const id = courses[sent % courses.length]!;
    const version = versions.get(id)!;
    const attempt = Math.floor((version + 1) / 2);
    const event = version % 2 === 1
      ? ({ type: 'CourseMapPlanningStarted', data: { attempt, worker_id: 'bench', job_id: randomUUID(), deadline: '2099-01-01T00:00:00.000Z' } } as const)
      : ({ type: 'CourseMapPlanningInterrupted', data: { attempt, cause: 'shutdown', worker_id: 'bench', detected_after_ms: null } } as const);
    versions.set(id, version + 1);
    const correlation_id = `at-${performance.timeOrigin + performance.now()}`;
    const append = store.appendToStream({ stream: courseMapStream(id), expectedVersion: version, events: [event], metadata: { ...metadata, correlation_id } });
    // One course at a time in its order.
    if (courses.length === 1) await append;
    else appends.push(append);
  }
  await Promise.all(appends);
}

function residentMebibytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
