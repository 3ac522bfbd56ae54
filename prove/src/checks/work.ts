/**
 * What is unfinished, at one moment: who has it in hand, and which job stands for it (I1, I8). A moment later it may have
 * moved on, so what is missing here is looked at again before it counts (see prove.ts).
 */
import type { Findings } from '../findings.ts';
import type { Snapshot } from '../snapshot.ts';

/** Work in progress, each with the job that should be there. */
const OPEN_WORK = `
  SELECT 'node-' || n.course_map_id || '+' || n.node_id AS stream, n.status, n.last_event, n.worker_id, n.job_id, c.status AS course_status
  FROM node_states n JOIN course_map_states c ON c.id = n.course_map_id
  WHERE n.status IN ('pending', 'generating') AND (n.last_event IN ('GenerationScheduled', 'GenerationStarted') OR n.status = 'generating')
  UNION ALL
  SELECT 'course_map-' || c.id, c.status, c.last_event, c.worker_id, c.job_id, c.status
  FROM course_map_states c WHERE c.status IN ('requested', 'planning')`;

const JOBS = `
  SELECT j.id, j.singleton_key AS stream, j.state::text AS state FROM pgboss.job j
  WHERE j.name IN ('generate-node', 'plan-course-map') AND j.state < 'completed'`;

const LIVING = 'SELECT w.id FROM workers w JOIN held_beacons b ON b.lock_key = w.lock_key';

/** Courses that have unfinished nodes, none of them queued or running: nothing would ever move them. */
const STALLED = `
  SELECT c.id FROM course_map_states c
  WHERE c.status = 'generating' AND NOT EXISTS (
    SELECT FROM node_states n WHERE n.course_map_id = c.id
      AND (n.status = 'generating' OR (n.status = 'pending' AND n.last_event = 'GenerationScheduled')))
  UNION
  SELECT n.course_map_id FROM node_states n JOIN course_map_states c ON c.id = n.course_map_id
  WHERE c.status <> 'generating' AND n.status IN ('pending', 'generating')`;

interface OpenWork {
  readonly stream: string;
  readonly status: string;
  readonly last_event: string;
  readonly worker_id: string | null;
  readonly job_id: string | null;
}

export async function checkWork(snapshot: Snapshot, findings: Findings, { finished }: { readonly finished: boolean }): Promise<void> {
  const open = await snapshot.query<OpenWork>(OPEN_WORK);
  const jobs = await snapshot.query<{ id: string; stream: string; state: string }>(JOBS);
  const living = new Set((await snapshot.query<{ id: string }>(LIVING)).map(({ id }) => id));
  const jobsOf = Map.groupBy(jobs, ({ stream }) => stream);

  for (const { stream, status, worker_id: workerId, job_id: jobId } of open) {
    if (finished) findings.violation('I1', stream, `is ${status}`);
    if (workerId !== null && !living.has(workerId)) findings.violation('I1', stream, `is in the hands of ${workerId}, which is not alive`);
    const its = jobsOf.get(stream) ?? [];
    if (its.length === 0) findings.violation('I1', stream, `is ${status} and has no job`);
    if (its.length > 1) findings.violation('I8', stream, `has ${its.length} jobs`);
    if (its.length === 1 && jobId !== null && its[0]?.id !== jobId) findings.violation('I8', stream, 'has the job of another attempt');
    jobsOf.delete(stream);
  }
  for (const { id } of await snapshot.query<{ id: string }>(STALLED)) {
    findings.violation('I1', `course_map-${id}`, 'has unfinished nodes, and nothing of it is queued or running');
  }
  for (const [stream, its] of jobsOf) {
    // A planning job that is queued is left to its claim, which finds it stale: taking it away could meet that very claim.
    const isLeftToItsClaim = stream.startsWith('course_map-') && its.every(({ state }) => state !== 'active');
    if (!isLeftToItsClaim) findings.violation('I8', stream, 'has a job, and nothing to do');
  }
  findings.note('I1', `${open.length.toLocaleString('en')} queued or in hand`);
  findings.note('I8', `${jobs.length.toLocaleString('en')} jobs`);
}
