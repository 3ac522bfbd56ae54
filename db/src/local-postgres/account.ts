/**
 * Which operating system user Postgres runs as, and whether that user can reach a folder.
 *
 * PostgreSQL refuses to run as root, and containers and CI machines are root more often than not. So as root, the
 * server runs as the user `postgres` (or as whoever owns data that is there already); otherwise as ourselves.
 */
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { LocalPostgresError } from './error.ts';

const run = promisify(execFile);

/** A user to switch to; undefined where no switch is needed. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account that the server on `dataDir` runs as: undefined unless we are root. Makes the user `postgres` when
 * there is none. Safe to call twice, and from several processes at once.
 *
 * @throws LocalPostgresError `no_postgres_user`
 */
export async function accountFor(dataDir: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(dataDir).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const existing = await postgresUser();
  if (existing !== undefined) return existing;
  // Two families of systems, two commands; whether one worked is asked of the password file, not of the command.
  await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']).catch(() => undefined);
  const created = await postgresUser();
  if (created !== undefined) return created;
  await run('adduser', ['-S', '-D', '-H', 'postgres']).catch(() => undefined);
  const added = await postgresUser();
  if (added !== undefined) return added;
  throw new LocalPostgresError(
    'no_postgres_user',
    'PostgreSQL refuses to run as root, and a user "postgres" could not be made: run this as an ordinary user, '
      + 'or set DATABASE_URL to a server of your own.',
  );
}

async function postgresUser(): Promise<Account | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const fields = passwd.split('\n').find((line) => line.startsWith('postgres:'))?.split(':');
  if (fields === undefined) return undefined;
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

/**
 * The first folder on the way to `path` that `account` may not enter, from the root down; undefined when the way is
 * free. A folder that does not exist yet is taken to be free, because we shall make it.
 */
export async function closedParentOf(path: string, account: Account | undefined): Promise<string | undefined> {
  if (account === undefined) return undefined;
  const parents: string[] = [];
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    parents.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  for (const parent of parents) {
    const { uid, gid, mode } = await stat(parent).catch(() => ({ uid: account.uid, gid: account.gid, mode: 0o700 }));
    const enter = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & enter) === 0) return parent;
  }
  return undefined;
}
