/** Makes a knowledge card of the pages that a model wrote, or says what is wrong with them. */
import { knowledgeCardSchema, PAGE_BREAK, type KnowledgeCard, type MapNode } from '@coursewright/events';
import { z } from 'zod';
import { composeKnowledgeCard, findKnowledgeCardProblems } from '../../domain/knowledge-card-rules.ts';
import { problemsOf, readingOf, type Reading } from './answer-reading.ts';
import { readJsonObject } from './lenient-json.ts';

/** What a model is asked for: `node_id` is an echo, by which an answer to somebody else's question is known. */
export const cardAnswerSchema = z.object({ node_id: z.string(), pages: z.array(z.string()) });

/** A wrong echo is proof of a wrong answer; a missing one is only a model that was careless with the form. */
const toleratedSchema = cardAnswerSchema.partial({ node_id: true });

/** Never throws. @param told as `readJsonObject` has it */
export function readCard(text: string, node: MapNode, told = false): Reading<KnowledgeCard> {
  const json = readJsonObject(text, 'pages', { told });
  if (!json.ok) return json;
  const answer = toleratedSchema.safeParse(json.value);
  if (!answer.success) return { ok: false, problems: problemsOf(answer.error) };

  const { node_id: echo = node.id, pages } = answer.data;
  if (echo !== node.id) return { ok: false, problems: [`the answer is for another node; node_id must be ${node.id}`] };
  const card = composeKnowledgeCard({ nodeId: node.id, pages: separatePages(pages) });
  const problems = findKnowledgeCardProblems(card, node);
  const shape = knowledgeCardSchema.safeParse(card);
  return readingOf(card, shape.success ? problems : [...problems, ...problemsOf(shape.error)]);
}

/** Models add the page break that is ours to add, or put all pages into one string with breaks between. */
function separatePages(pages: readonly string[]): string[] {
  return pages
    .flatMap((page) => page.split(PAGE_BREAK))
    .map((page) => page.trim())
    .filter((page) => page !== '');
}
