/**
 * Writes an offline knowledge card: as many pages as the node's minutes ask for, made of sections whose sentences
 * are chosen by the card's seed.
 */
import type { KnowledgeCard } from '@coursewright/events';
import type { CardBrief } from '../../application/author.ts';
import { composeKnowledgeCard, pagesForMinutes } from '../../domain/knowledge-card-rules.ts';
import { expertTip, keyElements } from './first-page.ts';
import { options, type Block } from './section-blocks.ts';
import { SECTIONS, type Section, type Sentence } from './sections.ts';
import { seededChoice } from './seeded-choice.ts';
import { subjectWordsOf } from './subject-words.ts';

/** A card that obeys every rule, for any brief; the same for the same brief and seed. */
export function writeOfflineCard(brief: CardBrief, seed: string): KnowledgeCard {
  const choice = seededChoice(seed);
  const words = subjectWordsOf(brief);
  const sections = sectionsOf(pagesForMinutes(brief.node.estimated_minutes));
  const pages = sections.map((section, index) => {
    const say = (paragraph: readonly Sentence[]): string =>
      paragraph.map((sentence) => choice.of(sentence)(words)).join(' ');
    return [
      `## ${section.title}: ${words.title}`,
      ...section.paragraphs.map(say),
      ...endingOf(section, index, sections.length, say).map((block) => block(words, choice)),
    ].join('\n\n');
  });
  return composeKnowledgeCard({ nodeId: brief.node.id, pages });
}

/** The sections of a card, in their order. One of two pages goes straight to the example. */
function sectionsOf(count: number): readonly Section[] {
  return count === 2 ? SECTIONS.filter(({ isEssential }) => isEssential) : SECTIONS.slice(0, count);
}

/** What follows a section's prose. A card too short for the page of options has that table with its example. */
function endingOf(
  section: Section,
  index: number,
  count: number,
  say: (paragraph: readonly Sentence[]) => string,
): readonly Block[] {
  if (index === 0) return [keyElements, expertTip];
  if (index === count - 1 && count <= 3) return [...section.blocks, options];
  const { closing } = section;
  return closing === undefined ? section.blocks : [...section.blocks, () => say(closing)];
}
