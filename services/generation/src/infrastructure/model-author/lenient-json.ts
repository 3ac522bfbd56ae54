/**
 * Finds the JSON object in what a model wrote. Models wrap it in code fences, put a sentence before it, think
 * aloud, leave a comma too many or break a line inside a string; none of that is worth a second paid call.
 * An answer that stops half-way is refused: completing it would publish a page that ends in mid-sentence.
 */
import { runInNewContext } from 'node:vm';
import { jsonrepair } from 'jsonrepair';
import type { Reading } from './answer-reading.ts';
import { cleanText } from './safe-text.ts';

/** Twice the longest card that may be stored, in UTF-16 units. */
const LONGEST_ANSWER = 400_000;
/**
 * Mending takes milliseconds, but for some texts time grows with the square or the cube of their length (sixteen
 * thousand characters of "it's " take ten seconds). The event loop is not ours to hold for longer than this.
 */
const LONGEST_REPAIR_MS = 250;

/**
 * The first object in `text`, its strings cleaned of what cannot be stored. Never throws, whatever the text: nesting
 * deeper than the stack ends as a problem.
 */
export function readJsonObject(text: string): Reading<object> {
  if (text.trim() === '') return problem('the answer is empty');
  if (text.length > LONGEST_ANSWER) return problem(`the answer is longer than ${LONGEST_ANSWER} characters`);

  // Cleaned twice: here of raw characters, which no JSON reader takes, and after parsing of escaped ones.
  const spoken = withoutThinking(cleanText(text));
  const start = spoken.indexOf('{');
  if (start === -1) return problem('the answer holds no JSON object');
  const candidate = firstBalancedObject(spoken, start) ?? withoutFenceEnd(spoken.slice(start));

  const value = parse(candidate);
  if (value !== undefined) return { ok: true, value };
  if (!candidate.endsWith('}')) return problem('the JSON of the answer stops before its end');
  const repaired = parse(repair(candidate));
  return repaired === undefined ? problem('the answer is not valid JSON') : { ok: true, value: repaired };
}

function problem(what: string): Reading<never> {
  return { ok: false, problems: [what] };
}

/** Reasoning models without a channel of their own put their thoughts in front, braces included. */
function withoutThinking(text: string): string {
  const end = text.indexOf('</think>');
  return /^\s*<think>/.test(text) && end !== -1 ? text.slice(end + '</think>'.length) : text;
}

/** By plain means: a pattern that tries every blank as a start needs minutes for half a million of them. */
function withoutFenceEnd(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed.endsWith('```') ? trimmed.slice(0, -3).trimEnd() : trimmed;
}

/** From the brace at `start` to its partner, or undefined if it has none; braces in double quotes do not count. */
function firstBalancedObject(text: string, start: number): string | undefined {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return text.slice(start, index + 1);
    }
  }
  return undefined;
}

/** Parses strictly and cleans every string on the way; undefined if it is no object. */
function parse(json: string | undefined): object | undefined {
  if (json === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(json, (_key, entry: unknown) =>
      typeof entry === 'string' ? cleanText(entry) : entry,
    );
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // A SyntaxError, or a RangeError from nesting that exceeds the stack: not JSON that we can use.
    return undefined;
  }
}

/**
 * A context of its own is how Node stops a function that takes too long; it is a stopwatch here and no sandbox: the
 * text is never run, only read.
 */
function repair(almostJson: string): string | undefined {
  try {
    const repaired: unknown = runInNewContext(
      'jsonrepair(almostJson)',
      { jsonrepair, almostJson },
      { timeout: LONGEST_REPAIR_MS },
    );
    return typeof repaired === 'string' ? repaired : undefined;
  } catch {
    return undefined;
  }
}
