/**
 * What a JSON text may look like beyond being one. Two programs that read an object with one key twice may each see another half of it; and
 * nothing that the API knows is deep or has many keys.
 */

const DEEPEST = 32;
const MOST_KEYS = 1000;

/**
 * What is wrong with the shape of this text; undefined when nothing is.
 *
 * @param json a text that JSON.parse takes: so its brackets match, and a string before a colon is a key
 */
export function mistakeOfShape(json: string): string | undefined {
  /** Of each object or list that is open, from the outside in: the keys so far, or nothing of a list. */
  const open: (Set<string> | undefined)[] = [];
  let keys = 0;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined);
      if (open.length > DEEPEST) return `may be ${DEEPEST} levels deep`;
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(json, at);
      if (isBeforeColon(json, end)) {
        keys += 1;
        if (keys > MOST_KEYS) return `may have ${MOST_KEYS} keys`;
        const key = JSON.parse(json.slice(at, end)) as string;
        if (open.at(-1)?.has(key) === true) return `has the key ${JSON.stringify(key.slice(0, 100))} twice in one object`;
        open.at(-1)?.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** Where the string that begins here is over. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isBeforeColon(json: string, from: number): boolean {
  let at = from;
  while (' \t\n\r'.includes(json[at] ?? '.')) at += 1;
  return json[at] === ':';
}
