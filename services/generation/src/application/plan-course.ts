/**
 * One attempt at planning, a course's first call: asks the author for the map and records what came of it.
 */
import { courseMapStream } from '@coursewright/events';
import type { Author } from './author.ts';
import type { ClaimedPlanning } from './claim-planning.ts';
import type { Context } from './context.ts';
import { failedCall, isTakenAway } from './failed-attempts.ts';
import { observeAttempt } from './observe-attempt.ts';
import type { OutcomeRecorder } from './outcome-recorder.ts';
import type { PlanningOutcome } from './record-plans.ts';

/**
 * Plans a claimed course. Resolves once the outcome is in the log, or when the attempt was taken away (the signal
 * aborts then, which ends the call); calls `answered` before the outcome is recorded. Never rejects.
 */
export async function planCourse(
  { author, recorder, context }: { author: Author; recorder: OutcomeRecorder<PlanningOutcome>; context: Context },
  claimed: ClaimedPlanning,
  signal: AbortSignal,
  answered: () => void,
): Promise<void> {
  const { log } = context;
  const { courseMapId: course_map_id, attempt, correlationId: correlation_id } = claimed;
  const fields = { course_map_id, attempt, correlation_id };
  log.info(fields, 'Starting course map planning');
  const ended = await observeAttempt(context, { kind: 'planning', courseMapId: course_map_id, name: 'plan course map', attributes: { 'coursewright.attempt': attempt } }, {
    write: () => plan(author, claimed, signal),
    record(outcome) {
      answered();
      return recorder.record(outcome);
    },
    isAnswer: ({ kind }) => kind === 'planned',
  });
  if (ended === undefined) {
    log.info(fields, 'Planning was taken away, its call is ended');
    return;
  }
  const { outcome, verdict } = ended;
  if (verdict === 'fenced') log.warn(fields, 'Plan came too late, the course was taken away');
  else if (verdict === 'adopted') log.warn(fields, 'Plan came late, and the course has adopted it');
  else if (outcome.kind === 'planned') log.info({ ...fields, model: outcome.model }, 'Course map planned successfully');
  else log.warn({ ...fields, error_code: outcome.error.code, error: outcome.error.message }, 'Course map planning failed');
}

/** @returns undefined when the attempt was taken away */
async function plan(author: Author, claimed: ClaimedPlanning, signal: AbortSignal): Promise<PlanningOutcome | undefined> {
  try {
    const { correlationId, startedVersion, courseMapId } = claimed;
    const call = { signal, correlationId, stream: courseMapStream(courseMapId), startedVersion };
    const { content: map, model, usage } = await author.planCourseMap(claimed.request, call);
    return { kind: 'planned', claimed, map, model, usage };
  } catch (error) {
    if (isTakenAway(error, signal)) return undefined;
    return { kind: 'not_planned', claimed, ...failedCall(error) };
  }
}
