/**
 * Everything that is shown goes through here: lines of the services, and what the launcher itself has to say.
 */
import type { LauncherConfig } from './config.ts';
import { formatLogLine } from './log-line.ts';

export type Level = 'info' | 'warn' | 'error';

export interface Terminal {
  /** A line that the process `name` wrote. */
  line(name: string, text: string): void;
  /** A line of the launcher's own. */
  say(level: Level, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Text for people only: it is left out where programs read along. */
  show(text: string): void;
}

/** @param write takes whole lines, without the end of line */
export function createTerminal(
  { json, colour }: Pick<LauncherConfig, 'json' | 'colour'>,
  write: (text: string) => void,
): Terminal {
  const line = (name: string, text: string): void => write(json ? text : formatLogLine(name, text, colour));
  return {
    line,
    say: (level, msg, fields = {}) => {
      line('launcher', JSON.stringify({ level, time: new Date().toISOString(), service: 'launcher', ...fields, msg }));
    },
    show: (text) => {
      if (!json) write(text);
    },
  };
}
