/**
 * Locks a course, as whoever decides about one does: first the course, then its nodes, then the log. Appending first and
 * waiting for the course's row after that would meet somebody who goes the usual way.
 */
import type { Transaction } from '@coursewright/events';

export interface LockedCourseMap {
  readonly version: number;
  readonly status: 'requested' | 'planning' | 'generating' | 'completed' | 'failed' | 'cancelled';
}

const LOCK = 'SELECT version, status FROM lock_course_maps(ARRAY[$1::uuid])';

/** The course as it stands while the transaction lasts; undefined when there is no such course. */
export async function lockCourseMap(transaction: Transaction, courseMapId: string): Promise<LockedCourseMap | undefined> {
  const { rows } = await transaction.query<LockedCourseMap>({ name: 'course-map-lock', text: LOCK, values: [courseMapId] });
  return rows[0];
}
