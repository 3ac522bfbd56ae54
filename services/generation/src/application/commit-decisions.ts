/**
 * Commits what was decided about courses: events, the jobs they cause, and the end of the jobs that are over, in
 * the transaction that holds the courses' locks.
 */
import type { EventMetadata, Transaction } from '@coursewright/events';
import type { CourseDecisions } from '../domain/course-decisions.ts';
import type { Context } from './context.ts';
import type { JobToSend } from './dispatcher.ts';

export interface DecidedCourse {
  readonly decisions: CourseDecisions;
  readonly correlationId: string;
}

/** @throws WrongExpectedVersionError when something moved that the lock does not cover: roll back, decide again */
export async function commitDecisions(
  { store, dispatcher, workerId }: Context,
  courses: readonly DecidedCourse[],
  transaction: Transaction,
): Promise<void> {
  const appends = courses.flatMap(({ decisions, correlationId }) =>
    decisions.appends().map((append) => ({ ...append, metadata: metadataOf(workerId, correlationId) })),
  );
  const jobs = courses.flatMap(({ decisions, correlationId }) =>
    decisions.jobsToSend.map((job) => ({ ...job, correlationId })),
  );
  const overJobs = [...new Set(courses.flatMap(({ decisions }) => decisions.jobsToDelete))];
  // Removed before anything is sent: a stream may have one job only.
  await dispatcher.remove('generate-node', overJobs, transaction);
  await dispatcher.send('generate-node', jobs, transaction);
  await store.appendToStreams(appends, transaction);
}

/** The metadata of an event that this worker appends for a request. */
export function metadataOf(workerId: string, correlationId: string): EventMetadata {
  return { correlation_id: correlationId, causation_id: null, actor: workerId, via: 'generation' };
}

/** The job for a course's planning, if it is still to be planned. */
export function planningJobs(
  { decisions, correlationId }: DecidedCourse,
  how: { readonly delayMs: number; readonly ahead: boolean },
): JobToSend[] {
  const job = decisions.planningJob(how.delayMs, how.ahead);
  return job === undefined ? [] : [{ ...job, nodeId: null, correlationId }];
}
