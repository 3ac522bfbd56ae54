/**
 * Finds the JSON object that is the answer in what a model wrote. Models wrap it in code fences, put sentences, schemas and examples in braces
 * before it, think aloud, withdraw a first answer, leave a comma too many or break a line inside a string; none of that is worth a second paid
 * call. An answer that stops half-way is refused: completing it would publish a page that ends in mid-sentence, or a plan without its last
 * nodes. And where it cannot be known which text is meant, it is asked for again.
 */
import { runInNewContext } from 'node:vm';
import { jsonrepair } from 'jsonrepair';
import type { Reading } from './answer-reading.ts';
import { mendBackslashes } from './backslashes.ts';
import { regionsOf, type Region } from './json-regions.ts';
import { cleanText } from './safe-text.ts';
import { spokenParts } from './thoughts.ts';

/** Twice the longest card that may be stored, in UTF-16 units. */
const LONGEST_ANSWER = 400_000;
/**
 * Mending takes milliseconds, but for some texts time grows with the square or the cube of their length (sixteen
 * thousand characters of "it's " take ten seconds). The event loop is not ours to hold for longer than this.
 */
const LONGEST_REPAIR_MS = 250;

/** An object, and a place in it where it cannot be known which text is meant. */
interface Found {
  readonly value: object;
  readonly doubt: string | undefined;
}

/**
 * The last object in `text` that has the member `key`, its strings cleaned of what cannot be stored. When none has it, the last object of all.
 * Never throws, whatever the text: nesting deeper than the stack ends as a problem.
 *
 * @param key by which the answer is known from examples, schemas and other objects around it; letters only
 * @param told whether the model was told that its backslashes are in doubt: what it writes then, it means
 */
export function readJsonObject(text: string, key: string, { told = false } = {}): Reading<object> {
  if (text.trim() === '') return problem('the answer is empty');
  if (text.length > LONGEST_ANSWER) return problem(`the answer is longer than ${LONGEST_ANSWER} characters`);

  // Cleaned twice: here of raw characters, which no JSON reader takes, and after parsing of escaped ones.
  const clean = cleanText(text);
  const all = regionsOf(clean, (candidate) => readStrictly(candidate, told));
  if (all === undefined) return problem('the answer has too many braces to be read');
  const isAnswer = ({ value }: Region<Found>): boolean => value !== undefined && Object.hasOwn(value.value, key);
  const answers = all.filter(isAnswer);
  const spoken = spokenParts(clean, (index) => answers.some(({ from, to = from }) => index > from && index < to));
  const regions = all.filter(({ from, to = from }) => spoken.some((part) => from >= part.from && to <= part.to));
  if (regions.length === 0) return problem(all.length === 0 ? 'the answer holds no JSON object' : 'the answer holds no JSON object outside of its thoughts');

  const marked = regions.filter((region) => isAnswer(region) && isMarked(clean, region));
  const last = marked.at(-1) ?? regions.findLast(isAnswer);
  // What comes behind it and looks like an answer is meant in its place, however badly it is written.
  const mention = new RegExp(`\\b${key}["']?\\s*:`);
  const unread = regions.filter(({ from, to, value }) => value === undefined && from >= (last?.to ?? 0) && mention.test(clean.slice(from, to)) && !IN_OUTLINE.test(clean.slice(from, to)));
  const later = unread.findLast(({ from }) => !unread.some((outer) => outer.from < from && from < (outer.to ?? 0)));
  if (later !== undefined) return readLeniently(withoutFenceEnd(clean.slice(later.from, later.to)), told);
  const found = last ?? regions.findLast(({ value }) => value !== undefined);
  if (found?.value === undefined) return problem(regions.some(({ to }) => to === undefined) ? 'the JSON of the answer stops before its end' : 'the answer is not valid JSON');
  return readingOfFound(found.value);
}

/** `[...]`, `{…}`: how an object looks, and no object. */
const IN_OUTLINE = /[[{:,]\s*(?:\.\.\.|…)\s*[\]},]/;

/** Within a tag that says so. */
function isMarked(text: string, { from, to = from }: Region<Found>): boolean {
  return /<(?:final_)?(?:answer|output|response|result)>\s*(?:```(?:json)?\s*)?$/i.test(text.slice(Math.max(0, from - 50), from)) && /^\s*(?:```\s*)?<\//.test(text.slice(to, to + 50));
}

function problem(what: string): Reading<never> {
  return { ok: false, problems: [what] };
}

function readingOfFound({ value, doubt }: Found): Reading<object> {
  if (doubt === undefined) return { ok: true, value };
  return problem(`it cannot be told whether a backslash near ${JSON.stringify(doubt)} is meant as text; in JSON write each backslash of the text twice, as in "\\\\nu"`);
}

function readStrictly(candidate: string, told: boolean): Found | undefined {
  const { json, doubt } = mendBackslashes(candidate, told);
  const value = parse(json);
  return value === undefined ? undefined : { value, doubt };
}

/** What is no JSON, and nearly. */
function readLeniently(candidate: string, told: boolean): Reading<object> {
  const { json, doubt, outside } = mendBackslashes(candidate, told);
  const repaired = json.endsWith('}') && !outside ? repair(json) : undefined;
  if (!json.endsWith('}') || (repaired !== undefined && closersOf(repaired) !== closersOf(json))) return problem('the JSON of the answer stops before its end');
  const value = parse(repaired);
  return value === undefined ? problem('the answer is not valid JSON') : readingOfFound({ value, doubt });
}

/** The brackets at the very end. One more of them than there was is the mark of an answer that was cut, and closed by the repair. */
function closersOf(json: string): string {
  let closers = '';
  for (let index = json.length - 1; index >= 0; index -= 1) {
    const character = json[index] ?? '';
    if ('}]'.includes(character)) closers += character;
    else if (!', \n\t\r'.includes(character)) break;
  }
  return closers;
}

/** By plain means: a pattern that tries every blank as a start needs minutes for half a million of them. */
function withoutFenceEnd(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed.endsWith('```') ? trimmed.slice(0, -3).trimEnd() : trimmed;
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
