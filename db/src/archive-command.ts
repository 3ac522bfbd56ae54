/**
 * `pnpm db:archive --before 2026-01-01`: moves the events of courses that have been over since before then out of the log's
 * table. `pnpm db:archive --restore <course>` brings a course back, so that it can be retried.
 *
 * Exit codes: 0 done, 2 wrong usage.
 */
import { parseArgs } from 'node:util';
import { archive, restoreFromArchive } from './archive.ts';
import { onDatabase } from './on-database.ts';

const USAGE = `usage: pnpm db:archive --before <instant>    like 2026-01-01 or 2026-01-01T12:00:00Z
       pnpm db:archive --restore <course id>`;
const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export async function archiveCommand(args: readonly string[]): Promise<number> {
  let before: string | undefined;
  let restore: string | undefined;
  try {
    ({ before, restore } = parseArgs({ args: [...args], options: { before: { type: 'string' }, restore: { type: 'string' } } }).values);
  } catch (error) {
    return misused(error instanceof Error ? error.message : String(error));
  }
  if ((before === undefined) === (restore === undefined)) return misused('give one of --before and --restore');

  if (restore !== undefined) {
    if (!UUID.test(restore)) return misused(`--restore ${restore}: the id of a course is a UUID`);
    const events = await onDatabase((databaseUrl) => restoreFromArchive(databaseUrl, restore));
    console.log(events === 0 ? `Course ${restore} was not archived.` : `Course ${restore} is back with its ${events.toLocaleString('en')} events.`);
    return 0;
  }

  const instant = new Date(before ?? '');
  if (!INSTANT.test(before ?? '') || Number.isNaN(instant.getTime())) return misused(`--before ${before ?? ''} is no date or instant with its zone`);
  const tell = process.stderr.isTTY;
  const { courses, events } = await onDatabase((databaseUrl) =>
    archive(databaseUrl, instant, (so) => { if (tell) process.stderr.write(`\r${so.courses.toLocaleString('en')} courses `); }));
  if (tell) process.stderr.write('\r\u001b[2K');
  console.log(`${courses.toLocaleString('en')} courses with ${events.toLocaleString('en')} events are archived.`);
  return 0;
}

function misused(what: string): number {
  console.error(`${what}\n${USAGE}`);
  return 2;
}
