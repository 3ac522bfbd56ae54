/**
 * What a run has come to, from the log, the journal and the provider's ledger.
 */
import type { InjectedFault } from './faults.ts';
import type { LedgerLine } from './provider.ts';
import type { Stage } from './stage.ts';

export interface Percentiles {
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Measures {
  readonly nodes: number;
  readonly completed: number;
  /** Set aside for having lost their worker too often; they were asked for again, and completed. */
  readonly setAside: number;
  /** Plannings that were set aside likewise, and asked for again. */
  readonly planningsSetAside: number;
  readonly faults: Readonly<Record<string, number>>;
  /** From the fault to each interruption of what its worker held, in milliseconds. */
  readonly detection: Readonly<Record<'kill' | 'freeze' | 'cut', Percentiles>>;
  /** From the server's return after a crash to the next attempt that starts, in milliseconds. */
  readonly backToWork: Percentiles;
  /** From an interruption to the start of the next attempt, in milliseconds. */
  readonly restart: Percentiles;
  readonly interruptions: Readonly<Record<string, number>>;
  /** Attempts that were taken from a worker which no fault of its own had hit. */
  readonly falseInterruptions: number;
  /** Good answers that were given to a question which had one: paid for without need. */
  readonly wastedCalls: number;
  /** Attempts that were taken from a worker: what may be wasted at most. */
  readonly interruptedAttempts: number;
  readonly calls: number;
  /** Calls that the provider saw and the journal does not know. */
  readonly callsWithoutIntent: number;
  /** Requests that one attempt of a node or a planning was given a good answer to more than once. */
  readonly askedTwiceByOneAttempt: number;
  readonly lateResults: number;
  readonly adoptedResults: number;
  readonly fromJournal: number;
  readonly inDoubt: number;
}

const INTERRUPTIONS = `
  SELECT i.stream, i.data ->> 'worker_id' AS worker_id, i.data ->> 'cause' AS cause, i.recorded_at AS at,
         -- Not of what was set aside at that moment: that waits for somebody to ask for it again.
         (SELECT min(s.recorded_at) FROM recorded_events s
          WHERE s.stream = i.stream AND s.version > i.version AND s.type IN ('GenerationStarted', 'CourseMapPlanningStarted')
            AND NOT EXISTS (SELECT FROM recorded_events f
                            WHERE f.stream = i.stream AND f.version = i.version + 1 AND f.type IN ('GenerationFailed', 'CourseMapPlanningFailed'))) AS started_again_at
  FROM recorded_events i
  WHERE i.type IN ('GenerationInterrupted', 'CourseMapPlanningInterrupted')`;

const COUNTS = `
  SELECT (SELECT count(*) FROM node_states WHERE node_type = 'learn') AS nodes,
         (SELECT count(*) FROM node_states WHERE status = 'completed') AS completed,
         (SELECT count(*) FROM recorded_events WHERE type = 'GenerationFailed' AND data -> 'error' ->> 'code' = 'interrupted_too_often') AS set_aside,
         (SELECT count(*) FROM recorded_events WHERE type = 'CourseMapPlanningFailed' AND data -> 'error' ->> 'code' = 'interrupted_too_often') AS plannings_set_aside,
         (SELECT count(*) FROM recorded_events WHERE type = 'LateResultReceived') AS late,
         (SELECT count(*) FROM recorded_events l JOIN recorded_events c ON c.stream = l.stream AND c.version = l.version + 1
          WHERE l.type = 'LateResultReceived' AND c.type = 'GenerationCompleted') AS adopted,
         (SELECT count(*) FROM recorded_events WHERE type = 'GenerationCompleted' AND (data ->> 'from_journal')::boolean) AS from_journal,
         (SELECT count(*) FROM llm_calls WHERE status = 'in_doubt') AS in_doubt`;

interface InterruptionRow {
  readonly stream: string;
  readonly worker_id: string | null;
  readonly cause: string;
  readonly at: Date;
  readonly started_again_at: Date | null;
  readonly [column: string]: unknown;
}

export async function measure(stage: Stage, injected: readonly InjectedFault[]): Promise<Measures> {
  const interruptions = await stage.query<InterruptionRow>(INTERRUPTIONS);
  const [counts] = await stage.query<Record<string, string>>(COUNTS);
  const count = (name: string): number => Number(counts?.[name] ?? 0);
  const lost = interruptions.filter(({ cause }) => cause === 'worker_lost');

  const detection = (kind: 'kill' | 'freeze' | 'cut'): Percentiles => {
    const samples = lost.flatMap(({ worker_id: workerId, at: when }) => {
      // A worker may be hit more than once: what it lost belongs to the latest fault before.
      const cause = injected.findLast(({ workerId: hit, at }) => hit !== undefined && hit === workerId && at <= when.getTime());
      return cause?.fault.kind === kind ? [when.getTime() - cause.at] : [];
    });
    return percentiles(samples);
  };

  const hit = new Set(injected.flatMap(({ workerId }) => workerId ?? []));

  return {
    falseInterruptions: lost.filter(({ worker_id: workerId }) => workerId === null || !hit.has(workerId)).length,
    nodes: count('nodes'),
    completed: count('completed'),
    setAside: count('set_aside'),
    planningsSetAside: count('plannings_set_aside'),
    faults: Object.fromEntries([...Map.groupBy(injected, ({ fault }) => nameOf(fault))].map(([name, some]) => [name, some.length])),
    detection: { kill: detection('kill'), freeze: detection('freeze'), cut: detection('cut') },
    restart: percentiles(lost.flatMap(({ at, started_again_at: again }) => (again === null ? [] : [again.getTime() - at.getTime()]))),
    backToWork: await backToWork(stage, injected),
    interruptions: Object.fromEntries([...Map.groupBy(interruptions, ({ cause }) => cause)].map(([cause, some]) => [cause, some.length])),
    wastedCalls: wastedCalls(stage.provider.ledger),
    interruptedAttempts: interruptions.length,
    calls: stage.provider.ledger.length,
    ...(await compareWithJournal(stage)),
    lateResults: count('late'),
    adoptedResults: count('adopted'),
    fromJournal: count('from_journal'),
    inDoubt: count('in_doubt'),
  };
}

const JOURNAL = 'SELECT id, stream, started_version FROM llm_calls';

async function compareWithJournal(stage: Stage): Promise<Pick<Measures, 'callsWithoutIntent' | 'askedTwiceByOneAttempt'>> {
  const rows = await stage.query<{ id: string; stream: string; started_version: number }>(JOURNAL);
  const attemptOf = new Map(rows.map(({ id, stream, started_version: version }) => [id, `${stream}@${version}`]));
  const good = stage.provider.ledger.filter(({ reply }) => reply === 'good');
  const answered = good.map(({ callId, key }) => `${attemptOf.get(callId) ?? callId} ${key}`);
  return {
    callsWithoutIntent: stage.provider.ledger.filter(({ callId }) => !attemptOf.has(callId)).length,
    askedTwiceByOneAttempt: answered.length - new Set(answered).size,
  };
}

async function backToWork(stage: Stage, injected: readonly InjectedFault[]): Promise<Percentiles> {
  const samples: number[] = [];
  for (const { fault, overAt } of injected) {
    if (fault.kind !== 'db' || fault.do !== 'restart') continue;
    const [row] = await stage.query<{ at: Date | null }>(
      "SELECT min(recorded_at) AS at FROM recorded_events WHERE type IN ('GenerationStarted', 'CourseMapPlanningStarted') AND recorded_at > $1",
      [new Date(overAt)],
    );
    if (row?.at !== null && row?.at !== undefined) samples.push(row.at.getTime() - overAt);
  }
  return percentiles(samples);
}

function wastedCalls(ledger: readonly LedgerLine[]): number {
  const good = ledger.filter(({ reply }) => reply === 'good');
  return good.length - new Set(good.map(({ key }) => key)).size;
}

function nameOf(fault: InjectedFault['fault']): string {
  return fault.kind === 'db' ? `db ${fault.do}` : fault.kind;
}

export function percentiles(samples: readonly number[]): Percentiles {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
