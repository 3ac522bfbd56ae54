/**
 * Writes an offline knowledge card: as many pages as the node's minutes ask for, made of sections whose sentences
 * are chosen by the card's seed.
 */
import type { KnowledgeCard } from '@coursewright/events';
import type { CardBrief } from '../../application/author.ts';
import { composeKnowledgeCard, pagesForMinutes } from '../../domain/knowledge-card-rules.ts';
import { plainText } from './plain-text.ts';
import { SECTIONS, type Section, type SubjectWords } from './sections.ts';
import { seededChoice, type SeededChoice } from './seeded-choice.ts';

/** A card that obeys every rule, for any brief; the same for the same brief. */
export function writeOfflineCard(brief: CardBrief, seed: string): KnowledgeCard {
  const choice = seededChoice(seed);
  const words = wordsOf(brief);
  const [first, ...others] = SECTIONS;
  const count = pagesForMinutes(brief.node.estimated_minutes);
  const sections = [first, ...others.slice(0, count - 1)].filter((section) => section !== undefined);
  const pages = sections.map((section, index) => {
    const prose = section.paragraphs.map((paragraph) => paragraph.map((sentence) => choice.of(sentence)(words)).join(' '));
    return [`## ${section.title}: ${words.title}`, ...prose, ...extras(section, index, sections.length, words, choice)].join('\n\n');
  });
  return composeKnowledgeCard({ nodeId: brief.node.id, pages });
}

function wordsOf({ node, request, learned_before: before }: CardBrief): SubjectWords {
  const topic = plainText(request.topic, 60, 'the topic');
  const known = plainText(request.verified_concept, 60, 'what you know');
  const learned = before.flatMap(({ key_ideas: ideas }) => ideas.slice(0, 1)).map((idea) => plainText(idea, 80, topic));
  const [a = `what ${topic} promises`, b = `the order of the steps`, c = `the cost of changing your mind`] = [
    ...new Set(learned),
  ];
  return {
    title: plainText(node.title, 90, topic),
    subject: `“${plainText(node.title, 90, topic)}”`,
    description: plainText(node.description, 400, `This is about ${topic}.`),
    topic,
    focus: plainText(request.focus, 60, 'the task at hand'),
    known,
    ideas: [a, b, c],
  };
}

/** The first page has the box and the tip; the example has a listing; the choice, or a short card's end, a table. */
function extras(section: Section, index: number, count: number, words: SubjectWords, choice: SeededChoice): string[] {
  if (index === 0) return [keyElements(words, choice), expertTip(words, choice)];
  const found: string[] = [];
  if (section.title === 'A worked example' || (count < 3 && index === 1)) found.push(listing(words));
  if (section.title === 'Choosing between the options' || (count < 4 && index === count - 1)) found.push(table(words, choice));
  return found;
}

function keyElements({ subject, known, focus }: SubjectWords, choice: SeededChoice): string {
  const keys = choice
    .shuffled([
      `say what ${subject} is for before saying how it works`,
      `start from ${known} and change one thing at a time`,
      'name what must stay true, and check it at the end',
      `try it on the smallest real piece of ${focus}`,
      'write the reason beside the choice',
    ])
    .slice(0, 3);
  return ['<EVOBK_KEY_ELEMENTS>', ...keys.map((key) => `<EVOBK_KEY>${key}</EVOBK_KEY>`), '</EVOBK_KEY_ELEMENTS>'].join('\n');
}

function expertTip({ subject, topic }: SubjectWords, choice: SeededChoice): string {
  const tip = choice.of([
    `When ${subject} seems to need a clever trick, look for the step before it: the trick is usually paying for a decision that was never made.`,
    `People with years of ${topic} behind them predict first and look second. The prediction is what turns a result into a lesson.`,
    `Keep the first version of your work, however clumsy. Comparing it with the last one teaches more about ${topic} than either does alone.`,
  ]);
  return `<EVOBK_EXPERT_TIP>${tip}</EVOBK_EXPERT_TIP>`;
}

function listing({ subject, focus, ideas }: SubjectWords): string {
  return [
    '```text',
    `goal:      one step further with ${focus}`,
    `promise:   ${ideas[0]}`,
    `attempt 1: ${subject}, on the smallest piece`,
    'expected:  it works, and I can say why',
    'seen:      it works for the plain case, not for the empty one',
    'change:    treat the empty case first',
    'attempt 2: both cases work; the promise holds',
    '```',
  ].join('\n');
}

function table({ focus, known }: SubjectWords, choice: SeededChoice): string {
  const rows = choice.shuffled([
    `| Do it by hand | nothing to learn | slow, and every time anew | ${focus} comes up once |`,
    `| Build on ${known} | quick to begin | carries old limits along | the first attempt |`,
    '| Do it thoroughly | easy to extend | takes a day before it shows anything | the work will live long |',
  ]);
  return ['| Option | What it gives | What it costs | When it fits |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
