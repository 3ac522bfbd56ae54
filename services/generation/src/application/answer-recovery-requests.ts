/**
 * Answers `RecoveryRequested`: recovers, and appends `RecoveryCompleted` with what came of it. Requests that are read
 * together are answered by one recovery. The expected version lets one process answer, and an answer that is there
 * already is left alone.
 */
import { WrongExpectedVersionError, type RecordedEvent, type Transaction } from '@coursewright/events';
import { metadataOf } from './commit-decisions.ts';
import type { Context } from './context.ts';
import { recoverInterrupted, type Recovery } from './recover-interrupted.ts';

/**
 * Whoever asked for force longer ago than this got a 503 and is gone. The request is answered, but what living workers do
 * by now is not what they were asked to be torn from.
 */
const FORCE_IS_MEANT_FOR_MS = 60_000;

type RecoveryRequest = RecordedEvent & { readonly type: 'RecoveryRequested' };

export async function answerRecoveryRequests(
  recovery: Recovery,
  events: readonly RecordedEvent[],
  transaction: Transaction,
): Promise<void> {
  const { context } = recovery;
  const requests = await unanswered(context, events.filter((event): event is RecoveryRequest => event.type === 'RecoveryRequested'));
  if (requests.length === 0) return;
  // The checkpoint's transaction waits meanwhile, and recovery may take longer than an idle one is allowed.
  await transaction.query("SET LOCAL idle_in_transaction_session_timeout = '10min'");
  const now = Date.parse(await context.courses.instantIn(0, transaction));
  const force = requests.some(({ data, recordedAt }) => data.force && now - recordedAt.getTime() < FORCE_IS_MEANT_FOR_MS);
  const stats = await recoverInterrupted(recovery, force ? 'force' : 'full');
  for (const request of requests) await answer(context, request, stats);
}

async function unanswered({ store }: Context, requests: readonly RecoveryRequest[]): Promise<RecoveryRequest[]> {
  const open: RecoveryRequest[] = [];
  for (const request of requests) {
    if ((await store.readStream(request.stream, request.version + 1)).length === 0) open.push(request);
  }
  return open;
}

async function answer(
  { store, workerId }: Context,
  { stream, version, metadata }: RecoveryRequest,
  stats: Awaited<ReturnType<typeof recoverInterrupted>>,
): Promise<void> {
  try {
    await store.appendToStream({
      stream,
      expectedVersion: version,
      events: [{ type: 'RecoveryCompleted', data: { stats, worker_id: workerId } }],
      metadata: metadataOf(workerId, metadata.correlation_id),
    });
  } catch (error) {
    if (!(error instanceof WrongExpectedVersionError)) throw error;
  }
}
