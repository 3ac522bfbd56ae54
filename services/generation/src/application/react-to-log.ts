/**
 * The reactor: turns what others append (the gateway's requests, retries and cancellations, an operator's UPDATE)
 * into jobs, in the transaction of its checkpoint. What this service decides itself needs no reaction: its jobs
 * were committed with its events.
 */
import {
  courseOfStream,
  isTransientDatabaseError,
  type EventType,
  type RecordedEvent,
  type Transaction,
} from '@coursewright/events';
import type { Context } from './context.ts';
import { resumeCourses } from './resume-courses.ts';
import type { HeldCourses } from './resume-when-free.ts';

/** What can ask for work to be done, or left. */
export const REACTED_TYPES: readonly EventType[] = [
  'CourseMapRequested',
  'CourseMapRetryRequested',
  'CourseMapCancelled',
  'RetryRequested',
  'GenerationInterrupted',
];

/**
 * Handles a batch of events in the transaction of their checkpoint. A course that cannot be handled is logged and
 * left to recovery, one that somebody else holds is left to `heldCourses`; neither stops the log for the others.
 */
export async function reactToLog(
  context: Context,
  heldCourses: HeldCourses,
  events: readonly RecordedEvent[],
  transaction: Transaction,
): Promise<void> {
  const asked = events.filter(({ metadata }) => metadata.via !== 'generation');
  // In order of id, as every lock on courses is taken.
  const ids = [...new Set(asked.flatMap(({ stream }) => courseOfStream(stream) ?? []))].sort();
  if (ids.length === 0) return;
  if (await attempt(context, heldCourses, ids, transaction)) return;
  for (const id of ids) await attempt(context, heldCourses, [id], transaction);
}

/** @returns whether it went well; if not, the transaction stands as before */
async function attempt(context: Context, heldCourses: HeldCourses, ids: readonly string[], transaction: Transaction): Promise<boolean> {
  await transaction.query('SAVEPOINT reaction');
  try {
    const { held } = await resumeCourses(context, ids, transaction);
    await transaction.query('RELEASE SAVEPOINT reaction');
    heldCourses.add(held);
    return true;
  } catch (error) {
    if (isTransientDatabaseError(error)) throw error;
    await transaction.query('ROLLBACK TO SAVEPOINT reaction');
    if (ids.length === 1) context.log.error({ course_map_id: ids[0], err: error }, 'Failed to restart generation for course');
    return false;
  }
}
