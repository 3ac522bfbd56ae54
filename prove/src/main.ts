/**
 * `pnpm prove [--json] [--finished]`: proves the invariants of the database of DATABASE_URL. Reads only, but for an event that it
 * appends and takes back; production may be
 * at work meanwhile.
 *
 *     --json       prints the proof as one JSON object
 *     --finished   every course that was ever asked for must be over
 *
 * Exit codes: 0 everything holds, 1 something does not, 2 it could not be looked at.
 */
import { parseArgs } from 'node:util';
import { progressBar } from '@coursewright/process';
import { prove } from './prove.ts';
import { tableOf } from './report.ts';

const USAGE = `usage: DATABASE_URL=postgres://… pnpm prove [--json] [--finished]

  --json       print the proof as one JSON object
  --finished   every course that was ever asked for must be over
  --help       show this`;

process.exitCode = await main();

async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  let options: { json?: boolean | undefined; finished?: boolean | undefined };
  try {
    options = parseArgs({ options: { json: { type: 'boolean' }, finished: { type: 'boolean' } } }).values;
  } catch (error) {
    return cannot(`${messageOf(error)}\n${USAGE}`);
  }
  const databaseUrl = process.env['DATABASE_URL'];
  if (databaseUrl === undefined || !/^postgres(ql)?:\/\/./.test(databaseUrl)) {
    const what = databaseUrl === undefined || databaseUrl === '' ? 'is not set' : 'is no URL of a Postgres database';
    return cannot(
      `DATABASE_URL ${what}; give that of the database to prove, like postgres://user:password@host:5432/name ` +
        "(of the local one: from the banner of `pnpm start`)",
    );
  }
  const bar = progressBar(process.stderr);
  try {
    const proof = await prove({ databaseUrl, finished: options.finished === true, onProgress: (done, total) => bar.show(done, total) });
    bar.clear();
    console.log(options.json === true ? JSON.stringify(proof) : tableOf(proof));
    return proof.holds ? 0 : 1;
  } catch (error) {
    bar.clear();
    return cannot(`The database could not be looked at: ${messageOf(error)}`);
  }
}

function cannot(why: string): number {
  console.error(why);
  return 2;
}

function messageOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  if (code === '42501') return `${String(message)}; this takes the owner, or a member of coursewright_service`;
  if (code === '42P01' || code === '3F000') return `${String(message)}; it has not the schema of Coursewright, see pnpm db:migrate`;
  return message === undefined || message === '' ? String(code ?? error) : message;
}
