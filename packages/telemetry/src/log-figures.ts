/**
 * How the work as a whole stands, from the database: every process that is asked tells the same. Alerts take the maximum over them.
 */
import type { Meter } from '@opentelemetry/api';

/** One row of a figure: its value, and the words that go with it. */
export interface FigureRow {
  readonly figure: string;
  readonly label: string;
  readonly value: number;
}

/** Of what is open alone: what is over grows for ever, and to count it would cost more every day. */
const FIGURES = `
  SELECT 'courses' AS figure, c.status AS label, count(*)::float8 AS value
  FROM course_map_states c WHERE c.status IN ('requested', 'planning', 'generating') GROUP BY 2
  UNION ALL
  SELECT 'nodes', n.status, count(*)
  FROM course_map_states c JOIN node_states n ON n.course_map_id = c.id WHERE c.status IN ('requested', 'planning', 'generating') GROUP BY 2
  UNION ALL
  SELECT 'queue', j.queue || ' ' || CASE WHEN j.state = 'active' THEN 'running' WHEN j.start_after <= clock_timestamp() THEN 'ready' ELSE 'delayed' END, count(*)
  FROM queued_jobs() j GROUP BY 2
  UNION ALL
  SELECT 'oldest', j.queue, extract(epoch FROM clock_timestamp() - min(j.start_after))::float8
  FROM queued_jobs() j WHERE j.state <> 'active' AND j.start_after <= clock_timestamp() GROUP BY 2
  UNION ALL
  SELECT 'behind', s.name, sum(s.events_behind)::float8 FROM ops.subscription_lag s GROUP BY 2
  UNION ALL
  SELECT 'behind_seconds', s.name, max(extract(epoch FROM s.behind))::float8 FROM ops.subscription_lag s GROUP BY 2
  UNION ALL
  SELECT 'parked', s.name, sum(s.parked_streams)::float8 FROM ops.subscription_lag s GROUP BY 2
  UNION ALL
  SELECT 'workers', '', count(*) FROM workers w JOIN held_beacons b ON b.lock_key = w.lock_key
  UNION ALL
  SELECT 'head', '', coalesce(max(p.position), 0) FROM event_positions p`;

/** Whoever fetches figures waits ten seconds, mostly, for all of them; those of the process must not be lost with those of the database. */
const PATIENCE_MS = 2000;
/** However often somebody looks, the database is asked no more often than this. */
const KEPT_MS = 5000;

/**
 * @param ask runs a statement
 * @param onError told when the database cannot tell; the figures are left out then
 */
export function observeLog(meter: Meter, ask: (statement: string) => Promise<readonly FigureRow[]>, onError: (error: unknown) => void): void {
  const gauge = (name: string, description: string) => meter.createObservableGauge(`coursewright.${name}`, { description });
  const courses = gauge('courses.open', 'Courses that are not over, by status.');
  const nodes = gauge('nodes.open', 'Nodes of courses that are not over, by status.');
  const queue = gauge('queue.depth', 'Jobs, by queue and state.');
  const oldest = gauge('queue.oldest_ready_seconds', 'How long the oldest job that may run has waited, by queue.');
  const behind = gauge('subscription.behind', 'Events that a subscription has not handled yet.');
  const behindSeconds = gauge('subscription.behind_seconds', 'How old the next event is that a subscription handles.');
  const parked = gauge('subscription.parked_streams', 'Streams that a subscription has set aside.');
  const workers = gauge('workers.alive', 'Generation processes that hold their beacon.');
  const head = gauge('log.head', 'The newest position of the log.');

  let kept: { readonly rows: Promise<readonly FigureRow[]>; readonly until: number } | undefined;
  const rows = (): Promise<readonly FigureRow[]> => {
    if (kept === undefined || kept.until < performance.now()) kept = { rows: ask(FIGURES), until: performance.now() + KEPT_MS };
    return kept.rows;
  };

  meter.addBatchObservableCallback(async (result) => {
    let found: readonly FigureRow[];
    try {
      found = await within(PATIENCE_MS, rows());
    } catch (error) {
      kept = undefined;
      return onError(error);
    }
    for (const { figure, label, value } of found) {
      const [name = '', state = ''] = label.split(' ');
      switch (figure) {
        case 'courses': result.observe(courses, value, { status: label }); break;
        case 'nodes': result.observe(nodes, value, { status: label }); break;
        case 'queue': result.observe(queue, value, { queue: name, state }); break;
        case 'oldest': result.observe(oldest, value, { queue: label }); break;
        case 'behind': result.observe(behind, value, { subscription: label }); break;
        case 'behind_seconds': result.observe(behindSeconds, value, { subscription: label }); break;
        case 'parked': result.observe(parked, value, { subscription: label }); break;
        case 'workers': result.observe(workers, value); break;
        default: result.observe(head, value);
      }
    }
  }, [courses, nodes, queue, oldest, behind, behindSeconds, parked, workers, head]);
}

/** @throws DOMException TimeoutError when it takes longer; the promise itself goes on */
function within<Result>(ms: number, promise: Promise<Result>): Promise<Result> {
  const late = AbortSignal.timeout(ms);
  return new Promise((resolve, reject) => {
    late.addEventListener('abort', () => reject(late.reason as Error), { once: true });
    promise.then(resolve, reject);
  });
}
