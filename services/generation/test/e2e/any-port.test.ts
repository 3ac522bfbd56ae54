/** A port of 0 is any that is free: the system gives it, so it is nobody else's, and the line that says that a process is ready says which. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';

const SERVICES = [
  { name: 'gateway', ports: { PORT: '0', ADMIN_PORT: '0' }, ready: 'Gateway is ready' },
  { name: 'generation', ports: { GENERATION_PORT: '0' }, ready: 'Generation process is ready' },
  { name: 'relay', ports: { RELAY_PORT: '0' }, ready: 'Relay process is ready' },
];

for (const { name, ports, ready } of SERVICES) {
  t.test(`a ${name} on any port says on which it is ready, and answers there`, async (t) => {
    const { url } = await testDatabase(t);
    const main = fileURLToPath(new URL(`../../../${name}/src/main.ts`, import.meta.url));
    const child = spawn(process.execPath, [main], { env: { PATH: process.env['PATH'], DATABASE_URL: url, ...ports }, stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    const listening: number[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const { msg, port, admin } = JSON.parse(line) as { msg: string; port: number; admin?: { port: number } };
      if (msg !== ready) continue;
      listening.push(port, ...(admin === undefined ? [] : [admin.port]));
      break;
    }
    t.equal(listening.length, Object.keys(ports).length);
    for (const port of listening) {
      t.not(port, 0);
      t.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200);
    }
    child.kill('SIGTERM');
    await gone;
  });
}
