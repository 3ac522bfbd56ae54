/**
 * The parts of a text that are, or may be, JSON objects.
 */

export interface Region<Value> {
  readonly from: number;
  /** Behind its closing brace; undefined when it has none. */
  readonly to: number | undefined;
  /** What it was read as; undefined when it could not be. */
  readonly value: Value | undefined;
}

/** Characters that are looked at, again and again from each brace; an answer takes a few times its length. */
const MOST_STEPS = 20_000_000;

/**
 * Every object that `read` makes something of, and every opening brace outside of those that it makes nothing of, in order. Undefined when the
 * text has so many braces that it would take too long.
 */
export function regionsOf<Value>(text: string, read: (candidate: string) => Value | undefined): Region<Value>[] | undefined {
  const regions: Region<Value>[] = [];
  let steps = 0;
  for (let from = text.indexOf('{'); from !== -1;) {
    const to = partnerOf(text, from);
    steps += (to ?? text.length) - from;
    if (steps > MOST_STEPS) return undefined;
    const value = to === undefined ? undefined : read(text.slice(from, to));
    regions.push({ from, to, value });
    from = text.indexOf('{', value === undefined ? from + 1 : (to ?? from + 1));
  }
  return regions;
}

/** Behind the partner of the brace at `from`, or undefined if it has none; braces in double quotes do not count. */
function partnerOf(text: string, from: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let index = from; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return undefined;
}
