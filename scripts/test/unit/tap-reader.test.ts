import t from 'tap';
import { TapReader, type FileResult } from '../../tap-reader.ts';

function read(text: string): { results: FileResult[]; reader: TapReader } {
  const reader = new TapReader();
  const results = text.split('\n').map((line) => reader.read(line)).filter((result) => result !== undefined);
  return { results, reader };
}

const ONE_OF_EACH = `TAP version 14
1..3
# Subtest: a.test.ts
    # Subtest: a claim
        ok 1 - should be equal
        ok 2 - should be equal
        1..2
    ok 1 - a claim # time=6.361ms
    ok 2 - not now # SKIP why
    ok 3 - some day # TODO later
    1..3
    # time=21.63ms
ok 1 - a.test.ts # time=1500ms

# Subtest: b.test.ts
    # Subtest: another claim
        not ok 1 - should be equal
          ---
          diff: |
            ok 7 - this is a diff, not a result
          ...
        ok 2 - should be equal
        1..2
    not ok 1 - another claim # time=59.494ms
      ---
      at: somewhere
      ...
    1..1
    # the database of this failure is kept
    # time=80.023ms
not ok 2 - b.test.ts # time=80.023ms
  ---
  exitCode: 1
  ...

# Subtest: c.test.ts
    1..0 # no tests found
not ok 3 - c.test.ts # time=10ms
  ---
  exitCode: 1
  ...

# { total: 7, pass: 3, fail: 2, todo: 1, skip: 1 }
# time=16803.822ms`;

t.test('each test file gives one result, in the order of the output', async (t) => {
  const { results } = read(ONE_OF_EACH);
  t.match(results, [
    { file: 'a.test.ts', ok: true, seconds: 1.5, passed: 2, failures: [] },
    { file: 'b.test.ts', ok: false, passed: 1 },
    { file: 'c.test.ts', ok: false, passed: 0 },
  ]);
});

t.test('a failure is told once, with its titles and its diagnosis', async (t) => {
  const { results } = read(ONE_OF_EACH);
  t.strictSame(results[1]?.failures, [{
    path: ['another claim', 'should be equal'],
    diagnosis: ['          diff: |', '            ok 7 - this is a diff, not a result'],
  }]);
  t.strictSame(results[1]?.comments, ['the database of this failure is kept']);
});

t.test('a file that crashed without a test is a failure by its own name', async (t) => {
  const { results } = read(ONE_OF_EACH);
  t.strictSame(results[2]?.failures, [{ path: ['c.test.ts'], diagnosis: [] }]);
});

t.test('the totals are those that tap counted', async (t) => {
  t.strictSame(read(ONE_OF_EACH).reader.totals, { passed: 3, failed: 2, skipped: 2 });
});

t.test('an output that was cut off has no totals', async (t) => {
  t.equal(read(ONE_OF_EACH.slice(0, ONE_OF_EACH.indexOf('c.test.ts'))).reader.totals, undefined);
});
