/** What the environment tells the launcher. */
import t from 'tap';
import { readSettings } from '../../src/settings.ts';

t.test('without any variable it listens on loopback, port 8000, with a database of its own', async (t) => {
  t.match(readSettings({}, false), { databaseUrl: undefined, host: '127.0.0.1', port: 8000, isColourful: false });
});

t.test('an empty variable counts as not set', async (t) => {
  t.equal(readSettings({ DATABASE_URL: '', PORT: '' }, false).port, 8000);
});

t.test('a port that is none is refused with its name and value', async (t) => {
  for (const PORT of ['http', '70000', '-1', '80.5']) {
    t.throws(() => readSettings({ PORT }, false), { code: 'invalid_setting', message: new RegExp(`PORT .*${PORT}`) });
  }
});

t.test('NO_COLOR is honoured on a terminal', async (t) => {
  t.equal(readSettings({}, true).isColourful, true);
  t.equal(readSettings({ NO_COLOR: '1' }, true).isColourful, false);
});
