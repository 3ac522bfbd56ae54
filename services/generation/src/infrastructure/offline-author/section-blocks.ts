/**
 * The parts of an offline card that are not prose: lists, tables and a listing, one for each kind of page.
 */
import type { SeededChoice } from './seeded-choice.ts';
import type { SubjectWords } from './subject-words.ts';

export type Block = (words: SubjectWords, choice: SeededChoice) => string;

export const steps: Block = ({ subject, focus, known }, choice) =>
  numbered([
    `**Name it.** Say in one sentence what ${subject} has to do for ${focus}, and leave out every detail.`,
    `**Stand on firm ground.** Begin from ${known}, because you can check that without anybody's help.`,
    choice.of([
      '**Move once.** Change a single thing, and write down what you expect to see before you look.',
      '**Take one step.** Make it so small that you could undo it in a minute, and say what should follow.',
    ]),
    choice.of([
      '**Look.** Put what you see beside what you expected; the difference is the only news there is.',
      '**Compare.** Read the result twice, once for what is there and once for what is missing.',
    ]),
    '**Decide.** Go on, turn back, or make the next step smaller. All three are progress.',
  ]);

export const listing: Block = ({ subject, focus, ideas }, choice) => {
  const [seen, change] = choice.of([
    ['it works for the plain case, not for the empty one', 'treat the empty case first'],
    ['it works, but nobody else could follow the steps', 'name each step before doing it'],
    ['it works twice and fails the third time', 'note what differs before each attempt'],
  ]);
  return [
    '```text',
    `goal:      one step further with ${focus}`,
    `promise:   ${ideas[0]}`,
    `attempt 1: ${subject}, on the smallest piece`,
    'expected:  it works, and I can say why',
    `seen:      ${seen}`,
    `change:    ${change}`,
    'attempt 2: done again with that one change; the promise holds',
    '```',
  ].join('\n');
};

export const options: Block = ({ focus, known }, choice) =>
  table(
    ['Option', 'What it gives', 'What it costs', 'When it fits'],
    choice.shuffled([
      ['Do it by hand', 'nothing to learn', 'slow, and every time anew', `${focus} comes up once`],
      [`Build on ${known}`, 'quick to begin', 'carries old limits along', 'the first attempt'],
      ['Do it thoroughly', 'easy to extend', 'takes a day before it shows anything', 'the work will live long'],
    ]),
  );

export const mistakes: Block = (_, choice) =>
  table(
    ['What you notice', 'What is usually behind it', 'What helps'],
    choice
      .shuffled([
        ['The explanation grows, the result does not', 'a first assumption that nobody checked', 'test it alone'],
        ['It works only while you watch', 'a step that you do without noticing', 'let somebody else follow your notes'],
        ['Every case needs an exception', 'the rule was taken from one lucky case', 'collect three cases first'],
        ['You cannot say what would prove you wrong', 'a description, not an explanation', 'predict what could fail'],
        ['Two small changes cancel each other out', 'both were made at the same time', 'undo one and look again'],
      ])
      .slice(0, 4),
  );

export const exercises: Block = ({ subject, focus, known, topic }, choice) =>
  numbered(
    choice
      .shuffled([
        `Explain ${subject} in five lines to somebody who knows ${known} and nothing else. Strike out the weakest.`,
        `Find one place in ${focus} where it would help, and one where it would be in the way. Say how you can tell.`,
        'Do the worked example again from memory. Stop at the first line that you are not sure of, and look that up.',
        `Make a mistake on purpose, and note the first sign by which a careful learner of ${topic} would see it.`,
        'Take a result that you believe, and name the smallest change that would spoil it. Make that change and see.',
      ])
      .slice(0, 4),
  );

export const connections: Block = ({ known, focus, topic, ideas }, choice) =>
  [
    `- **Behind you:** ${known}, which you can now see from the other side.`,
    `- **Under your feet:** ${ideas[1]}, used on nearly every page and seldom mentioned.`,
    `- **Ahead:** ${focus}, where several parts of ${topic} are needed at once and none of them announces itself.`,
    choice.of([
      '- **Beside you:** the neighbouring nodes of this course, which answer the same question with other means.',
      '- **Out of sight:** the cases in which none of this helps. Knowing that they exist is enough for now.',
    ]),
  ].join('\n');

export const selfTest: Block = ({ subject, focus, topic, ideas }, choice) =>
  numbered(
    choice
      .shuffled([
        `What would be missing from ${topic} if there were no ${subject}?`,
        'Which step of the example could you leave out, and what would you lose by it?',
        `Where does ${ideas[1]} come in, and what happens to somebody who forgets it?`,
        'Which of the usual mistakes have you made yourself, and what gave it away?',
        `What is the smallest piece of ${focus} that you could try before tomorrow evening?`,
        'What question would you put to somebody who has done this for ten years?',
      ])
      .slice(0, 5),
  );

function numbered(items: readonly string[]): string {
  return items.map((item, index) => `${index + 1}. ${item}`).join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
