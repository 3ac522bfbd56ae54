/** What a person reads of a service's log. */
import t from 'tap';
import { formatLogLine } from '../../src/log-line.ts';

const plain = { isColourful: false };
const line = JSON.stringify({
  level: 'info',
  time: '2026-11-23T12:00:01.000Z',
  service: 'generation',
  worker_id: 'generation-1',
  course_map_id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  node_id: 'n3',
  attempt: 1,
  msg: 'Node content generated successfully',
});

t.test('a record becomes name, time, level, message and short fields', async (t) => {
  t.equal(
    formatLogLine('generation-1', 0, line, plain),
    'generation-1  │ 12:00:01.000 info  Node content generated successfully course=0f8fad5b-d9cb-469f-a165-70867728950e node=n3 attempt=1',
  );
});

t.test('what is no record is passed on behind the name', async (t) => {
  for (const text of ['plain words', '{"half":', '[1]', 'null', '']) {
    t.equal(formatLogLine('gateway', 1, text, plain), `gateway       │ ${text}`);
  }
});

t.test("an error's message is shown, its stack is not", async (t) => {
  const shown = formatLogLine('gateway', 1, '{"level":"warn","msg":"Lost","err":{"message":"gone","stack":"at x"}}', plain);
  t.match(shown, '(gone)');
  t.notMatch(shown, 'at x');
});

t.test('colour is added only for those who can see it', async (t) => {
  t.notMatch(formatLogLine('gateway', 1, line, plain), '\u001b');
  t.match(formatLogLine('gateway', 1, line, { isColourful: true }), '\u001b[');
});
