/**
 * Turns a service's JSON log line into one that a person reads: who, when, how bad, what, and the fields that matter.
 */

export interface Painter {
  readonly isColourful: boolean;
}

interface LogRecord {
  readonly level?: unknown;
  readonly time?: unknown;
  readonly msg?: unknown;
  readonly [field: string]: unknown;
}

const CODES = { dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;
type Colour = keyof typeof CODES;

const LEVEL_COLOURS: Readonly<Record<string, Colour>> = { debug: 'dim', info: 'green', warn: 'yellow', error: 'red', fatal: 'red' };
const SERVICE_COLOURS: readonly Colour[] = ['cyan', 'magenta', 'blue', 'yellow'];
const NAME_WIDTH = 13;

/** Said elsewhere on the line, or of no use to a person who watches. */
const HIDDEN = new Set(['level', 'time', 'msg', 'service', 'worker_id', 'correlation_id', 'pid', 'hostname', 'err']);

/** Field names that are shown shorter. */
const SHORT_NAMES: Readonly<Record<string, string>> = { course_map_id: 'course', node_id: 'node', course_map_ids: 'courses' };

/** A line without line break. What is no JSON object is passed on behind the name. */
export function formatLogLine(name: string, place: number, line: string, { isColourful }: Painter): string {
  const paint = (colour: Colour, text: string): string =>
    isColourful ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
  const prefix = paint(SERVICE_COLOURS[place % SERVICE_COLOURS.length] ?? 'cyan', `${name.padEnd(NAME_WIDTH)} │`);
  const record = parse(line);
  if (record === undefined) return `${prefix} ${line}`;

  const level = typeof record.level === 'string' ? record.level : '';
  const time = typeof record.time === 'string' ? record.time.slice(11, 23) : '';
  const fields = Object.entries(record).flatMap(([key, value]) => (HIDDEN.has(key) ? [] : [shown(key, value)]));
  const problem = problemOf(record['err']);
  return [
    prefix,
    paint('dim', time),
    paint(LEVEL_COLOURS[level] ?? 'dim', level.padEnd(5)),
    typeof record.msg === 'string' ? record.msg : '',
    paint('dim', [...fields, ...problem].join(' ')),
  ]
    .filter((part) => part !== '')
    .join(' ')
    .trimEnd();
}

function parse(line: string): LogRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as LogRecord) : undefined;
  } catch {
    return undefined;
  }
}

function shown(key: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `${SHORT_NAMES[key] ?? key}=${text}`;
}

function problemOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null || !('message' in error)) return [];
  return [`(${String(error.message)})`];
}
