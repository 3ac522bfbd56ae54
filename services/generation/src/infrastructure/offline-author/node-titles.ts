/**
 * Titles and descriptions for the nodes of an offline map: a curriculum around the topic, by how deep a node lies.
 */
import type { CourseRequest } from '@coursewright/events';
import { plainText } from './plain-text.ts';
import type { SeededChoice } from './seeded-choice.ts';

export interface Heading {
  readonly title: string;
  readonly description: string;
}

type Stage = 'first' | 'early' | 'middle' | 'late' | 'last';

interface Words {
  readonly topic: string;
  readonly focus: string;
  readonly known: string;
}

const EARLY: readonly ((words: Words) => Heading)[] = [
  ({ topic }) => ({ title: `The vocabulary of ${topic}`, description: `The words that people use when they talk about ${topic}, and the distinctions they hide.` }),
  ({ topic, known }) => ({ title: `From ${known} to ${topic}`, description: `What carries over from ${known}, what does not, and where intuition misleads.` }),
  ({ topic }) => ({ title: `A mental model for ${topic}`, description: `A picture that is simple enough to keep in the head and true enough to predict what ${topic} will do.` }),
  ({ topic }) => ({ title: `The smallest working example of ${topic}`, description: `One complete example, small enough to take apart piece by piece.` }),
  ({ topic }) => ({ title: `The parts of ${topic} and how they fit`, description: `Which parts there are, what each is responsible for, and what passes between them.` }),
  ({ topic }) => ({ title: `How ${topic} came to be`, description: `The problems that ${topic} answers, and the attempts that came before.` }),
];

const MIDDLE: readonly ((words: Words) => Heading)[] = [
  ({ topic }) => ({ title: `Everyday patterns in ${topic}`, description: `The handful of patterns that solve most problems, with the signs that call for each.` }),
  ({ topic }) => ({ title: `What goes wrong in ${topic}`, description: `The mistakes that everybody makes once, how they look from outside, and how to step around them.` }),
  ({ topic, focus }) => ({ title: `${topic} at work: ${focus}`, description: `The ideas so far, applied to ${focus} in small, checkable steps.` }),
  ({ topic }) => ({ title: `Checking your work in ${topic}`, description: `Ways to know that something is right, and not merely that it looks right.` }),
  ({ topic }) => ({ title: `Reading ${topic} made by others`, description: `How to find one's way through somebody else's work and judge it fairly.` }),
  ({ topic }) => ({ title: `Breaking ${topic} into steps`, description: `A large task made small: where to cut, and in which order to go.` }),
  ({ topic }) => ({ title: `Finding the cause when ${topic} surprises you`, description: `A calm routine for the moment when the result is not what you expected.` }),
  ({ focus }) => ({ title: `First decisions for ${focus}`, description: `The choices that shape everything after them, and how to make them reversible.` }),
];

const LATE: readonly ((words: Words) => Heading)[] = [
  ({ topic }) => ({ title: `Trade-offs in ${topic}`, description: `What is paid for what is gained, and how to choose when both matter.` }),
  ({ topic }) => ({ title: `${topic} under pressure`, description: `What happens at scale, at speed, or when a part fails, and what still holds.` }),
  ({ topic, focus }) => ({ title: `Designing ${focus} with ${topic}`, description: `From a blank page to a design that can be defended.` }),
  ({ topic }) => ({ title: `A case study in ${topic}`, description: `A real situation followed from the first question to the lesson at its end.` }),
  ({ topic }) => ({ title: `Measuring what matters in ${topic}`, description: `Which figures tell the truth, which flatter, and how to read both.` }),
  ({ topic }) => ({ title: `Explaining ${topic} to somebody else`, description: `Teaching as a test: what can be said simply has been understood.` }),
  ({ topic }) => ({ title: `Keeping ${topic} simple as it grows`, description: `Habits that keep a growing piece of work easy to change.` }),
];

/** Headings for as many nodes as `stages` names, none twice. */
export function headingsFor(stages: readonly Stage[], request: CourseRequest, choice: SeededChoice): Heading[] {
  const words: Words = {
    topic: plainText(request.topic, 60, 'the topic'),
    focus: plainText(request.focus, 60, 'the task at hand'),
    known: plainText(request.verified_concept, 60, 'what you know'),
  };
  const names = (request.interested_concepts ?? []).map((concept, index) => plainText(concept, 60, `interest ${index + 1}`));
  const interests = names.filter((name) => name !== words.topic).map((name) => {
    return { title: `${name} and ${words.topic}`, description: `Where ${name} meets ${words.topic}, and what each explains about the other.` };
  });
  const shelves: Record<Stage, Heading[]> = {
    first: [{ title: `Foundations of ${words.topic}`, description: `What ${words.topic} is for, and how it builds on ${words.known}.` }],
    early: choice.shuffled(EARLY).map((make) => make(words)),
    middle: [...interests, ...choice.shuffled(MIDDLE).map((make) => make(words))],
    late: choice.shuffled(LATE).map((make) => make(words)),
    last: [{ title: `Putting it together: ${words.focus}`, description: `Everything so far in one piece of work of your own.` }],
  };
  const used = new Set<string>();
  return stages.map((stage, index) => {
    const order: Stage[] = [stage, 'middle', 'late', 'early'];
    const heading =
      order.flatMap((name) => shelves[name]).find(({ title }) => !used.has(title)) ??
      { title: `${words.topic}, step ${index + 1}`, description: `One more step with ${words.topic}.` };
    used.add(heading.title);
    return heading;
  });
}

/** Which shelf a node's heading comes from. */
export function stageOf(layer: number, lastLayer: number): Stage {
  if (layer === 0) return 'first';
  if (layer === lastLayer) return 'last';
  const depth = layer / lastLayer;
  return depth < 0.4 ? 'early' : depth < 0.7 ? 'middle' : 'late';
}
