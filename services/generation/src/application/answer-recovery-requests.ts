/**
 * Answers `RecoveryRequested`: recovers, and appends `RecoveryCompleted` with what came of it. The expected version
 * lets one process answer, and an answer that is there already is left alone.
 */
import { WrongExpectedVersionError, type RecordedEvent, type Transaction } from '@coursewright/events';
import { metadataOf } from './commit-decisions.ts';
import { recoverInterrupted, type Recovery } from './recover-interrupted.ts';

export async function answerRecoveryRequests(
  recovery: Recovery,
  events: readonly RecordedEvent[],
  transaction: Transaction,
): Promise<void> {
  const { store, workerId } = recovery.context;
  // The checkpoint's transaction waits meanwhile, and recovery may take longer than an idle one is allowed.
  await transaction.query("SET LOCAL idle_in_transaction_session_timeout = '2min'");
  for (const event of events) {
    if (event.type !== 'RecoveryRequested') continue;
    const stats = await recoverInterrupted(recovery, event.data.force ? 'force' : 'full');
    try {
      await store.appendToStream({
        stream: event.stream,
        expectedVersion: event.version,
        events: [{ type: 'RecoveryCompleted', data: { stats, worker_id: workerId } }],
        metadata: metadataOf(workerId, event.metadata.correlation_id),
      });
    } catch (error) {
      if (!(error instanceof WrongExpectedVersionError)) throw error;
    }
  }
}
