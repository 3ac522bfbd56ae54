/**
 * What stands around a place of a text: code, a formula, a fence of several lines. Told from the content of a JSON string as it is written,
 * so a line feed is `\n` here, and a backslash of the text one or two.
 */

/** `display` is a formula that stands by itself, over several lines perhaps. */
export type Place = 'text' | 'fence' | 'code' | 'formula' | 'display';

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly place: Place;
}

/** Code on a line that is longer is none. */
export const LONGEST_CODE = 200;

/** What opens a place, what closes it, and how long it can be; longer openers first. */
const DELIMITERS: readonly { readonly open: string; readonly close: string; readonly place: Place; readonly longest: number }[] = [
  { open: '```', close: '```', place: 'fence', longest: 100_000 },
  { open: '`', close: '`', place: 'code', longest: LONGEST_CODE },
  { open: '$$', close: '$$', place: 'display', longest: 4000 },
  { open: '$', close: '$', place: 'formula', longest: 300 },
  { open: '\\\\[', close: '\\\\]', place: 'display', longest: 4000 },
  { open: '\\\\(', close: '\\\\)', place: 'formula', longest: 300 },
  { open: '\\[', close: '\\]', place: 'display', longest: 4000 },
  { open: '\\(', close: '\\)', place: 'formula', longest: 300 },
];

/** A paragraph ends, as JSON has it: no code on a line, and no formula within one, goes on behind that. */
const PARAGRAPH = '\\n\\n';
/** What one backtick opens only one closes: more of them are another delimiter. */
const SINGLE_BACKTICK = /(?<!`)`(?!`)/;

/** The places that are no plain text, in order, as far as the content of a JSON string shows them before it is read. */
export function placesOf(text: string): Span[] {
  const spans: Span[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const delimiter = '`$\\'.includes(text[index] ?? '') ? DELIMITERS.find(({ open }) => text.startsWith(open, index)) : undefined;
    if (delimiter === undefined) continue;
    const { open, close, place, longest } = delimiter;
    const from = index + open.length;
    const inside = text.slice(from, from + longest + close.length);
    const length = place === 'code' ? inside.search(SINGLE_BACKTICK) : inside.indexOf(close);
    const isWithinLine = place === 'code' || place === 'formula';
    const isPlace = length > 0 && !(isWithinLine && inside.slice(0, length).includes(PARAGRAPH)) && !(open === '$' && isMoney(inside, length));
    if (isPlace) spans.push({ from, to: from + length, place });
    if (isPlace) index = from + length + close.length - 1;
    else if (text[index] === '\\') index += 1; // Whatever it escapes opens nothing.
  }
  return spans;
}

/** "$5 and $6" is no formula: one begins and ends with what is no blank, and no digit follows. */
function isMoney(inside: string, length: number): boolean {
  return inside[0] === ' ' || inside[length - 1] === ' ' || /\d/.test(inside[length + 1] ?? '');
}

export function placeAt(spans: readonly Span[], index: number): Place {
  return spans.find(({ from, to }) => index >= from && index < to)?.place ?? 'text';
}
