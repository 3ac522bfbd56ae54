/** The small port of a process: on loopback it answers to nobody who calls it by another name, a browser that was sent here by a page among them. */
import { get } from 'node:http';
import t from 'tap';
import { isLoopback, serveProbes } from '../../src/index.ts';

const statusOf = (port: number, path: string, host: string) => new Promise<number | undefined>((resolve, reject) =>
  get({ host: '127.0.0.1', port, path, headers: { host } }, (response) => resolve(response.resume().statusCode)).on('error', reject));

for (const [host, other] of [['127.0.0.1', 421], ['0.0.0.0', 200]] as const) {
  t.test(`listening on ${host}, what asks for another name is answered ${other}`, async (t) => {
    const probes = await serveProbes({ host, port: 0, notReady: () => undefined, metrics: { type: 'text/plain', text: async () => 'figures 1' } });
    t.teardown(() => probes.close());
    for (const path of ['/livez', '/readyz', '/metrics']) {
      t.equal(await statusOf(probes.port, path, `evil.example:${probes.port}`), other, path);
      for (const own of ['localhost', 'LOCALHOST:1', '127.0.0.1', '[::1]:80', 'x.localhost']) t.equal(await statusOf(probes.port, path, own), 200, `${path} as ${own}`);
    }
  });
}

t.test('what is loopback and what is not', async (t) => {
  for (const own of ['localhost', 'a.localhost', '127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) t.ok(isLoopback(own), own);
  for (const other of ['', 'localhost.example', '128.0.0.1', '::2', '::ffff:10.0.0.1', '0.0.0.0', 'x127.0.0.1']) t.notOk(isLoopback(other), other);
});
