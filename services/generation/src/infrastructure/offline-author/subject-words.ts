/**
 * The words that an offline card is made with: the learner's and the node's, fit to stand in any sentence, table or
 * listing of ours.
 */
import type { CardBrief } from '../../application/author.ts';
import { plainText } from './plain-text.ts';

export interface SubjectWords {
  readonly title: string;
  /** The title in quotes, as part of a sentence. */
  readonly subject: string;
  readonly description: string;
  readonly topic: string;
  readonly focus: string;
  readonly known: string;
  /** What the card follows, as a sentence. */
  readonly arrival: string;
  /** Ideas of the nodes before, or of the topic itself; each can be the subject or the object of a sentence. */
  readonly ideas: readonly [string, string, string];
}

export function subjectWordsOf({ node, request, learned_before: before }: CardBrief): SubjectWords {
  const topic = plainText(request.topic, 60, 'the topic');
  const known = plainText(request.verified_concept, 60, 'what you know');
  const title = plainText(node.title, 90, topic);
  const learned = before.flatMap(({ key_ideas: ideas }) => ideas.slice(0, 1)).map(quotedIdea);
  const [a = `what ${topic} promises`, b = 'the order of the steps', c = 'the cost of changing your mind'] = new Set(
    learned,
  );
  return {
    title,
    subject: `“${title}”`,
    description: plainText(node.description, 300, `This is about ${topic}.`),
    topic,
    focus: plainText(request.focus, 60, 'the task at hand'),
    known,
    arrival: arrivalOf(before.map((learnedNode) => `“${plainText(learnedNode.title, 60, topic)}”`), known),
    ideas: [a, b, c],
  };
}

function quotedIdea(idea: string): string {
  const plain = plainText(idea, 80, 'start small').replace(/[“”]/g, '’').replace(/\.$/, '');
  return `the idea “${plain}”`;
}

function arrivalOf(titles: readonly string[], known: string): string {
  const [first, second, ...more] = titles;
  if (first === undefined) return `Nothing is assumed here but ${known}.`;
  if (second === undefined) return `This follows ${first}, and uses what you met there without explaining it again.`;
  const others = more.length === 0 ? '' : ', among others';
  return `Here ${first} and ${second}${others} come together, and what they taught is used without further ado.`;
}
