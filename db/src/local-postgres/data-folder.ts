/**
 * Makes a data folder and writes its settings.
 *
 * The folder appears whole or not at all: `initdb` works in a folder beside it, which is then renamed. A run that was
 * killed half way leaves rubbish with another name, and of two that race one wins and both go on.
 */
import { randomBytes } from 'node:crypto';
import { appendFile, chmod, chown, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { closedParentOf, type Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { LocalPostgresError } from './error.ts';
import { ProgramFailed, runProgram } from './run-program.ts';

const SETTINGS_FILE = 'coursewright.conf';
const PASSWORD_FILE = 'coursewright-password';

/**
 * Refuses, with the next step in the sentence, a folder that Postgres could not use; makes its parents.
 *
 * @throws LocalPostgresError `folder_unreachable`, `folder_not_writable`
 */
export async function prepareParents(dataDir: string, account: Account | undefined): Promise<void> {
  try {
    const created = await mkdir(dirname(dataDir), { recursive: true });
    if (created !== undefined) await chmod(dirname(dataDir), 0o755);
    const owner = await stat(dataDir).catch(() => undefined);
    const self = process.getuid?.();
    if (owner !== undefined && self !== undefined && self !== 0 && owner.uid !== self) {
      throw new LocalPostgresError(
        'folder_not_writable',
        `The database in ${dataDir} belongs to another user (id ${owner.uid}): run this as that user, `
          + 'or set COURSEWRIGHT_DATA_DIR to a folder of your own.',
        { path: dataDir },
      );
    }
  } catch (error) {
    throw notWritable(error, dataDir);
  }
  const closed = await closedParentOf(dataDir, account);
  if (closed === undefined) return;
  throw new LocalPostgresError(
    'folder_unreachable',
    `PostgreSQL does not run as root, and the user it runs as may not enter ${closed}: move the project, `
      + 'or set COURSEWRIGHT_DATA_DIR to a folder that everybody may enter (such as /var/lib/coursewright), '
      + 'or set DATABASE_URL to a server of your own.',
    { path: closed },
  );
}

/**
 * Makes sure that `dataDir` holds data of this major version, running `initdb` when it is empty or missing.
 * Returns whether it did. `durable` false skips flushing the new files to disk.
 *
 * @throws LocalPostgresError `version_differs`, `folder_not_empty`, `folder_not_writable`, `initialising_failed`
 */
export async function ensureInitialised(
  dataDir: string,
  account: Account | undefined,
  binaries: Binaries,
  durable: boolean,
): Promise<boolean> {
  try {
    const entries = await readdir(dataDir).catch(ignoreMissing<string[]>([]));
    if (entries.includes('PG_VERSION')) {
      await requireVersion(dataDir, binaries.major);
      return false;
    }
    if (entries.length > 0) {
      throw new LocalPostgresError(
        'folder_not_empty',
        `${dataDir} holds files that are no PostgreSQL data: empty it, or set COURSEWRIGHT_DATA_DIR to another folder.`,
        { path: dataDir },
      );
    }
    await removeUnfinished(dataDir);
    await initialise(dataDir, account, binaries, durable);
    return true;
  } catch (error) {
    throw notWritable(error, dataDir);
  }
}

async function initialise(
  dataDir: string,
  account: Account | undefined,
  binaries: Binaries,
  durable: boolean,
): Promise<void> {
  const unfinished = `${dataDir}.new-${process.pid}`;
  const fresh = join(unfinished, 'data');
  const password = randomBytes(18).toString('hex');
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(join(unfinished, 'password'), password, { mode: 0o600 });
  if (account !== undefined) {
    await chown(unfinished, account.uid, account.gid);
    await chown(join(unfinished, 'password'), account.uid, account.gid);
  }
  // The "builtin" locale sorts alike on every operating system, which a locale of the system does not.
  const flags = [
    `--pgdata=${fresh}`, `--pwfile=${join(unfinished, 'password')}`, '--username=postgres', '--auth=scram-sha-256',
    '--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8',
    ...(durable ? [] : ['--no-sync']),
  ];
  try {
    await runProgram(binaries.initdb, flags, unfinished, account);
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true });
    const said = cause instanceof ProgramFailed ? cause.output : String(cause);
    const reason = said.split('\n').find((line) => line.includes('error')) ?? said.trim();
    throw new LocalPostgresError('initialising_failed', `A database could not be made in ${dataDir}: ${reason}`, {
      path: dataDir,
      cause,
    });
  }
  await appendFile(join(fresh, 'postgresql.conf'), `\ninclude = '${SETTINGS_FILE}'\n`);
  await writeOwned(join(fresh, PASSWORD_FILE), password, account);
  await rename(fresh, dataDir).catch((error: unknown) => {
    // Another process was faster; its database is as good as ours.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  });
  await rm(unfinished, { recursive: true, force: true });
}

/** Writes the settings that a server on this folder starts with. They win over postgresql.conf. */
export async function writeSettings(
  dataDir: string,
  settings: Readonly<Record<string, string>>,
  account: Account | undefined,
): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  const content = ['# Written anew at every start: changes made here are lost.', ...lines, ''].join('\n');
  await writeOwned(join(dataDir, SETTINGS_FILE), content, account);
}

/** The port of the last server on this folder, so that a saved connection string keeps working. */
export async function lastPort(dataDir: string): Promise<number | undefined> {
  const content = await readFile(join(dataDir, SETTINGS_FILE), 'utf8').catch(() => '');
  const port = /^port = '(\d+)'$/m.exec(content)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** The password of the user `postgres`: made with the folder, kept in it, readable by its owner alone. */
export async function readPassword(dataDir: string): Promise<string> {
  return (await readFile(join(dataDir, PASSWORD_FILE), 'utf8')).trim();
}

async function requireVersion(dataDir: string, major: string): Promise<void> {
  const found = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim();
  if (found === major) return;
  throw new LocalPostgresError(
    'version_differs',
    `The database in ${dataDir} was made by PostgreSQL ${found} and this is ${major}: `
      + 'move it away (a new one is then made), or set COURSEWRIGHT_DATA_DIR to another folder.',
    { path: dataDir },
  );
}

/** Removes what runs that no longer live left beside the folder. */
async function removeUnfinished(dataDir: string): Promise<void> {
  const prefix = `${basename(dataDir)}.new-`;
  for (const name of await readdir(dirname(dataDir))) {
    if (!name.startsWith(prefix)) continue;
    try {
      process.kill(Number(name.slice(prefix.length)), 0);
    } catch {
      await rm(join(dirname(dataDir), name), { recursive: true, force: true });
    }
  }
}

/** Writes beside the file and renames, so that a server which starts at this moment reads a whole one. */
async function writeOwned(file: string, content: string, account: Account | undefined): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, content, { mode: 0o600 });
  if (account !== undefined) await chown(unfinished, account.uid, account.gid);
  await rename(unfinished, file);
}

function ignoreMissing<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}

/** Turns what the file system refuses into our error; passes everything else on. */
function notWritable(error: unknown, dataDir: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS' && code !== 'ENOTDIR' && code !== 'EEXIST') return error;
  return new LocalPostgresError(
    'folder_not_writable',
    `The database folder ${dataDir} cannot be written (${code}): make it writable, `
      + 'or set COURSEWRIGHT_DATA_DIR to a folder that is.',
    { path: dataDir, cause: error },
  );
}
