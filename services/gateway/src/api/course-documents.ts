/**
 * What courses look like in answers. Tests hold every answer against these.
 */
import { z } from 'zod';
import { courseRequestSchema, knowledgeCardSchema, mapMetaSchema, mapNodeSchema, MODES, LEVELS, NODE_TYPES } from '@coursewright/events';

export const courseMapId = z.uuid().meta({ description: 'The course map.', examples: ['0198f3a1-0bef-7290-a2ae-90cf883dcf46'] });
export const instant = z.iso.datetime().meta({ examples: ['2026-11-24T01:30:35.905Z'] });
export const count = z.int().min(0);
export const position = z.int().min(0).meta({ description: 'A place in the log.' });

const tenant = z.string().nullable().meta({ description: 'Whose it is; null when it was asked for without a tenant.' });

export const courseRequest = courseRequestSchema.meta({ id: 'CourseRequest' });
export const mapMeta = mapMetaSchema.meta({ id: 'MapMeta' });
export const mapNode = mapNodeSchema.meta({ id: 'MapNode' });
export const knowledgeCard = knowledgeCardSchema.meta({
  id: 'KnowledgeCard',
  description: 'Pages are joined by `<EVOBK_PAGE_BREAK />`, and each begins with its only `## ` title. The first holds one '
    + '`<EVOBK_KEY_ELEMENTS>` box of `<EVOBK_KEY>` elements, and one `<EVOBK_EXPERT_TIP>`.',
});

export const overallStatus = z
  .enum(['initializing', 'generating', 'completed', 'partial_failed', 'failed', 'cancelled'])
  .meta({ id: 'OverallStatus', description: '`failed`: no map could be planned. `partial_failed`: all nodes are settled, and some failed.' });
export const nodeStatus = z.enum(['pending', 'generating', 'completed', 'failed', 'cancelled', 'quiz_pending']).meta({ id: 'NodeStatus' });
const learnProgress = z.number().min(0).max(1).meta({ description: 'The part of the learn nodes that is completed.' });

export const progress = z
  .strictObject({
    course_map_id: courseMapId,
    overall_status: overallStatus,
    learn_progress: learnProgress,
    nodes_status: z.array(
      z.strictObject({
        node_id: z.string(),
        type: z.enum(NODE_TYPES),
        status: nodeStatus,
        error: z.string().nullable().meta({ description: 'Why its last attempt failed; until it is completed or asked for again.' }),
      }),
    ),
    error: z.string().nullable().meta({ description: 'Why its planning failed the last time.' }),
  })
  .meta({ id: 'Progress' });

export const courseMap = z
  .strictObject({
    course_map_id: courseMapId,
    status: z.enum(['requested', 'planning', 'generating', 'completed', 'failed', 'cancelled']).meta({ description: "The course's own." }),
    request: courseRequest,
    map_meta: mapMeta.nullable().meta({ description: 'Null before it is planned.' }),
    nodes: z.array(mapNode).meta({ description: 'Empty before it is planned.' }),
    error: z.string().nullable(),
    created_at: instant,
    tenant,
  })
  .meta({ id: 'CourseMap' });

export const plannedCourseMap = z
  .strictObject({ course_map_id: courseMapId, map_meta: mapMeta, nodes: z.array(mapNode) })
  .meta({ id: 'PlannedCourseMap' });

const interval = z.strictObject({ least: z.number().min(0), most: z.number().min(0) });

export const courseEstimate = z
  .strictObject({
    dry_run: z.literal(true),
    nodes: interval.meta({ description: 'By the mode.' }),
    learn_nodes: interval.meta({ description: 'Of these, those that get a card.' }),
    calls: interval.meta({ description: 'To the model, when none has to be repeated: one for the map, and one for each card.' }),
    input_tokens: interval.nullable().meta({ description: 'Null before there were any calls to go by.' }),
    output_tokens: interval.nullable(),
    cost: interval.nullable().meta({ description: 'In the currency of the configured prices; null without prices.' }),
    basis: z.strictObject({ courses: count, calls: count }).meta({ description: 'What it was told from: the last courses of the mode, a hundred at most, and the last calls, a thousand at most.' }),
  })
  .meta({ id: 'CourseEstimate' });

export const listedCourseMap = z
  .strictObject({
    course_map_id: courseMapId,
    topic: z.string(),
    level: z.enum(LEVELS),
    mode: z.enum(MODES),
    overall_status: overallStatus,
    learn_progress: learnProgress,
    learn_nodes: count,
    learn_completed: count,
    learn_failed: count,
    course_name: z.string().nullable().meta({ description: 'Null before it is planned.' }),
    created_at: instant,
    tenant,
  })
  .meta({ id: 'ListedCourseMap' });

export const historyEntry = z
  .strictObject({
    position,
    at: z.iso.datetime({ precision: 6 }).meta({ description: 'When it got its place in the log, to the microsecond.' }),
    what: z.string().meta({ description: "The event's type." }),
    node_id: z.string().nullable().meta({ description: 'Null for what happened to the course itself.' }),
    attempt: z.int().nullable(),
    worker_id: z.string().nullable(),
    who: z.string().meta({ description: 'A worker, `gateway`, or an operator by his database user.' }),
    via: z.string(),
    why: z.string().nullable().meta({ description: 'A reason, a cause, or the error.' }),
    correlation_id: z.string(),
  })
  .meta({ id: 'HistoryEntry' });
