/**
 * `pnpm db:archive --before 2026-01-01`: moves the events of courses that have been over since before then out of the log's
 * table. With --dry-run it only says how many there are. `pnpm db:archive --restore <course>` brings a course back, so that it can
 * be retried.
 *
 * Exit codes: 0 done, 2 wrong usage, or it could not be carried out.
 */
import { parseArgs } from 'node:util';
import { archivable, archive, restoreFromArchive, type Archived } from './archive.ts';
import { onDatabase } from './on-database.ts';

const USAGE = `usage: pnpm db:archive --before <instant> [--dry-run]    like 2026-01-01 or 2026-01-01T12:00:00Z
       pnpm db:archive --restore <course id>`;
const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export async function archiveCommand(args: readonly string[]): Promise<number> {
  let before: string | undefined;
  let restore: string | undefined;
  let isDry: boolean;
  try {
    ({ before, restore, 'dry-run': isDry } = parseArgs({
      args: [...args], options: { before: { type: 'string' }, restore: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
    }).values);
  } catch (error) {
    return misused(error instanceof Error ? error.message : String(error));
  }
  if ((before === undefined) === (restore === undefined)) return misused('give one of --before and --restore');

  if (restore !== undefined) {
    if (isDry) return misused('--dry-run goes with --before');
    if (!UUID.test(restore)) return misused(`--restore ${restore}: the id of a course is a UUID`);
    const events = await onDatabase('refuse', (databaseUrl) => restoreFromArchive(databaseUrl, restore));
    console.log(events === 0 ? `Course ${restore} was not archived.` : `Course ${restore} is back with its ${events.toLocaleString('en')} events.`);
    return 0;
  }

  const instant = new Date(before ?? '');
  if (!INSTANT.test(before ?? '') || Number.isNaN(instant.getTime())) return misused(`--before ${before ?? ''} is no date or instant with its zone`);
  if (isDry) {
    console.log(`${inWords(await onDatabase('refuse', (databaseUrl) => archivable(databaseUrl, instant)))} can be archived. Nothing was changed.`);
    return 0;
  }
  const tell = process.stderr.isTTY;
  const archived = await onDatabase('refuse', (databaseUrl) =>
    archive(databaseUrl, instant, (so) => { if (tell) process.stderr.write(`\r${so.courses.toLocaleString('en')} courses `); }));
  if (tell) process.stderr.write('\r\u001b[2K');
  console.log(`${inWords(archived)} ${archived.courses === 1 ? 'is' : 'are'} archived.`);
  return 0;
}

function inWords({ courses, events }: Archived): string {
  return `${courses.toLocaleString('en')} ${courses === 1 ? 'course' : 'courses'} with ${events.toLocaleString('en')} events`;
}

function misused(what: string): number {
  console.error(`${what}\n${USAGE}`);
  return 2;
}
