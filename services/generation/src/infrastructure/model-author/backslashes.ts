/**
 * What a model means by the backslashes in the JSON strings that it writes. JSON wants each backslash of a text twice, and models forget it:
 * in `"$\frac{1}{2}$"` JSON has a form feed, in `"C:\new"` a line feed, and `"\d+"` is no JSON at all. So each is judged by what stands around
 * it: what can be nothing but text is written twice before JSON is read, and where nobody can tell, the answer says so and is asked for again.
 * Never is a text changed in silence.
 */
import { LONGEST_CODE, placeAt, placesOf, type Place } from './text-places.ts';

export interface Mended {
  readonly json: string;
  /** The first place where a backslash may be meant either way; undefined when there is none. */
  readonly doubt: string | undefined;
  /** Whether a backslash stands outside of double quotes, where nothing is known of it. */
  readonly outside: boolean;
}

/** Commands of TeX that begin like an escape of JSON (`\n`, `\t`) and cannot be read as a line, or a cell, that begins with the rest. */
const TEX = new Set([
  'nabla', 'natural', 'nearrow', 'neq', 'ngeq', 'ngtr', 'nleq', 'notin', 'nonumber', 'nrightarrow', 'nRightarrow', 'nsubseteq', 'nwarrow',
  'tanh', 'tau', 'tbinom', 'text', 'textbf', 'textit', 'textrm', 'textsf', 'texttt', 'tfrac', 'theta', 'therefore', 'thickapprox', 'tilde', 'times', 'triangle',
  'triangleleft', 'triangleright', 'twoheadrightarrow',
]);
/** Those that can be read so: `\nu` is a letter, or a line that begins with "u"; `\nexists`, or one that begins with "exists". */
const TEX_OR_LINE = new Set(['ne', 'neg', 'nexists', 'ni', 'nless', 'nmid', 'not', 'nparallel', 'nsim', 'nu', 'tag', 'tan', 'tiny', 'to', 'top', 'tt']);
/** Those behind `\r`, which hardly ever ends a line. */
const TEX_BEHIND_R = new Set([
  'rangle', 'rbrace', 'rbrack', 'rceil', 'ref', 'rfloor', 'rho', 'right', 'rightarrow', 'rightharpoonup', 'rightleftharpoons', 'rm', 'rtimes', 'rule', 'rvert', 'rVert',
]);

type Meaning = 'escape' | 'backslash' | 'doubt';

/** What the answer as a whole shows of how its writer treats backslashes. */
interface Habit {
  /** Some are written twice, as JSON wants it. */
  readonly doubles: boolean;
  /** Some are written once, and can be nothing but text. */
  readonly forgets: boolean;
  /** Lines end with `\n`, so that `\r` ends none. */
  readonly hasLineFeeds: boolean;
}

/**
 * @param json JSON, or almost; strings in double quotes are looked at
 * @param told whether the writer was told that some were in doubt: those that are left are JSON's
 */
export function mendBackslashes(json: string, told = false): Mended {
  if (!json.includes('\\')) return { json, doubt: undefined, outside: false };
  const parts = splitStrings(json);
  const strings = parts.filter(({ isString }) => isString).map(({ text }) => text);
  const habit = habitOf(strings);
  let doubt: string | undefined;
  const mended = parts.map(({ text, isString }) => {
    if (!isString) return text;
    const result = mendString(text, habit);
    if (!told) doubt ??= result.doubt;
    return result.text;
  });
  return { json: mended.join(''), doubt, outside: parts.some(({ text, isString }) => !isString && text.includes('\\')) };
}

/** Contents of strings and what is between them, quotes included, in order. */
function splitStrings(json: string): { readonly text: string; readonly isString: boolean }[] {
  const parts: { text: string; isString: boolean }[] = [];
  let from = 0;
  let isString = false;
  for (let index = 0; index < json.length; index += 1) {
    if (isString && json[index] === '\\') index += 1;
    else if (json[index] === '"') {
      const cut: number = isString ? index : index + 1;
      parts.push({ text: json.slice(from, cut), isString });
      [from, isString] = [cut, !isString];
    }
  }
  parts.push({ text: json.slice(from), isString });
  return parts;
}

interface Escape {
  readonly index: number;
  /** The character behind the backslash. */
  readonly letter: string;
  /** The letters behind that. */
  readonly run: string;
}

function* escapesOf(text: string): Generator<Escape> {
  for (let index = text.indexOf('\\'); index !== -1; index = text.indexOf('\\', index + 2)) {
    yield { index, letter: text[index + 1] ?? '', run: lettersAt(text, index + 2) };
  }
}

function lettersAt(text: string, from: number): string {
  let to = from;
  while (/[A-Za-z]/.test(text[to] ?? '')) to += 1;
  return text.slice(from, to);
}

function habitOf(strings: readonly string[]): Habit {
  const escapes = strings.flatMap((text) => [...escapesOf(text)].map((escape) => ({ ...escape, text })));
  return {
    doubles: escapes.some(({ letter, run }) => letter === '\\' && run !== ''),
    forgets: escapes.some(({ text, index, letter, run }) => isNoEscape(text, index) || ((letter === 'b' || letter === 'f') && run !== '')),
    hasLineFeeds: escapes.some(({ letter }) => letter === 'n'),
  };
}

/** JSON knows no such escape. (`\'` is no text either: other languages escape so.) */
function isNoEscape(text: string, index: number): boolean {
  const letter = text[index + 1] ?? '';
  if (letter === 'u') return !/^[0-9A-Fa-f]{4}$/.test(text.slice(index + 2, index + 6));
  return !'"\\/bfnrt\''.includes(letter);
}

function mendString(text: string, habit: Habit): { readonly text: string; readonly doubt: string | undefined } {
  const places = placesOf(text);
  let mended = '';
  let from = 0;
  let doubt: string | undefined;
  let pathEnds = -1;
  for (const escape of escapesOf(text)) {
    const { index } = escape;
    const inPath = index < pathEnds || isBehindDrive(text, index);
    const meaning = meaningOf(text, escape, placeAt(places, index), habit, inPath);
    if (meaning === 'doubt') doubt ??= text.slice(Math.max(0, index - 20), index + 20);
    if (meaning === 'backslash') {
      mended += `${text.slice(from, index)}\\`;
      from = index;
      if (inPath) pathEnds = endOfWord(text, index);
    }
  }
  return { text: mended + text.slice(from), doubt };
}

function meaningOf(text: string, { index, letter, run }: Escape, place: Place, habit: Habit, inPath: boolean): Meaning {
  if (letter === "'") return 'escape';
  if (isNoEscape(text, index)) return 'backslash';
  switch (letter) {
    // A backspace and a form feed are in no text.
    case 'b':
    case 'f':
      return 'backslash';
    case 'r':
    case 'n':
    case 't':
      if (habit.doubles && !habit.forgets) return 'escape';
      if (place === 'code' && !inPath) return meaningInCode(text, index, run);
      return letter === 'r' ? meaningOfReturn(run, place, habit, inPath) : meaningOfBlank(letter, run, place, habit, inPath);
    default:
      return 'escape';
  }
}

/**
 * Of blanks in code between single backticks, which is on one line and without a tab, mostly: it may go over a line break, and an odd backtick
 * makes code of what is none. By itself, or between quotes, a blank makes no sense there; before what begins a line it is one; else nobody can tell.
 */
function meaningInCode(text: string, index: number, run: string): Meaning {
  const [before, behind] = [text.slice(Math.max(0, index - LONGEST_CODE - 1), index), text.slice(index + 2, index + 2 + LONGEST_CODE + 1)];
  const isAlone = /(`|'|\\")(\\[nrt])*$/.test(before) && /^(\\[nrt])*(`|'|\\")/.test(behind);
  if (isAlone) return 'backslash';
  return run === '' ? 'escape' : 'doubt';
}

/** Of `\r`, which ends a line where no `\n` does. */
function meaningOfReturn(run: string, place: Place, { hasLineFeeds }: Habit, inPath: boolean): Meaning {
  if (run === '' || place === 'fence' || (place === 'text' && !hasLineFeeds)) return 'escape';
  return inPath || TEX_BEHIND_R.has(`r${run}`) ? 'backslash' : 'doubt';
}

/** Of `\n` and `\t`, which texts are full of. */
function meaningOfBlank(letter: 'n' | 't', run: string, place: Place, { forgets }: Habit, inPath: boolean): Meaning {
  if (inPath && run !== '' && place !== 'fence') return forgets || place === 'code' ? 'backslash' : /^[a-z]/.test(run) ? 'doubt' : 'escape';
  const command = letter + run;
  switch (place) {
    case 'code':
    case 'fence':
      return 'escape';
    case 'formula':
      return TEX.has(command) || TEX_OR_LINE.has(command) ? 'backslash' : 'escape';
    case 'display':
      if (TEX.has(command) || (letter === 't' && TEX_OR_LINE.has(command))) return 'backslash';
      return TEX_OR_LINE.has(command) ? 'doubt' : 'escape';
    case 'text':
      if (TEX.has(command)) return 'backslash';
      return forgets && TEX_OR_LINE.has(command) ? 'doubt' : 'escape';
  }
}

/** A drive of Windows stands right before it: `C:`, and no letter before that. */
function isBehindDrive(text: string, index: number): boolean {
  return text[index - 1] === ':' && /[A-Za-z]/.test(text[index - 2] ?? '') && !/[\w*]/.test(text[index - 3] ?? ' ');
}

function endOfWord(text: string, from: number): number {
  let to = from;
  while (to < text.length && !' "`\''.includes(text[to] ?? '')) to += 1;
  return to;
}
