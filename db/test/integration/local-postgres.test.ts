/** The local server: starting, stopping, and what a run that was killed leaves to the next. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { startLocalPostgres } from '../../src/index.ts';
import { query } from '../fixtures/blank-database.ts';
import { endProcess, serverFolder, serverInProcess } from '../fixtures/server-folder.ts';

const pidOf = async (dataDir: string): Promise<number> => {
  return Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
};

t.test('what was written is there after a stop and a start, under the same URL', async (t) => {
  const dataDir = await serverFolder(t);
  const first = await startLocalPostgres({ dataDir });
  t.equal(first.adopted, false);
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  await first.stop();
  const second = await startLocalPostgres({ dataDir });
  t.teardown(() => second.stop());
  t.equal(second.url, first.url);
  t.match(await query(second.url, 'SELECT answer FROM kept'), [{ answer: 42 }]);
});

t.test('it listens on loopback alone, asks for its password, and flushes what it commits', async (t) => {
  const server = await startLocalPostgres({ dataDir: await serverFolder(t) });
  t.teardown(() => server.stop());
  const settings = await query(
    server.url,
    "SELECT current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets, "
      + "current_setting('fsync') AS fsync",
  );
  t.match(settings, [{ addresses: '127.0.0.1', sockets: '', fsync: 'on' }]);
  const stranger = new URL(server.url);
  stranger.password = 'guessed';
  await t.rejects(query(stranger.href, 'SELECT 1'), { code: '28P01' });
});

t.test('a folder whose owner is alive is refused', async (t) => {
  const dataDir = await serverFolder(t);
  const { child } = await serverInProcess(dataDir);
  await t.rejects(startLocalPostgres({ dataDir }), { code: 'folder_in_use', message: /in use by another run/ });
  await endProcess(child, 'SIGTERM');
  t.equal(child.exitCode, 0);
});

t.test('a server whose owner was killed goes on, and the next run adopts it and stops it', async (t) => {
  const dataDir = await serverFolder(t);
  const { child, url } = await serverInProcess(dataDir);
  await query(url, 'CREATE TABLE kept ()');
  const pid = await pidOf(dataDir);
  await endProcess(child, 'SIGKILL');
  const adopted = await startLocalPostgres({ dataDir });
  t.equal(adopted.adopted, true);
  t.equal(await pidOf(dataDir), pid, 'the very same process');
  await t.resolves(query(adopted.url, 'TABLE kept'));
  await adopted.stop();
  await t.rejects(query(adopted.url, 'SELECT 1'), { code: 'ECONNREFUSED' });
});

t.test('a server that was killed is noticed, and starting it again recovers what was committed', async (t) => {
  const dataDir = await serverFolder(t);
  const killed = await startLocalPostgres({ dataDir });
  await query(killed.url, 'CREATE TABLE kept ()');
  process.kill(await pidOf(dataDir), 'SIGKILL');
  await killed.lost;
  const again = await startLocalPostgres({ dataDir, port: killed.port });
  t.teardown(() => again.stop());
  t.equal(again.adopted, false);
  await t.resolves(query(again.url, 'TABLE kept'));
});

t.test('a leftover file that names a process which is no Postgres does not keep the server from starting', async (t) => {
  const dataDir = await serverFolder(t);
  await (await startLocalPostgres({ dataDir })).stop();
  await writeFile(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n0\n15432\n\n127.0.0.1\n\nready\n`);
  const server = await startLocalPostgres({ dataDir });
  t.equal(server.adopted, false);
  await server.stop();
});

t.test('of two that share a server the last one out stops it', async (t) => {
  const dataDir = await serverFolder(t);
  const [one, other] = await Promise.all([serverInProcess(dataDir, 'shared'), serverInProcess(dataDir, 'shared')]);
  t.equal(one.url, other.url);
  await endProcess(one.child, 'SIGTERM');
  await t.resolves(query(other.url, 'SELECT 1'));
  await endProcess(other.child, 'SIGTERM');
  await t.rejects(query(other.url, 'SELECT 1'), { code: 'ECONNREFUSED' });
});

t.test('a port that was asked for and is taken is refused by name', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  t.teardown(() => void holder.close());
  const { port } = holder.address() as AddressInfo;
  const refused = startLocalPostgres({ dataDir: await serverFolder(t), port });
  await t.rejects(refused, { code: 'port_busy', message: new RegExp(String(port)) });
});
