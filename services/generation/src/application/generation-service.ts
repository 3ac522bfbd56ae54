/**
 * The generation service: two pumps (planning and nodes), the reactor, the answers to recovery requests, and the
 * recovery loop, started and stopped in order.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { subscribe, type LogListener, type Subscription } from '@coursewright/events';
import { watchForLostAttempts } from './abandon-lost-attempts.ts';
import { answerRecoveryRequests } from './answer-recovery-requests.ts';
import type { Author } from './author.ts';
import { claimNodes, type ClaimedNode } from './claim-nodes.ts';
import { claimPlanning, type ClaimedPlanning } from './claim-planning.ts';
import type { Context } from './context.ts';
import { generateNode } from './generate-node.ts';
import { interruptHeldWork } from './interrupt-held-work.ts';
import { createOutcomeRecorder } from './outcome-recorder.ts';
import { planCourse } from './plan-course.ts';
import { createPump } from './pump.ts';
import { REACTED_TYPES, reactToLog } from './react-to-log.ts';
import { recordOutcomes, type Outcome } from './record-outcomes.ts';
import { recordPlans, type PlanningOutcome } from './record-plans.ts';
import { recoverInterrupted, startRecoveryLoop, type Recovery } from './recover-interrupted.ts';
import type { Leftovers } from './leftovers.ts';
import { startReconciler } from './reconcile.ts';
import { resumeWhenFree } from './resume-when-free.ts';

/** For what was answered when the grace was over, and is on its way into the journal and the log. */
const LAST_MOMENT_MS = 500;

export interface GenerationService {
  /** Claims nothing more, lets what is in hand finish for `graceMs`, and hands over the rest. */
  stop(graceMs: number): Promise<void>;
}

export interface GenerationParts {
  readonly recovery: Recovery;
  readonly leftovers: Leftovers;
  readonly author: Author;
  readonly listener: LogListener;
  readonly pool: pg.Pool;
  /** Calls in flight, for nodes; planning has as many again, so that no learner waits for a map behind cards. */
  readonly concurrency: number;
  /** Whether this process may take on work: it knows itself to be alive. */
  readonly mayClaim: () => boolean;
}

export function startGeneration({ recovery, leftovers, author, listener, pool, concurrency, mayClaim }: GenerationParts): GenerationService {
  const { context } = recovery;
  const { log, store } = context;
  const cards = createOutcomeRecorder<Outcome>({
    record: (outcomes) => recordOutcomes(context, outcomes),
    describe: ({ claimed: { courseMapId, nodeId, attempt } }) => ({ course_map_id: courseMapId, node_id: nodeId, attempt }),
    log,
  });
  const plans = createOutcomeRecorder<PlanningOutcome>({
    record: (outcomes) => recordPlans(context, outcomes),
    describe: ({ claimed: { courseMapId, attempt } }) => ({ course_map_id: courseMapId, attempt }),
    log,
  });
  const nodes = createPump<ClaimedNode>({
    slots: concurrency,
    claim: (limit) => claimNodes(context, limit),
    run: (claimed, signal, answered) => generateNode({ author, recorder: cards, context }, claimed, signal, answered),
    mayClaim,
    log,
  });
  const planning = createPump<ClaimedPlanning>({
    slots: concurrency,
    claim: (limit) => claimPlanning(context, limit),
    run: (claimed, signal, answered) => planCourse({ author, recorder: plans, context }, claimed, signal, answered),
    mayClaim,
    log,
  });
  const pumps = [planning, nodes];
  const lost = watchForLostAttempts(context, pumps);
  const unlisten = [
    listener.onWake('jobs', () => pumps.forEach((pump) => pump.wake())),
    listener.onWake('events', () => lost.wake()),
  ];

  const onError = (error: unknown): void => log.warn({ err: error }, 'A batch of events was not handled yet');
  const heldCourses = resumeWhenFree(context);
  const subscriptions: Subscription[] = [
    subscribe({ pool, store, listener }, {
      name: 'generation-reactor',
      types: REACTED_TYPES,
      batchSize: 500,
      handle: (events, transaction) => reactToLog(context, heldCourses, events, transaction),
      onError,
    }),
    subscribe({ pool, store, listener }, {
      name: 'recovery-requests',
      types: ['RecoveryRequested'],
      batchSize: 500,
      handle: (events, transaction) => answerRecoveryRequests(recovery, events, transaction),
      onError,
    }),
  ];
  // The loop beside it, not behind it: to visit every open course may take a while, and who dies meanwhile is to be noticed.
  const atStart = recoverAtStart(recovery);
  const loop = startRecoveryLoop(recovery);
  const reconciler = startReconciler({ context, leftovers, pumps });
  pumps.forEach((pump) => pump.wake());

  return {
    async stop(graceMs) {
      pumps.forEach((pump) => pump.stopClaiming());
      const background = [atStart, loop.stop(), reconciler.stop(), ...subscriptions.map((each) => each.stop()), heldCourses.stop()];
      // Beside the calls in hand, not before them: a recovery in its middle, or a database that is away, takes its time.
      const grace = sleep(graceMs, undefined, { ref: false });
      await Promise.all([Promise.race([Promise.all(background), grace]), ...pumps.map((pump) => pump.drained(graceMs))]);
      unlisten.forEach((stop) => stop());
      // Ended here, not by the exit: an answer that is just being written down gets its moment, and no other is cut in half.
      pumps.forEach((pump) => pump.inHand().forEach((attempt) => pump.abandon(attempt)));
      await Promise.all(pumps.map((pump) => pump.drained(LAST_MOMENT_MS)));
      await handOver(context);
    },
  };
}

/** Its failure is logged, and keeps no process from serving: the loop that follows tries again. */
async function recoverAtStart(recovery: Recovery): Promise<void> {
  try {
    await recoverInterrupted(recovery, 'full');
  } catch (error) {
    recovery.context.log.error({ err: error }, 'Recovery failed during startup');
  }
}

/** Gives up what this process still holds, so that nobody has to find out that it is gone. */
async function handOver(context: Context): Promise<void> {
  const { workerId, log } = context;
  try {
    const { nodesReset } = await interruptHeldWork(context, {
      heldBy: { by: 'worker', workerId },
      cause: 'shutdown',
      detectedAfterMs: null,
    });
    if (nodesReset > 0) log.info({ count: nodesReset }, 'Handed over the nodes in hand');
  } catch (error) {
    log.warn({ err: error }, 'Could not hand over the nodes in hand; recovery will find them');
  }
}
