/**
 * `pnpm db:rebuild [name] [--check]`: folds the log into fresh tables, proves the projections equal or shows what differs, and
 * replaces that, while the services run. All projections, or the one that is named.
 *
 *     --check   only shows what differs
 *
 * Exit codes: 0 they are equal now, 1 something differs (with --check), 2 wrong usage, or it could not be carried out.
 */
import { parseArgs } from 'node:util';
import { progressBar } from '@coursewright/process';
import { onDatabase } from './on-database.ts';
import type { Difference } from './rebuild/differences.ts';
import type { Rebuilt } from './rebuild/projection.ts';
import { PROJECTIONS, rebuild } from './rebuild/rebuild.ts';

export async function rebuildCommand(args: readonly string[]): Promise<number> {
  let check: boolean;
  let names: readonly string[];
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: { check: { type: 'boolean', default: false } }, allowPositionals: true });
    [check, names] = [values.check, positionals];
  } catch (error) {
    return misused(error instanceof Error ? error.message : String(error));
  }
  const unknown = names.find((name) => !PROJECTIONS.some((projection) => projection.name === name));
  if (unknown !== undefined) return misused(`there is no projection ${unknown}`);

  const chosen = PROJECTIONS.filter(({ name }) => names.length === 0 || names.includes(name));
  return onDatabase('refuse', async (databaseUrl) => {
    let differing = 0;
    for (const projection of chosen) {
      const bar = progressBar(process.stderr);
      const rebuilt = await rebuild({ databaseUrl, projection, check, onProgress: (done, total) => bar.show(done, total) });
      bar.clear();
      for (const line of linesOf(projection.name, rebuilt, check)) console.log(line);
      differing += rebuilt.count;
    }
    return check && differing > 0 ? 1 : 0;
  });
}

function misused(what: string): number {
  const names = PROJECTIONS.map(({ name, what: its }) => `  ${name.padEnd(10)}${its}`);
  console.error([what, 'usage: pnpm db:rebuild [name] [--check]', '', ...names, '', '  --check   only show what differs'].join('\n'));
  return 2;
}

/** What a rebuild came to, for a person to read. */
function linesOf(name: string, { events, seconds, count, differences, replaced }: Rebuilt, check: boolean): string[] {
  const folded = `${name}: ${events.toLocaleString('en')} events folded in ${seconds.toFixed(1)} s`;
  if (count === 0) return [`${folded}; every row is what the log says`];
  return [
    `${folded}; ${rows(count)} ${count === 1 ? 'is' : 'are'} not what the log says`,
    ...differences.map((difference) => `  ${describe(difference)}`),
    ...(count > differences.length ? [`  … and ${(count - differences.length).toLocaleString('en')} more`] : []),
    check ? 'Nothing was changed.' : `${rows(replaced)} replaced.`,
  ];
}

function describe({ table, row, columns }: Difference): string {
  const [first] = columns;
  if (first?.kept === undefined) return `${table} ${row}: is missing`;
  if (first.fromLog === undefined) return `${table} ${row}: is not in the log`;
  return `${table} ${row}: ${columns.map(({ column, kept, fromLog }) => `${column} is ${short(kept)}, by the log ${short(fromLog)}`).join('; ')}`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

function rows(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`;
}
