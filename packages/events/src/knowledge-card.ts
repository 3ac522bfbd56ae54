/**
 * A knowledge card: the content of one learn node, as it is stored, hashed and served.
 * The field names are the ones that clients know, camel case included.
 */
import { z } from 'zod';
import { nodeIdSchema } from './course-map.ts';

/** Stands between two pages of `markdown`. */
export const PAGE_BREAK = '<EVOBK_PAGE_BREAK />';

export const knowledgeCardSchema = z.strictObject({
  type: z.literal('knowledge_card'),
  node_id: nodeIdSchema,
  totalPagesInCard: z.int().min(2).max(8),
  /** Pages joined by {@link PAGE_BREAK}. */
  markdown: z.string().min(1).max(200_000),
  /** Mirrors `type`, `node_id` and `totalPagesInCard`, one `key: value` line each. */
  yaml: z.string().min(1).max(1000),
});

export type KnowledgeCard = z.infer<typeof knowledgeCardSchema>;
