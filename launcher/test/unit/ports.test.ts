/** Ports that the launcher chooses. */
import t from 'tap';
import { freePorts } from '../../src/ports.ts';

t.test('from 0 on they are any that are free, each another', async (t) => {
  const ports = await freePorts(0, 3, '127.0.0.1', 8000);
  t.equal(new Set(ports).size, 3);
  t.notOk(ports.includes(0));
});

t.test('from a number on they are the next, without the one that is promised', async (t) => {
  const ports = await freePorts(21_700, 3, '127.0.0.1', 21_701);
  t.notOk(ports.includes(21_701));
  t.ok(ports.every((port) => port >= 21_700 && port < 21_800), ports.join());
});
