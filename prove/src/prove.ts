/**
 * Reads a database, of which production may be at work, and says for each invariant what breaks it. Changes nothing: the one event that it
 * appends is taken back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { checkAppend } from './checks/append.ts';
import { checkJournal, type CallsInDoubt } from './checks/journal.ts';
import { checkAppendOnly, checkConsumers, checkNothingBesides, checkPositions } from './checks/log.ts';
import { replayCourses } from './checks/replay.ts';
import { checkSessions } from './checks/sessions.ts';
import { checkWork } from './checks/work.ts';
import { Findings, INVARIANTS, type InvariantId, type Violation } from './findings.ts';
import { onSnapshot } from './snapshot.ts';

export interface ProofSettings {
  readonly databaseUrl: string;
  /** Whether every course that was ever asked for must be over: after a test, when nothing is to come. */
  readonly finished?: boolean;
  /** Between two looks at what may be on its way; 2000 ms unless said otherwise. */
  readonly secondLookMs?: number;
  /** Told now and then how many events of how many were replayed. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Verdict {
  readonly id: InvariantId;
  readonly claim: string;
  readonly holds: boolean;
  readonly violations: number;
  readonly examples: readonly Violation[];
  /** What was looked at. */
  readonly looked_at: string;
}

export interface Proof {
  readonly holds: boolean;
  readonly verdicts: readonly Verdict[];
  readonly events: number;
  readonly calls_in_doubt: CallsInDoubt;
  readonly seconds: number;
}

/** What is found at one moment may be on its way: a job to be sent, a death to be noticed. It counts if every look finds it. */
const SECOND_LOOKS = 5;
const BETWEEN_LOOKS_MS = 2000;

/** @throws whatever the connection or the server refuses with; a missing table means that the database is not ours */
export async function prove({
  databaseUrl,
  finished = false,
  secondLookMs = BETWEEN_LOOKS_MS,
  onProgress = () => undefined,
}: ProofSettings): Promise<Proof> {
  const startedAt = performance.now();
  const findings = new Findings();
  const { extent, doubt } = await onSnapshot(databaseUrl, async (snapshot) => {
    const extent = await checkPositions(snapshot, findings);
    const total = extent.events - extent.besidesCourses;
    onProgress(0, total);
    const replayed = await replayCourses(snapshot, findings, (done) => onProgress(done, total));
    checkNothingBesides(extent, replayed, findings);
    await checkAppendOnly(snapshot, findings);
    await checkConsumers(snapshot, findings);
    return { extent, doubt: await checkJournal(snapshot, findings) };
  });

  await checkAppend(databaseUrl, findings);
  await lookForWhatLasts(databaseUrl, finished, secondLookMs, findings);

  const verdicts = (Object.keys(INVARIANTS) as InvariantId[]).map((id): Verdict => ({
    id,
    claim: INVARIANTS[id],
    holds: findings.countOf(id) === 0,
    violations: findings.countOf(id),
    examples: findings.examplesOf(id),
    looked_at: findings.noteOf(id),
  }));
  return {
    holds: verdicts.every(({ holds }) => holds),
    verdicts,
    events: extent.events,
    calls_in_doubt: doubt,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

const LOOKED_AT_AGAIN = ['I1', 'I8', 'I12'] as const;

/** Adds to `findings` what every look has found, the same thing each time: on a busy system something is always on its way. */
async function lookForWhatLasts(databaseUrl: string, finished: boolean, pauseMs: number, findings: Findings): Promise<void> {
  let lasting: Map<string, Violation> | undefined;
  for (let look = 1; ; look += 1) {
    const found = new Findings(Number.POSITIVE_INFINITY);
    await onSnapshot(databaseUrl, async (snapshot) => {
      await checkWork(snapshot, found, { finished });
      await checkSessions(snapshot, found);
    });
    const now = new Map(LOOKED_AT_AGAIN.flatMap((id) => found.examplesOf(id)).map((violation) => [JSON.stringify(violation), violation]));
    lasting = lasting === undefined ? now : new Map([...lasting].filter(([key]) => now.has(key)));
    if (lasting.size === 0 || look > SECOND_LOOKS) {
      for (const id of LOOKED_AT_AGAIN) findings.note(id, found.noteOf(id));
      break;
    }
    await sleep(pauseMs);
  }
  for (const { invariant, subject, problem } of lasting.values()) findings.violation(invariant, subject, problem);
}
