/**
 * Makes a line for people of a line that a service wrote for machines. Pure: text in, text out.
 *
 *     generation-1 │ 12:00:01 info  Starting node content generation node=n3 attempt=1
 */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Wide enough for the longest name. */
const NAME_WIDTH = 12;
const STYLE_OF_LEVEL: Readonly<Record<string, Style>> = {
  trace: 'dim', debug: 'dim', info: 'green', warn: 'yellow', error: 'red', fatal: ['bold', 'red'],
};
const NAME_STYLES: readonly Style[] = ['cyan', 'magenta', 'blue', 'green'];
/** Known from the name at the start of the line, or of no use to somebody who reads along. */
const HIDDEN = new Set(['level', 'time', 'msg', 'service', 'worker_id', 'pid', 'hostname', 'correlation_id', 'err']);
const SHORT_NAMES: Readonly<Record<string, string>> = { course_map_id: 'course', node_id: 'node' };

/**
 * Formats one line of the process `name`. What is no JSON object with a message is passed on as it is, behind the name.
 * May return several lines: an error brings its stack.
 */
export function formatLogLine(name: string, line: string, colour: boolean): string {
  const paint = (style: Style, text: string): string => {
    return colour ? styleText(style, text, { validateStream: false }) : text;
  };
  const prefix = `${paint(styleOfName(name), name.padEnd(NAME_WIDTH))} ${paint('dim', '│')} `;
  const entry = parseEntry(line);
  if (entry === undefined) return prefix + line;

  const level = typeof entry['level'] === 'string' ? entry['level'] : 'info';
  const words = [
    paint('dim', clock(entry['time'])),
    paint(STYLE_OF_LEVEL[level] ?? 'white', level.padEnd(5)),
    String(entry['msg']),
    ...Object.entries(entry)
      .filter(([key]) => !HIDDEN.has(key))
      .map(([key, value]) => paint('dim', `${SHORT_NAMES[key] ?? key}=${formatValue(value)}`)),
  ];
  const error = describeError(entry['err']);
  if (error === undefined) return prefix + words.join(' ');
  const [first = '', ...stack] = error;
  return [`${prefix}${words.join(' ')} ${paint('red', first)}`, ...stack.map((frame) => prefix + paint('dim', frame))].join('\n');
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as Record<string, unknown>;
    return typeof entry['msg'] === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** The time of day where the reader is; the JSON has it in UTC. */
function clock(time: unknown): string {
  const date = new Date(typeof time === 'string' || typeof time === 'number' ? time : Number.NaN);
  return Number.isNaN(date.getTime()) ? '--:--:--' : date.toTimeString().slice(0, 8);
}

function formatValue(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return value;
  return JSON.stringify(value);
}

/** The error's own line, then its stack; undefined when there is no error. */
function describeError(value: unknown): string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { message, stack } = value as { message?: unknown; stack?: unknown };
  const frames = typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return [typeof message === 'string' ? message : JSON.stringify(value), ...frames];
}

/** The same name always has the same colour. */
function styleOfName(name: string): Style {
  if (name === 'launcher') return 'bold';
  const sum = [...name].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return NAME_STYLES[sum % NAME_STYLES.length] ?? 'cyan';
}
