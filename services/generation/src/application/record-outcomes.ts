/**
 * Records what came of attempts: `GenerationCompleted` or `GenerationFailed`, the card, the jobs of the nodes that
 * come next, and the course's completion, for many nodes in one transaction.
 *
 * The fence: an outcome counts only if its node still stands at the very `GenerationStarted` of its attempt.
 * Whatever took the node away appended an event, so the version moved. No clock, lock or job takes part in that.
 *
 * What was paid for and came too late is recorded as `LateResultReceived`. If the node is still open its newest attempt
 * adopts the card in the same transaction: nobody has to be asked again, and the call that somebody else is making for it
 * is ended (see abandon-lost-attempts.ts).
 */
import { nodeStream, type KnowledgeCard, type Transaction } from '@coursewright/events';
import type { Outage } from '../domain/attempt-failure.ts';
import { CourseDecisions } from '../domain/course-decisions.ts';
import type { NodeState } from '../domain/node.ts';
import type { Usage } from './author.ts';
import type { ClaimedNode } from './claim-nodes.ts';
import { commitDecisions, type DecidedCourse } from './commit-decisions.ts';
import type { Context } from './context.ts';
import { byKey, keyOfNode, withLockedNodes, type LoadedCourse } from './course-states.ts';
import { attemptFailure, delayAfter, outageOf, type FailedCall } from './failed-attempts.ts';
import type { Verdict } from './outcome-recorder.ts';

/** A card as it is stored: content by hash. */
export interface Artifact {
  readonly hash: string;
  readonly card: KnowledgeCard;
  readonly keyIdeas: readonly string[];
}

export interface Written {
  readonly kind: 'written';
  readonly claimed: ClaimedNode;
  readonly artifact: Artifact;
  readonly model: string;
  readonly usage: Usage;
  readonly fromJournal: boolean;
}

export interface NotWritten extends FailedCall {
  readonly kind: 'not_written';
  readonly claimed: ClaimedNode;
}

export type Outcome = Written | NotWritten;

/**
 * Records these outcomes, all in one transaction. May be called again with the same ones: what is recorded already
 * is then fenced by its own event.
 *
 * @throws WrongExpectedVersionError when a node moved meanwhile; nothing was recorded, call again
 */
export async function recordOutcomes(context: Context, outcomes: readonly Outcome[]): Promise<Map<Outcome, Verdict>> {
  return context.transact(async (transaction) => {
    const { courses, artifacts } = context;
    const ids = [...new Set(outcomes.map(({ claimed }) => claimed.courseMapId))];
    const { free: loaded, held } = await courses.lockFree(ids, transaction);
    const free = await courses.lockFreeNodes(outcomes.map(({ claimed }) => claimed), transaction);
    const current = byKey(free);
    const outage = await outageOf(context, outcomes, transaction);

    const verdicts = new Map<Outcome, Verdict>();
    for (const outcome of await receivedBefore(context, outcomes, current, transaction)) verdicts.set(outcome, 'late');
    const undecided = outcomes.filter((outcome) => !verdicts.has(outcome));
    const decided = loaded.map((course) => decideCourse(context, course, undecided, outage, current, verdicts));
    for (const outcome of outcomes) if (!verdicts.has(outcome)) verdicts.set(outcome, held.has(outcome.claimed.courseMapId) ? 'busy' : 'fenced');

    const written = outcomes.filter((outcome) => outcome.kind === 'written' && KEPT.has(verdicts.get(outcome) ?? 'fenced'));
    await artifacts.store(written.map((outcome) => (outcome as Written).artifact), transaction);
    await commitDecisions(context, decided, transaction);
    return verdicts;
  });
}

/** Verdicts on outcomes whose card the log refers to. */
const KEPT: ReadonlySet<Verdict> = new Set(['recorded', 'adopted', 'late']);

/** Those that were recorded as late already: the answer to that COMMIT was lost, and this is the second try. */
async function receivedBefore(
  { store }: Context,
  outcomes: readonly Outcome[],
  current: ReadonlyMap<string, NodeState>,
  transaction: Transaction,
): Promise<Outcome[]> {
  const received: Outcome[] = [];
  for (const outcome of outcomes) {
    const node = current.get(keyOfNode(outcome.claimed));
    if (node === undefined || !isLate(node, outcome)) continue;
    const { startedVersion, attempt } = outcome.claimed;
    const since = await store.readStream(nodeStream(outcome.claimed), startedVersion + 1, transaction);
    if (since.some(({ type, data }) => type === 'LateResultReceived' && data.attempt === attempt)) received.push(outcome);
  }
  return received;
}

function decideCourse(
  context: Context,
  loaded: LoadedCourse,
  outcomes: readonly Outcome[],
  outage: Outage | undefined,
  current: ReadonlyMap<string, NodeState>,
  verdicts: Map<Outcome, Verdict>,
): DecidedCourse {
  const { settings, workerId } = context;
  const decisions = new CourseDecisions(withLockedNodes(loaded, current));
  const delays = new Map<string, number>();
  for (const outcome of outcomes) {
    const { claimed } = outcome;
    if (claimed.courseMapId !== loaded.course.id) continue;
    const node = current.get(keyOfNode(claimed));
    if (node === undefined) verdicts.set(outcome, 'busy');
    else if (isRecordedAlready(node, outcome)) verdicts.set(outcome, 'recorded');
    else if (isLate(node, outcome)) {
      const events = decisions.decideNode(claimed.nodeId, lateResult(outcome, workerId));
      verdicts.set(outcome, events.length > 1 ? 'adopted' : events.length > 0 ? 'late' : 'fenced');
    } else if (node.version !== claimed.startedVersion) verdicts.set(outcome, 'fenced');
    else {
      const [event] = decisions.decideNode(claimed.nodeId, commandFor(context, outcome, outage));
      verdicts.set(outcome, event === undefined ? 'fenced' : 'recorded');
      if (event?.type === 'GenerationFailed' && outcome.kind === 'not_written') {
        delays.set(claimed.nodeId, delayAfter(context, outcome, event.data, node.failures + 1, outage));
      }
    }
  }
  decisions.scheduleReadyNodes(settings.courseConcurrency, delays);
  return { decisions, correlationId: loaded.correlationId };
}

/** The commit went through and its answer was lost: this is the second try. */
function isRecordedAlready(node: NodeState, { kind, claimed }: Outcome): boolean {
  const lastEvent = kind === 'written' ? 'GenerationCompleted' : 'GenerationFailed';
  return (
    node.version === claimed.startedVersion + 1 && node.attempt === claimed.attempt && node.lastEvent === lastEvent
  );
}

/** A card that was paid for, whose node has moved on. One from the journal was paid for by somebody who brings it himself. */
function isLate(node: NodeState, outcome: Outcome): outcome is Written {
  return (
    outcome.kind === 'written' && !outcome.fromJournal && node.version !== outcome.claimed.startedVersion && !isRecordedAlready(node, outcome)
  );
}

function lateResult({ claimed: { attempt }, artifact, model, usage }: Written, workerId: string) {
  return { type: 'ReceiveLateResult', attempt, workerId, contentHash: artifact.hash, model, usage } as const;
}

function commandFor(context: Context, outcome: Outcome, outage: Outage | undefined) {
  const { workerId } = context;
  const { attempt } = outcome.claimed;
  if (outcome.kind === 'written') {
    const { artifact, model, usage, fromJournal } = outcome;
    return { type: 'CompleteGeneration', attempt, workerId, contentHash: artifact.hash, model, usage, fromJournal } as const;
  }
  return { type: 'FailGeneration', attempt, workerId, ...attemptFailure(context, outcome, outage) } as const;
}
