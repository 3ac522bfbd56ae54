/** Folders that a local server cannot use: each is refused with what to do next. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import { localDataDir, startLocalPostgres } from '../../src/index.ts';
import { serverFolder } from '../fixtures/server-folder.ts';

const AS_ROOT = process.getuid?.() === 0;

t.test('a folder with other files in it is left alone', async (t) => {
  const dataDir = await serverFolder(t);
  await mkdir(dataDir);
  await writeFile(join(dataDir, 'thesis.txt'), 'dear');
  await t.rejects(startLocalPostgres({ dataDir }), { code: 'folder_not_empty', message: /COURSEWRIGHT_DATA_DIR/ });
});

t.test('data of another major version is left alone', async (t) => {
  const dataDir = await serverFolder(t);
  await mkdir(dataDir);
  await writeFile(join(dataDir, 'PG_VERSION'), '12\n');
  if (AS_ROOT) await chmod(dataDir, 0o755);
  await t.rejects(startLocalPostgres({ dataDir }), { code: 'version_differs', message: /PostgreSQL 12/ });
});

t.test('a file where the folder should be is told as what it is', async (t) => {
  const dataDir = await serverFolder(t);
  await writeFile(dataDir, '');
  await t.rejects(startLocalPostgres({ dataDir }), { code: 'folder_not_writable' });
});

t.test('as root, a parent that is closed to the user of Postgres is named', { skip: !AS_ROOT }, async (t) => {
  const dataDir = await serverFolder(t);
  const closed = dirname(dataDir);
  await chmod(closed, 0o700);
  await t.rejects(startLocalPostgres({ dataDir }), { code: 'folder_unreachable', path: closed });
});

t.test('as root, a project in a closed folder keeps its data elsewhere by itself', { skip: !AS_ROOT }, async (t) => {
  const dataDir = await serverFolder(t);
  await chmod(dirname(dataDir), 0o700);
  const project = join(dirname(dataDir), 'my-project');
  t.match(await localDataDir(undefined, project), /^\/var\/lib\/coursewright\/my-project-[0-9a-f]{8}$/);
  t.equal(await localDataDir('/srv/data', project), '/srv/data', 'a folder that was chosen is taken as it is');
});
