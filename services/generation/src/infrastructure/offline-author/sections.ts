/**
 * What the pages of an offline card are about, and the sentences they are made of. Each sentence has variants; which
 * one a card takes is decided by its seed.
 */

import {
  connections,
  exercises,
  listing,
  mistakes,
  options,
  selfTest,
  steps,
  type Block,
} from './section-blocks.ts';
import type { SubjectWords } from './subject-words.ts';

/** One sentence, in the variants of which a card takes one. */
export type Sentence = readonly [(words: SubjectWords) => string, ...((words: SubjectWords) => string)[]];

export interface Section {
  readonly title: string;
  /** Whether even the shortest card has it. */
  readonly isEssential?: true;
  /** Paragraphs of sentences of variants. */
  readonly paragraphs: readonly (readonly Sentence[])[];
  /** What follows the paragraphs: a list, a table, a listing. */
  readonly blocks: readonly Block[];
  /** What is said after the blocks. */
  readonly closing?: readonly Sentence[];
}

export const SECTIONS: readonly Section[] = [
  {
    title: 'What it is and why it matters',
    isEssential: true,
    blocks: [],
    paragraphs: [
      [
        [(w) => w.description],
        [
          (w) => `Before any detail, it helps to ask what would be harder without ${w.subject}.`,
          (w) => `The quickest way into ${w.subject} is to notice the problem that made somebody invent it.`,
        ],
        [
          (w) => `You already know ${w.known}, and that is the bridge: most of what follows is a familiar move made in a new place.`,
          (w) => `Since you are at home with ${w.known}, you can treat this page as a translation rather than a new language.`,
        ],
      ],
      [
        [(w) => w.arrival],
        [
          (w) => `Keep one question in mind while you read: what does this change about the way I would approach ${w.focus}?`,
          (w) => `Everything here is chosen with ${w.focus} in view, so pause whenever you see a use for it and write that use down.`,
        ],
        [
          (w) => `Three ideas carry the weight: ${w.ideas[0]}, ${w.ideas[1]}, and ${w.ideas[2]}.`,
          (w) => `If you remember only three things, let them be ${w.ideas[0]}, ${w.ideas[1]} and ${w.ideas[2]}.`,
        ],
        [() => 'The rest is practice, and practice is what the later pages are for.', () => 'The box below names what to hold on to; the pages after it show each idea at work.'],
      ],
    ],
  },
  {
    title: 'How it works, step by step',
    blocks: [steps],
    paragraphs: [
      [
        [(w) => `Take ${w.subject} apart and you find a small number of steps that always come in the same order.`, (w) => `Seen slowly, ${w.subject} is a short sequence, and each step leaves something that the next one needs.`],
        [(w) => `First you decide what must stay true from beginning to end; in this course that is ${w.ideas[0]}.`, (w) => `The first step is to name the thing that may not change, which here is ${w.ideas[0]}.`],
        [(w) => `Then you make the smallest change that brings you nearer to ${w.focus}, and you look at what it did.`, () => 'Then you move one piece, only one, and compare what you see with what you expected.'],
        [() => 'Finally you check the result against the promise you started with, not against how pleasing it looks.', () => 'Last comes the check: does the promise from the first step still hold, and how do you know?'],
      ],
      [
        [(w) => `The order matters more than the speed. Somebody new to ${w.topic} often starts at the end, with the result, and works backwards by guessing.`, (w) => `People who struggle with ${w.topic} rarely lack talent; they skip the first step and have to repair it later.`],
        [(w) => `Going forwards feels slower for the first hour and is faster for every hour after that, because ${w.ideas[1]} no longer has to be worked out again.`, (w) => `A steady sequence also makes mistakes cheap, since you always know which step introduced them and can return to ${w.ideas[1]}.`],
      ],
    ],
  },
  {
    title: 'A worked example',
    isEssential: true,
    blocks: [listing],
    closing: [
      [
        () => 'Notice how little the second attempt changed. The notes made it small, because they show what was expected and what was seen.',
        () => 'Nothing in these notes is clever. Their worth is that the expectation stands above the result, and was written before it.',
      ],
    ],
    paragraphs: [
      [
        [(w) => `Let us follow one case from start to finish. Somebody wants to make progress with ${w.focus} and has an afternoon for it.`, (w) => `Imagine a colleague who asks for help with ${w.focus} and can spare one hour today.`],
        [(w) => `They begin by writing down what they know for certain about ${w.topic}, which is less than they thought and exactly enough.`, (w) => `The first ten minutes go into stating the problem in plain words, without any special terms from ${w.topic}.`],
        [(w) => `Next they try ${w.ideas[0]} on the smallest piece they can find, so that a failure would cost minutes.`, (w) => `They pick the smallest piece that is still real and apply ${w.ideas[0]} to it, knowing that it may fail.`],
      ],
      [
        [() => 'The sketch below is what their notes look like. Read it once quickly, then once more and ask at each line what would happen if it were missing.', () => 'Here are their notes, shortened. Cover the last line and try to predict it before you read on.'],
      ],
    ],
  },
  {
    title: 'Choosing between the options',
    blocks: [options],
    closing: [
      [
        () => 'A choice that can be undone deserves minutes; one that cannot be undone deserves a night of sleep and a second pair of eyes.',
        () => 'Come back to the table after the first attempt, since you will then read its third column with other eyes than today.',
      ],
    ],
    paragraphs: [
      [
        [(w) => `There is seldom one right way in ${w.topic}; there are ways whose price you can afford.`, (w) => `Once you have met ${w.subject}, the question is no longer whether to use it but when.`],
        [() => 'The table sets the usual options side by side. Read it by column first, to see what each option gives up, and only then by row.', () => 'Compare the options in the table by what they cost when things go badly, because that is when the choice matters.'],
      ],
      [
        [(w) => `For ${w.focus} the second row is a sensible place to start: it can be changed later without starting over.`, (w) => `If you are unsure, take the option that is easiest to undo; with ${w.focus} you will learn more from the first try than from the longest comparison.`],
        [(w) => `Whatever you choose, write the reason down beside it. A later reader, very likely you, will want to know whether ${w.ideas[2]} was considered.`, (w) => `Note why you chose it. When circumstances change, the reason tells you whether ${w.ideas[2]} still argues for the same choice.`],
      ],
    ],
  },
  {
    title: 'Mistakes that everybody makes once',
    blocks: [mistakes],
    paragraphs: [
      [
        [(w) => `The most common mistake with ${w.subject} is to treat a habit as a law.`, (w) => `Most trouble with ${w.subject} comes from doing something sensible a moment too early.`],
        [(w) => `It worked the first time, perhaps because the case was simple, and so ${w.ideas[1]} is applied where it does not belong.`, (w) => `A rule that helped with ${w.known} is carried over unexamined, and ${w.ideas[1]} is bent to fit it.`],
        [() => 'The sign is always the same: the explanations get longer while the results stay where they were.', () => 'You can recognise it by a feeling of pushing: every step needs a little more force than the one before.'],
      ],
      [
        [() => 'The cure is unspectacular. Return to the last point at which you could predict what would happen, and go on from there in smaller steps.', (w) => `When it happens, stop, say aloud what you expected of ${w.topic}, and look for the first place where that was not so.`],
        [() => 'Nobody avoids these mistakes altogether. Experienced people merely notice them sooner, and are less embarrassed about turning back.', (w) => `Keep a short list of your own mistakes with ${w.topic}; after ten entries you will see that there are only three kinds.`],
      ],
    ],
  },
  {
    title: 'Practice',
    blocks: [exercises],
    paragraphs: [
      [
        [(w) => `Reading about ${w.subject} gives you words for it; doing it once gives you a memory.`, (w) => `Set a timer for ten minutes and try ${w.subject} on something of your own.`],
        [(w) => `Choose a small part of ${w.focus}, write down what you expect, do it, and compare.`, (w) => `Take one corner of ${w.focus} that you understand well, so that all the difficulty is in the new idea.`],
        [() => 'Afterwards answer three questions in one sentence each: what surprised me, what would I do first next time, and what would I leave out?', () => 'Then explain what you did to somebody who was not there, or to an empty chair, in less than a minute.'],
      ],
      [
        [(w) => `If it was too easy, remove one of the aids: do it without looking at ${w.ideas[0]}.`, (w) => `If you got stuck, make the task smaller rather than the effort larger, and begin again with ${w.ideas[0]}.`],
        [() => 'Two short attempts on two days teach more than one long attempt on one.', () => 'Come back to it tomorrow for five minutes; what you can still do then is what you have learned.'],
      ],
    ],
  },
  {
    title: 'Seen from further away',
    blocks: [connections],
    paragraphs: [
      [
        [(w) => `Step back for a moment and look at where ${w.subject} stands in the whole of ${w.topic}.`, (w) => `So far ${w.subject} was looked at from close by; from further away it is one piece of a larger shape.`],
        [(w) => `It rests on ${w.ideas[0]} and it makes ${w.ideas[2]} possible, which is why it comes at this point of the course and not at another.`, (w) => `On one side is ${w.ideas[0]}, without which none of it would hold; on the other is ${w.ideas[2]}, which it prepares.`],
      ],
      [
        [(w) => `The same shape returns in other fields under other names. Whoever has met it in ${w.topic} will recognise it there within minutes.`, (w) => `Ask somebody from another trade how they handle the problem behind ${w.subject}; the answer is usually familiar and the words are new.`],
        [() => 'That recognition is the real aim. Details change from year to year, and the shape underneath changes hardly at all.', () => 'This is why the shape is worth more than the details: it is what you keep when the tools are replaced.'],
      ],
    ],
  },
  {
    title: 'What to take with you',
    blocks: [selfTest],
    paragraphs: [
      [
        [(w) => `You set out to understand ${w.subject}, and you can now say what it is for, how it proceeds and where it fails.`, (w) => `Close the page for a moment and say in three sentences what ${w.subject} does, when you would use it and when you would not.`],
        [(w) => `Of the three ideas, ${w.ideas[1]} is the one that people come back to most often, so give it a line in your notes.`, (w) => `If one sentence should stay with you, let it be about ${w.ideas[1]}, because the next nodes lean on it.`],
      ],
      [
        [(w) => `The next step towards ${w.focus} does not need more reading. It needs one attempt, made soon, while the example is still fresh.`, (w) => `Before you go on, decide on the first thing you will do differently in ${w.focus}, and when.`],
        [() => 'When you meet a case that does not fit, be glad: that is the edge of what you know, and the place where the next course begins.', () => 'Cases that do not fit will come. Collect them; they are better teachers than the ones that do.'],
      ],
    ],
  },
];
