import t from 'tap';
import { findTestFiles, readSelection } from '../../test-files.ts';

t.test('without arguments every kind is run, the quickest first', async (t) => {
  t.strictSame(readSelection([]), { kinds: ['unit', 'integration', 'e2e'], filters: [] });
});

t.test('the first argument may name a kind, the others are parts of paths', async (t) => {
  t.strictSame(readSelection(['e2e', '--', 'crash']), { kinds: ['e2e'], filters: ['crash'] });
  t.strictSame(readSelection(['crash']), { kinds: ['unit', 'integration', 'e2e'], filters: ['crash'] });
});

t.test('tests are found in every package, and fixtures are none', async (t) => {
  const project = t.testdir({
    packages: { events: { test: { unit: { 'codec.test.ts': '', 'deep': { 'stream.test.ts': '' } } } } },
    services: { gateway: { test: { unit: { 'fixtures': { 'x.test.ts': '' }, 'app.test.ts': '', 'notes.md': '' } } } },
    db: { test: { integration: { 'migrate.test.ts': '' } } },
  });
  t.strictSame(findTestFiles('unit', [], project), [
    'packages/events/test/unit/codec.test.ts',
    'packages/events/test/unit/deep/stream.test.ts',
    'services/gateway/test/unit/app.test.ts',
  ]);
  t.strictSame(findTestFiles('unit', ['gateway'], project), ['services/gateway/test/unit/app.test.ts']);
  t.strictSame(findTestFiles('unit', ['!gateway', '!deep'], project), ['packages/events/test/unit/codec.test.ts']);
  t.strictSame(findTestFiles('unit', ['test', '!codec', '!gateway'], project), ['packages/events/test/unit/deep/stream.test.ts']);
  t.strictSame(findTestFiles('integration', [], project), ['db/test/integration/migrate.test.ts']);
});
