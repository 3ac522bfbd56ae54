/**
 * Thousands who connect and say nothing, or too little: they are cut off, and the others are answered.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import { existsSync, readdirSync } from 'node:fs';
import t, { type Test } from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { createStack, type ServiceProcess } from '../../../generation/test/fixtures/stack.ts';

/** What the system allows this process, and what it starts. */
const { userLimits } = process.report.getReport() as unknown as { readonly userLimits: { readonly open_files: { readonly soft: number | 'unlimited' } } };
const mayOpen = userLimits.open_files.soft === 'unlimited' ? Infinity : userLimits.open_files.soft;

const database = await testDatabase(t);
const stack = createStack(t, database.url, {});
const gateway = await stack.startGateway({ MAX_CONNECTIONS: '15000' });

/** Sockets that hide their errors: to be cut off is what they are here for. */
async function connectMany(t: Test, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  t.teardown(() => sockets.forEach((socket) => socket.destroy()));
  for (let begun = 0; begun < count; begun += 500) {
    const some = Array.from({ length: Math.min(500, count - begun) }, () => connectSocket({ host: '127.0.0.1', port: gateway.port }).on('error', () => undefined).resume());
    sockets.push(...some);
    await Promise.all(some.map((socket) => new Promise<void>((resolve) => socket.once('connect', () => resolve()).once('close', () => resolve()))));
  }
  return sockets;
}

/** So many answers, one after another. */
async function othersAreAnswered(count: number): Promise<void> {
  for (let asked = 0; asked < count; asked += 1) {
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/api/v1/course-map/list`);
    t.equal(answer.status, 200);
    await answer.text();
  }
}

/** Linux tells; elsewhere nothing is claimed of it. */
const openFiles = ({ child: { pid } }: ServiceProcess): number => (existsSync('/proc/self/fd') ? readdirSync(`/proc/${pid}/fd`).length : 0);

t.test('a thousand slow ones, who send a byte of their headers each second, are cut off; others are answered meanwhile', async (t) => {
  const before = openFiles(gateway);
  const sockets = await connectMany(t, 1000);
  for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nhost: x\r\n');
  const dripping = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('x');
  }, 1000);
  t.teardown(() => clearInterval(dripping));
  await othersAreAnswered(5);
  t.ok(sockets.some(({ destroyed }) => !destroyed), 'while they are there');
  await until('all are cut off', () => sockets.every(({ destroyed }) => destroyed));
  await until('nothing is left of them', () => (openFiles(gateway) <= before + 20 ? true : undefined));
});

const tooFew = mayOpen < 11_000 && `a process may open ${mayOpen} files here (ulimit -n), and this needs 11,000`;
t.test('ten thousand idle connections: others are answered, all are cut off, and there is room again', { skip: tooFew }, async (t) => {
  const before = openFiles(gateway);
  const sockets = await connectMany(t, 10_000);
  await othersAreAnswered(5);
  t.ok(sockets.some(({ destroyed }) => !destroyed), 'while they are there');
  await until('all are cut off', () => sockets.every(({ destroyed }) => destroyed));
  await until('nothing is left of them', () => (openFiles(gateway) <= before + 20 ? true : undefined));
  await othersAreAnswered(5);
});

t.test('more connections than there may be are closed at once, and those that are there go on', async (t) => {
  const narrow = await stack.startGateway({ MAX_CONNECTIONS: '10' });
  const sockets = Array.from({ length: 30 }, () => connectSocket({ host: '127.0.0.1', port: narrow.port }).on('error', () => undefined).resume());
  t.teardown(() => sockets.forEach((socket) => socket.destroy()));
  // Who asked whether it is ready may have a connection still.
  const open = await until('the others are closed', () => {
    const left = sockets.filter(({ destroyed }) => !destroyed);
    return left.length <= 10 ? left : undefined;
  });
  t.ok(open.length >= 7, `${open.length} of 30 are left`);
  const [one] = open;
  one!.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const answer = await new Promise<string>((resolve, reject) => one!.once('data', (data) => resolve(data.toString())).once('close', () => reject(new Error('it was cut off before it was answered'))));
  t.match(answer, /^HTTP\/1\.1 200 OK/);
});
