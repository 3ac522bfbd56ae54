/**
 * Finds the JSON in what a model said. Models wrap it in a fence, add a sentence, forget a bracket: that costs a
 * repair here and no paid call. What comes out is data of no trusted shape, without characters that Postgres refuses.
 */
import { jsonrepair } from 'jsonrepair';

/** Deeper than any answer needs, and far from what a recursive reader cannot bear. */
const DEEPEST = 50;

/** The value that the text holds; undefined when there is none to be found. */
export function readAnswer(text: string): unknown {
  const json = withoutFence(text).trim();
  if (json === '' || nesting(json) > DEEPEST) return undefined;
  for (const read of [JSON.parse, (almost: string) => JSON.parse(jsonrepair(almost)) as unknown]) {
    try {
      return clean(read(json));
    } catch {
      // The next reader is more forgiving; after the last there is no answer.
    }
  }
  return undefined;
}

/** What stands in the first fence, or from the first brace to the last, or everything. */
function withoutFence(text: string): string {
  const open = text.indexOf('```');
  const first = text.indexOf('{');
  if (open !== -1 && (first === -1 || open < first)) {
    const start = text.indexOf('\n', open);
    const close = text.lastIndexOf('\n```');
    if (start !== -1) return text.slice(start + 1, close > start ? close : undefined);
  }
  const last = text.lastIndexOf('}');
  return first !== -1 && last > first ? text.slice(first, last + 1) : text;
}

/** How deep brackets go, strings left out of account: an upper bound is all that is needed. */
function nesting(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of json) {
    if (character === '{' || character === '[') deepest = Math.max(deepest, (depth += 1));
    else if (character === '}' || character === ']') depth -= 1;
  }
  return deepest;
}

/** Takes NUL and halves of surrogate pairs out of every string. */
function clean(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\u0000', '').toWellFormed();
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner)]));
}
