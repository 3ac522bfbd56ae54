/**
 * Records what came of plannings: `CourseMapPlanned` or `CourseMapPlanningFailed`, and the jobs that follow, for many
 * courses in one transaction. Fenced as a node's outcomes are, by the version of the attempt's own started event; and as
 * theirs, a map that comes too late is adopted if its course still waits for one.
 */
import { courseMapStream, type CourseMap } from '@coursewright/events';
import { CourseDecisions } from '../domain/course-decisions.ts';
import { jobIdOf } from '../domain/job-id.ts';
import { plannedNode } from '../domain/node.ts';
import { retryDelayMs } from '../domain/retry-delay.ts';
import type { Usage } from './author.ts';
import type { ClaimedPlanning } from './claim-planning.ts';
import { commitDecisions, planningJobs, type DecidedCourse } from './commit-decisions.ts';
import type { Context } from './context.ts';
import type { LoadedCourse } from './course-states.ts';
import type { JobToSend } from './dispatcher.ts';
import type { Verdict } from './outcome-recorder.ts';

export interface Planned {
  readonly kind: 'planned';
  readonly claimed: ClaimedPlanning;
  readonly map: CourseMap;
  readonly model: string;
  readonly usage: Usage;
}

export interface NotPlanned {
  readonly kind: 'not_planned';
  readonly claimed: ClaimedPlanning;
  readonly error: { readonly code: string; readonly message: string };
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
}

export type PlanningOutcome = Planned | NotPlanned;

/**
 * Records these outcomes, all in one transaction. May be called again with the same ones.
 *
 * @throws WrongExpectedVersionError when a course moved meanwhile; nothing was recorded, call again
 */
export async function recordPlans(
  context: Context,
  outcomes: readonly PlanningOutcome[],
): Promise<Map<PlanningOutcome, Verdict>> {
  const { courses, dispatcher } = context;
  return context.transact(async (transaction) => {
    const ids = [...new Set(outcomes.map(({ claimed }) => claimed.courseMapId))];
    const { free, held } = await courses.lockFree(ids, transaction);
    const loaded = new Map(free.map((course) => [course.course.id, course]));

    const verdicts = new Map<PlanningOutcome, Verdict>();
    const decided: DecidedCourse[] = [];
    const retries: JobToSend[] = [];
    const overtaken: string[] = [];
    for (const outcome of outcomes) {
      const course = loaded.get(outcome.claimed.courseMapId);
      if (course === undefined) {
        verdicts.set(outcome, held.has(outcome.claimed.courseMapId) ? 'busy' : 'fenced');
        continue;
      }
      if (course.course.version !== outcome.claimed.startedVersion) {
        const decisions = adopt(context, course, outcome);
        if (decisions === undefined) {
          verdicts.set(outcome, isRecordedAlready(course, outcome) ? 'recorded' : 'fenced');
          continue;
        }
        // One that is queued is left to its claim, which finds it stale: waiting for it here could meet a claim that waits for
        // the course.
        if (course.course.status === 'planning') overtaken.push(jobIdOf(courseMapStream(course.course.id), course.course.attempt));
        decided.push({ decisions, correlationId: course.correlationId });
        verdicts.set(outcome, 'adopted');
        continue;
      }
      const decision = { decisions: decide(context, course, outcome), correlationId: course.correlationId };
      decided.push(decision);
      verdicts.set(outcome, 'recorded');
      if (outcome.kind === 'not_planned') retries.push(...planningJobs(decision, retryOf(context, decision, outcome)));
    }
    await commitDecisions(context, decided, transaction);
    const settled = outcomes.filter((outcome) => verdicts.get(outcome) !== 'busy');
    const over = [...settled.map(({ claimed }) => claimed.jobId), ...overtaken];
    await dispatcher.remove('plan-course-map', over, transaction);
    await dispatcher.send('plan-course-map', retries, transaction);
    return verdicts;
  });
}

function decide({ workerId, settings }: Context, course: LoadedCourse, outcome: PlanningOutcome): CourseDecisions {
  const decisions = new CourseDecisions(course);
  const { attempt } = outcome.claimed;
  if (outcome.kind === 'not_planned') {
    const { error, retryable } = outcome;
    decisions.decideCourse({ type: 'FailPlanning', attempt, workerId, error, retryable, maxAttempts: settings.maxAttempts });
    return decisions;
  }
  const { map, model, usage } = outcome;
  decisions.decideCourse({ type: 'CompletePlanning', attempt, workerId, map, model, usage });
  begin(decisions, map, settings.courseConcurrency);
  return decisions;
}

/** The map of a planning that was taken away; undefined when the course waits for none. */
function adopt({ settings }: Context, course: LoadedCourse, outcome: PlanningOutcome): CourseDecisions | undefined {
  if (outcome.kind !== 'planned') return undefined;
  const { map, model, usage } = outcome;
  const decisions = new CourseDecisions(course);
  if (decisions.decideCourse({ type: 'ReceiveLatePlan', map, model, usage }).length === 0) return undefined;
  begin(decisions, map, settings.courseConcurrency);
  return decisions;
}

function begin(decisions: CourseDecisions, map: CourseMap, courseConcurrency: number): void {
  decisions.addNodes(
    map.nodes.map(({ id, type, pre_requisites }, index) =>
      plannedNode({ nodeId: id, type, place: index + 1, preRequisites: pre_requisites }),
    ),
  );
  decisions.scheduleReadyNodes(courseConcurrency);
}

function retryOf(context: Context, { decisions }: DecidedCourse, { retryAfterMs }: NotPlanned) {
  return { delayMs: retryDelayMs(decisions.course.failures, context.chance(), retryAfterMs), ahead: false };
}

/** The commit went through and its answer was lost: this is the second try. */
function isRecordedAlready(course: LoadedCourse, { kind, claimed }: PlanningOutcome): boolean {
  if (kind !== 'planned') return false; // A failure looks like an interruption from here.
  const { version, attempt, status } = course.course;
  return version === claimed.startedVersion + 1 && attempt === claimed.attempt && status === 'generating';
}
