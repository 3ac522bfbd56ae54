/**
 * The trace of a course: it begins with the request for it, and everything that is done for the course belongs to it, in whatever process
 * and however much later.
 */
import type { Attributes } from '@coursewright/telemetry';

export interface CourseTraces {
  /** Runs `work` as a part of the course's trace. Costs nothing where nothing is recorded. */
  follow<Result>(courseMapId: string, name: string, attributes: Attributes, work: () => Promise<Result>): Promise<Result>;
}
