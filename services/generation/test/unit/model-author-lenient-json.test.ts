/** What the author makes of almost-JSON, and what it refuses to make anything of. */
import t from 'tap';
import { readJsonObject } from '../../src/infrastructure/model-author/lenient-json.ts';

const reads = (title: string, text: string, value: object, key = 'a') =>
  t.test(title, async (t) => t.strictSame(readJsonObject(text, key), { ok: true, value }));

const refuses = (title: string, text: string, problem: RegExp, key = 'a') =>
  t.test(title, async (t) => {
    const reading = readJsonObject(text, key);
    t.equal(reading.ok, false);
    t.match(reading.ok ? '' : reading.problems.join(), problem);
  });

reads('plain JSON is read', '{"a": 1}', { a: 1 });
reads('JSON in a code fence is read', '```json\n{"a": 1}\n```', { a: 1 });
reads('JSON between sentences is read', 'Here you are:\n{"a": {"b": "}"}}\nI hope it helps {a lot}.', {
  a: { b: '}' },
});
reads('a fence inside a string is left alone', '{"a": "```js\\nx\\n```"}', { a: '```js\nx\n```' });
reads('thoughts before the answer are skipped, braces included', '<think>perhaps {"a": 2}?</think>\n{"a": 1}', {
  a: 1,
});
reads('a comma too many is forgiven', '{"a": [1, 2,],}', { a: [1, 2] });
reads('a comma too few is forgiven', '{"a": 1 "b": 2}', { a: 1, b: 2 });
reads('a line break inside a string is forgiven', '{"a": "one\ntwo"}', { a: 'one\ntwo' });
reads('single quotes and bare keys are forgiven', "{a: 'x'}", { a: 'x' });
reads('almost-JSON in a fence is forgiven', '```json\n{"a": "x",}\n```', { a: 'x' });
reads('an escaped NUL is taken out of strings', '{"a": ["x\\u0000y"]}', { a: ['xy'] });
reads('a raw NUL is taken out of strings', '{"a": "x\u0000y"}', { a: 'xy' });
reads('half a surrogate pair becomes a replacement sign', '{"a": "x\\ud83d"}', { a: 'x\ufffd' });
reads('a whole surrogate pair stays', '{"a": "\\ud83d\\ude00"}', { a: '😀' });
reads('line ends become line feeds, other control characters go', '{"a": "1\\r\\n2\\t3\\u001b[31m"}', {
  a: '1\n2\t3[31m',
});

refuses('an empty answer is refused', ' \n', /empty/);
refuses('an answer without an object is refused', 'I cannot help with that.', /no JSON object/);
refuses('a web page is refused', '<html><body>502 Bad Gateway</body></html>', /no JSON object/);
refuses(
  'JSON that stops in mid-string is refused, not completed',
  '{"pages": ["## One\\nThe first',
  /stops before its end/,
);
refuses('JSON that stops in a fence is refused', '```json\n{"pages": ["## One"\n```', /stops before its end/);
refuses('what no repair can mend is refused', '{1 2}', /not valid JSON/);
refuses('an answer of absurd length is refused unread', `{"a": "${'x'.repeat(500_000)}"}`, /longer than/);
refuses('almost-JSON that takes too long to be mended is refused', `{a: ${"it's ".repeat(10_000)}}`, /not valid JSON/);
reads('a long answer is mended as a short one is', `{a: '${'x'.repeat(200_000)}',}`, { a: 'x'.repeat(200_000) });

t.test('nesting 100,000 deep ends as a problem, closed or not, and the process lives', async (t) => {
  const depth = 100_000;
  for (const text of [
    `{"a": ${'['.repeat(depth)}${']'.repeat(depth)}}`,
    `{"a": ${'['.repeat(depth)}`,
    '{"a":'.repeat(30_000) + '}'.repeat(30_000),
    '{a:'.repeat(20_000) + '}'.repeat(20_000),
  ]) {
    t.equal(readJsonObject(text, 'a').ok, false);
  }
});

t.test('no answer holds the event loop for long', async (t) => {
  for (const unit of [' ', '\n', '` ', '{', '"', '\\', '```\n', '<think>', '```think\n', '<think ', "it's ", '}{', '\u0000', ',', 'x" y, ']) {
    const long = unit.repeat(390_000 / unit.length);
    for (const text of [long, `{${long}x`, `{"a": "${long}}`, `{"a": ${long}}`, `{a: '${long}'}`]) {
      const began = process.cpuUsage();
      readJsonObject(text, 'a');
      const { user, system } = process.cpuUsage(began);
      const took = (user + system) / 1000;
      t.ok(took < 4000, `${JSON.stringify(text.slice(0, 20))} took ${Math.round(took)} ms of the processor`);
    }
  }
});

t.test('a __proto__ in the answer changes no prototype', async (t) => {
  const reading = readJsonObject('{"__proto__": {"admin": true}, "a": 1}', 'a');
  t.ok(reading.ok);
  t.equal(Reflect.get({}, 'admin'), undefined);
  if (reading.ok) t.equal(Object.getPrototypeOf(reading.value), Object.prototype);
});
