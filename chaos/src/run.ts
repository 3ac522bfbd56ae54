/**
 * A run: courses are asked for while faults happen; then a quiet period in which everything has to come to its end; then the
 * proof.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { prove, type Proof } from '@coursewright/prove';
import { inject, type InjectedFault } from './faults.ts';
import { measure, type Measures } from './measures.ts';
import type { Plan } from './plan.ts';
import { findLeaks } from './secrets.ts';
import { CANARY, type Stage } from './stage.ts';

export interface Outcome {
  readonly proof: Proof;
  readonly measures: Measures;
  /** What is wrong, in sentences; empty when all is well. */
  readonly problems: readonly string[];
}

export interface Status {
  readonly phase: 'faults' | 'quiet' | 'proof';
  readonly faults: number;
  readonly courses: number;
  readonly finished: number;
  readonly nodes: number;
}

/** Without any progress for so long, the quiet period has failed. */
const STALLED_MS = 30_000;
const BETWEEN_LOOKS_MS = 500;
/** Faults that last at the same time, at most. */
const MOST_AT_ONCE = 3;
/** Courses that are asked for ahead of the faults, so that there is always something in hand. */
const AHEAD = 6;

export async function runChaos(plan: Plan, stage: Stage, onStatus: (status: Status) => void): Promise<Outcome> {
  const injected: InjectedFault[] = [];
  const problems: string[] = [];
  const ids: string[] = [];
  const answers: string[] = [];
  let phase: Status['phase'] = 'faults';
  const reporting = new AbortController();
  const report = reportStatus(stage, () => ({ phase, faults: injected.length, courses: ids.length }), onStatus, reporting.signal);

  const asking = (async () => {
    for (const [index, course] of plan.courses.entries()) {
      const due = (): boolean => phase !== 'faults' || index - AHEAD <= (injected.length / plan.faults.length) * plan.courses.length;
      while (!due()) await sleep(20);
      ids.push(await ask(stage, course, answers));
    }
  })();
  // The next begins while this one lasts: somebody is killed while another is frozen, and while the server is away.
  const lasting: Promise<unknown>[] = [];
  for (const fault of plan.faults) {
    await sleep(fault.pauseMs);
    lasting.push(inject(stage, fault).then((noted) => injected.push(noted)));
    if (lasting.length >= MOST_AT_ONCE) await lasting[lasting.length - MOST_AT_ONCE];
  }
  await Promise.all(lasting);
  await asking;

  phase = 'quiet';
  stage.provider.calm();
  await untilFinished(stage, problems, answers);
  phase = 'proof';
  const codes = await stage.stopServices();
  if (codes.some((code) => code !== 0)) problems.push(`a process did not stop in order: exit codes ${codes.join(', ')}`);
  problems.push(...stage.unexpectedEnds.map((end) => `a process ended by itself: ${end}`));
  const proof = await prove({ databaseUrl: stage.databaseUrl(), finished: true });
  const measures = await measure(stage, injected);
  problems.push(...(await findUnfinished(stage, ids)));
  problems.push(...(await findLeaks(stage, answers, [CANARY, new URL(stage.databaseUrl()).password])));
  problems.push(...judge(proof, measures));
  reporting.abort();
  await report;
  return { proof, measures, problems };
}

function judge(proof: Proof, measures: Measures): string[] {
  const problems = proof.verdicts
    .filter(({ holds }) => !holds)
    .map(({ id, claim, violations, examples }) => `${id} (${claim}): ${violations} times, for example ${examples[0]?.subject ?? ''} ${examples[0]?.problem ?? ''}`);
  if (measures.completed !== measures.nodes) problems.push(`${measures.nodes - measures.completed} of ${measures.nodes} nodes are not completed`);
  if (measures.wastedCalls > measures.interruptedAttempts) {
    problems.push(`${measures.wastedCalls} calls were wasted, and ${measures.interruptedAttempts} attempts interrupted`);
  }
  if (measures.askedTwiceByOneAttempt > 0) problems.push(`${measures.askedTwiceByOneAttempt} calls were made twice by one attempt`);
  if (measures.callsWithoutIntent > 0) problems.push(`${measures.callsWithoutIntent} calls are in no journal`);
  return problems;
}

/** Asks for a course, and again until the gateway takes it. One that was taken without an answer is asked for twice: two courses. */
async function ask(stage: Stage, course: object, answers: string[]): Promise<string> {
  for (;;) {
    const response = await fetch(`${stage.gatewayUrl}/api/v1/course-map/generate`, {
      method: 'POST',
      body: JSON.stringify(course),
      headers: { 'content-type': 'application/json', prefer: 'respond-async' },
    }).catch(() => undefined);
    const text = (await response?.text().catch(() => undefined)) ?? '{}';
    answers.push(text);
    const body = JSON.parse(text) as { course_map_id?: string; code?: string };
    if (body.course_map_id !== undefined) return body.course_map_id;
    if (response?.status === 400) throw new Error(`the gateway refuses a course of the plan: ${JSON.stringify(body)}`);
    await sleep(100);
  }
}

const OPEN = `
  SELECT (SELECT count(*) FROM course_map_states WHERE status NOT IN ('completed', 'failed')) AS open,
         (SELECT coalesce(max(position), 0) FROM event_positions) AS head`;
const SET_ASIDE = "SELECT course_map_id, node_id FROM node_states WHERE status = 'failed'";

const PLANNING_SET_ASIDE = "SELECT id FROM course_map_states WHERE status = 'failed'";

/** What lost its worker ten times, a node or a planning, is set aside; it is asked for again here, as a client would. */
async function untilFinished(stage: Stage, problems: string[], answers: string[]): Promise<void> {
  const retry = async (path: string): Promise<void> => {
    const response = await fetch(`${stage.gatewayUrl}/api/v1/course-map/${path}/retry`, { method: 'POST' }).catch(() => undefined);
    answers.push((await response?.text().catch(() => undefined)) ?? '');
  };
  let head = '';
  let movedAt = Date.now();
  for (;;) {
    const [row] = await stage.query<{ open: string; head: string }>(OPEN);
    const aside = await stage.query<{ course_map_id: string; node_id: string }>(SET_ASIDE);
    const failed = await stage.query<{ id: string }>(PLANNING_SET_ASIDE);
    if (row?.open === '0' && aside.length === 0 && failed.length === 0) return;
    for (const { id } of failed) await retry(id);
    for (const { course_map_id: id, node_id: node } of aside) await retry(`${id}/nodes/${node}`);
    if (row?.head !== head) [head, movedAt] = [row?.head ?? '', Date.now()];
    if (Date.now() - movedAt > STALLED_MS) {
      problems.push(`nothing has moved for ${STALLED_MS / 1000} s, and ${String(row?.open)} courses are open`);
      return;
    }
    await sleep(BETWEEN_LOOKS_MS);
  }
}

const ASKED_FOR = `
  SELECT wanted.id, c.status, c.error_code FROM unnest($1::uuid[]) AS wanted (id)
  LEFT JOIN course_map_states c ON c.id = wanted.id WHERE c.status IS DISTINCT FROM 'completed'`;

/** Every course that the gateway took has come to its end. */
async function findUnfinished(stage: Stage, ids: readonly string[]): Promise<string[]> {
  const rows = await stage.query<{ id: string; status: string | null; error_code: string | null }>(ASKED_FOR, [ids]);
  return rows.map(({ id, status, error_code: code }) => `course ${id} was taken and is ${status ?? 'gone'}${code === null ? '' : ` (${code})`}`);
}

const STATUS = `
  SELECT (SELECT count(*) FROM course_map_states WHERE status = 'completed') AS finished,
         (SELECT count(*) FROM node_states WHERE status = 'completed') AS nodes`;

async function reportStatus(
  stage: Stage,
  known: () => Pick<Status, 'phase' | 'faults' | 'courses'>,
  onStatus: (status: Status) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const [row] = await stage.query<{ finished: string; nodes: string }>(STATUS);
    if (!signal.aborted) onStatus({ ...known(), finished: Number(row?.finished ?? 0), nodes: Number(row?.nodes ?? 0) });
    await sleep(BETWEEN_LOOKS_MS, undefined, { signal }).catch(() => undefined);
  }
}
