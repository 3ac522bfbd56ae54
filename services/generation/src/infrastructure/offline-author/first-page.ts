/** What only the first page of an offline card may have: the box of key ideas, and the expert's tip. */
import type { SeededChoice } from './seeded-choice.ts';
import type { SubjectWords } from './subject-words.ts';

/** Three ideas in a box. The first two make sense anywhere, for later cards quote the first. */
export function keyElements({ subject, topic, focus, known }: SubjectWords, choice: SeededChoice): string {
  const anywhere = choice.shuffled([
    'Change one thing at a time, and look before you change the next.',
    'Name what must stay true, and check it at the end.',
    'Write the reason beside the choice.',
    'Predict first, for a surprise is where a lesson begins.',
    'Start from what you can check without help.',
    'First the plain case, then the odd case, last the clever case.',
    'What cannot be said simply has not been understood yet.',
    'Of two explanations, test the one that is cheaper to refute.',
    'A small piece that works beats a large one that nearly does.',
    'Every rule has an edge, so find it before you lean on the rule.',
  ]);
  const here = choice.of([
    `${subject} is a means: say what it is for before you say how it works.`,
    `The first use of ${subject} is small and real, one piece of ${focus}.`,
    `${subject} rests on ${known}; go back to it when a step of ${topic} seems to come from nowhere.`,
    `You have understood ${subject} when you can say where it stops being true.`,
  ]);
  const keys = [...anywhere.slice(0, 2), here].map((key) => `<EVOBK_KEY>${key}</EVOBK_KEY>`);
  return ['<EVOBK_KEY_ELEMENTS>', ...keys, '</EVOBK_KEY_ELEMENTS>'].join('\n');
}

export function expertTip({ subject, topic }: SubjectWords, choice: SeededChoice): string {
  const tip = choice.of([
    `When ${subject} seems to need a clever trick, look for the step before it: the trick is usually paying for a ` +
      'decision that was never made.',
    `People with years of ${topic} behind them predict first and look second. The prediction is what turns a result ` +
      'into a lesson.',
    'Keep the first version of your work, however clumsy. Comparing it with the last one teaches more about ' +
      `${topic} than either does alone.`,
    `Explain ${subject} once to somebody who is tired. Whatever survives is the part worth remembering.`,
  ]);
  return `<EVOBK_EXPERT_TIP>${tip}</EVOBK_EXPERT_TIP>`;
}
