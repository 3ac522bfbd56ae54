/**
 * Records what came of plannings: `CourseMapPlanned` or `CourseMapPlanningFailed`, and the jobs that follow, for many
 * courses in one transaction. Fenced as a node's outcomes are, by the version of the attempt's own started event; and as
 * theirs, a map that comes too late is adopted if its course still waits for one.
 */
import { courseMapStream, type CourseMap } from '@coursewright/events';
import type { Outage } from '../domain/attempt-failure.ts';
import { CourseDecisions } from '../domain/course-decisions.ts';
import { jobIdOf } from '../domain/job-id.ts';
import { plannedNode } from '../domain/node.ts';
import type { Usage } from './author.ts';
import type { ClaimedPlanning } from './claim-planning.ts';
import { commitDecisions, planningJobs, type DecidedCourse } from './commit-decisions.ts';
import type { Context } from './context.ts';
import type { LoadedCourse } from './course-states.ts';
import type { JobToSend } from './dispatcher.ts';
import { attemptFailure, delayAfter, outageOf, type FailedCall } from './failed-attempts.ts';
import type { Verdict } from './outcome-recorder.ts';

export interface Planned {
  readonly kind: 'planned';
  readonly claimed: ClaimedPlanning;
  readonly map: CourseMap;
  readonly model: string;
  readonly usage: Usage;
}

export interface NotPlanned extends FailedCall {
  readonly kind: 'not_planned';
  readonly claimed: ClaimedPlanning;
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
    const outage = await outageOf(context, outcomes, transaction);

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
      const decisions = new CourseDecisions(course);
      const decision = { decisions, correlationId: course.correlationId };
      decided.push(decision);
      verdicts.set(outcome, 'recorded');
      if (outcome.kind === 'planned') complete(context, decisions, outcome);
      else retries.push(...planningJobs(decision, { delayMs: fail(context, decisions, outcome, outage), ahead: false }));
    }
    await commitDecisions(context, decided, transaction);
    const settled = outcomes.filter((outcome) => verdicts.get(outcome) !== 'busy');
    const over = [...settled.map(({ claimed }) => claimed.jobId), ...overtaken];
    await dispatcher.remove('plan-course-map', over, transaction);
    await dispatcher.send('plan-course-map', retries, transaction);
    return verdicts;
  });
}

function complete({ workerId, settings }: Context, decisions: CourseDecisions, { claimed: { attempt }, map, model, usage }: Planned): void {
  decisions.decideCourse({ type: 'CompletePlanning', attempt, workerId, map, model, usage });
  begin(decisions, map, settings.courseConcurrency);
}

/** @returns how long the next attempt is held back, in milliseconds */
function fail(context: Context, decisions: CourseDecisions, outcome: NotPlanned, outage: Outage | undefined): number {
  const { attempt } = outcome.claimed;
  const command = { type: 'FailPlanning', attempt, workerId: context.workerId, ...attemptFailure(context, outcome, outage) } as const;
  const [event] = decisions.decideCourse(command);
  return event?.type === 'CourseMapPlanningFailed' ? delayAfter(context, outcome, event.data, decisions.course.failures, outage) : 0;
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

/** The commit went through and its answer was lost: this is the second try. */
function isRecordedAlready(course: LoadedCourse, { kind, claimed }: PlanningOutcome): boolean {
  if (kind !== 'planned') return false; // A failure looks like an interruption from here.
  const { version, attempt, status } = course.course;
  return version === claimed.startedVersion + 1 && attempt === claimed.attempt && status === 'generating';
}
