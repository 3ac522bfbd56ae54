/**
 * Where local data of this project is kept: `.data` in the project, unless PostgreSQL could not enter it.
 *
 * A container often has the project under /root, which is closed to the user that PostgreSQL runs as there. Then, and
 * only then, and only if nobody chose a folder, the data goes to a folder under /var/lib that names the project.
 */
import { createHash } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accountFor, closedParentOf } from './local-postgres/account.ts';

const PROJECT_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The folder that holds a folder for each local server. `chosen` is what the environment names, if anything
 * (COURSEWRIGHT_DATA_DIR): it is taken as it is, and refused later if it cannot be used.
 *
 * @throws LocalPostgresError `no_postgres_user`
 */
export async function localDataDir(chosen: string | undefined, project = PROJECT_FOLDER): Promise<string> {
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  const usual = join(project, '.data');
  const account = await accountFor(usual);
  if (await closedParentOf(join(usual, 'postgres'), account) === undefined) return usual;
  const name = createHash('sha256').update(resolve(project)).digest('hex').slice(0, 8);
  return join('/var/lib/coursewright', `${basename(resolve(project))}-${name}`);
}
