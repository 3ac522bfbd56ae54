/**
 * What a course will be like, told before it is asked for: by the rules for its mode, and by what courses like it were and calls took lately.
 */
import type pg from 'pg';
import { NODE_COUNT_BY_MODE, query, type Mode } from '@coursewright/events';

/** From and to. */
export interface Interval {
  readonly least: number;
  readonly most: number;
}

export interface CourseEstimate {
  readonly nodes: Interval;
  /** Nodes that get a card. */
  readonly learn_nodes: Interval;
  /** When none of them has to be repeated: one for the map, and one for each card. */
  readonly calls: Interval;
  /** Null before there were any calls. */
  readonly input_tokens: Interval | null;
  readonly output_tokens: Interval | null;
  /** In the currency of the configured prices; null without prices, too. */
  readonly cost: Interval | null;
  /** What it was told from. */
  readonly basis: { readonly courses: number; readonly calls: number };
}

interface CallsRow {
  readonly is_planning: boolean;
  readonly calls: number;
  readonly input_least: number;
  readonly input_most: number;
  readonly output_least: number;
  readonly output_most: number;
  readonly input_price: number | null;
  readonly output_price: number | null;
}

/** How many cards the last courses of this mode had. */
const LEARN_NODES = `
  SELECT count(*)::integer AS courses, min(l.learn)::integer AS least, max(l.learn)::integer AS most
  FROM (SELECT c.nodes FROM course_map_states c WHERE c.nodes IS NOT NULL AND c.request ->> 'mode' = $1 ORDER BY c.created_at DESC, c.id DESC LIMIT 100) recent
  CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE n.value ->> 'type' = 'learn') AS learn FROM jsonb_array_elements(recent.nodes) n) l`;

/** What nine calls of ten took, of the last ones: ids begin with the time. A price is that of the newest. */
const CALLS = `
  SELECT starts_with(r.stream, 'course_map-') AS is_planning, count(*)::integer AS calls,
         percentile_disc(0.05) WITHIN GROUP (ORDER BY r.input_tokens) AS input_least, percentile_disc(0.95) WITHIN GROUP (ORDER BY r.input_tokens) AS input_most,
         percentile_disc(0.05) WITHIN GROUP (ORDER BY r.output_tokens) AS output_least, percentile_disc(0.95) WITHIN GROUP (ORDER BY r.output_tokens) AS output_most,
         (array_agg(r.input_price ORDER BY r.id DESC))[1]::float8 AS input_price, (array_agg(r.output_price ORDER BY r.id DESC))[1]::float8 AS output_price
  FROM (SELECT l.* FROM llm_calls l WHERE l.status = 'answered' ORDER BY l.id DESC LIMIT 1000) r
  GROUP BY 1`;

export async function estimateCourse(pool: pg.Pool, mode: Mode): Promise<CourseEstimate> {
  const [learned, called] = await Promise.all([
    query<{ courses: number; least: number | null; most: number | null }>(pool, { name: 'estimate-nodes', text: LEARN_NODES, values: [mode] }),
    query<CallsRow & pg.QueryResultRow>(pool, { name: 'estimate-calls', text: CALLS }),
  ]);
  const [fewest, most] = NODE_COUNT_BY_MODE[mode];
  const { courses = 0, least, most: greatest } = learned.rows[0] ?? {};
  // Without any course to go by: at least one card, for the root is never a quiz.
  const learn: Interval = { least: least ?? 1, most: greatest ?? most };
  const planning = called.rows.find((row) => row.is_planning);
  const card = called.rows.find((row) => !row.is_planning);
  return {
    nodes: { least: fewest, most },
    learn_nodes: learn,
    calls: { least: 1 + learn.least, most: 1 + learn.most },
    ...amounts(learn, planning, card),
    basis: { courses, calls: called.rows.reduce((sum, { calls }) => sum + calls, 0) },
  };
}

function amounts(learn: Interval, planning: CallsRow | undefined, card: CallsRow | undefined): Pick<CourseEstimate, 'input_tokens' | 'output_tokens' | 'cost'> {
  if (planning === undefined || card === undefined) return { input_tokens: null, output_tokens: null, cost: null };
  const input = { least: planning.input_least + learn.least * card.input_least, most: planning.input_most + learn.most * card.input_most };
  const output = { least: planning.output_least + learn.least * card.output_least, most: planning.output_most + learn.most * card.output_most };
  const { input_price: inputPrice, output_price: outputPrice } = card;
  if (inputPrice === null || outputPrice === null) return { input_tokens: input, output_tokens: output, cost: null };
  const cost = (inputTokens: number, outputTokens: number): number => (inputTokens * inputPrice + outputTokens * outputPrice) / 1e6;
  return { input_tokens: input, output_tokens: output, cost: { least: cost(input.least, output.least), most: cost(input.most, output.most) } };
}
