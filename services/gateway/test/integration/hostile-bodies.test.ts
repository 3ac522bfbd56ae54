/**
 * A thousand bodies that mean no good: none is taken, none is a defect of ours, none costs much, and the prototype of nothing is changed.
 */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { startGateway, type Answer } from '../fixtures/running-gateway.ts';
import { courseRequest } from '../fixtures/sample-course.ts';

const database = await testDatabase(t);
const gateway = await startGateway(t, { DATABASE_URL: database.url });
const valid = JSON.stringify(courseRequest());
const behind = valid.slice(1);
const repeated = (text: string, times: number): string => text.repeat(times);

/** Each by a number, so that no two are the same. */
const HOSTILE: readonly ((n: number) => string | Uint8Array<ArrayBuffer>)[] = [
  (n) => repeated('[', 10_000 + n) + repeated(']', 10_000 + n),
  (n) => `{"topic":${repeated('{"a":', 33 + n)}1${repeated('}', 33 + n)}}`,
  (n) => `{"topic":"a${n}","topic":"b",${behind}`,
  (n) => `{"\\u0074opic":"${n}",${behind}`,
  (n) => `{${Array.from({ length: 1001 + n }, (_, key) => `"k${key}":0`).join()}}`,
  (n) => `{"__proto__":{"isAdmin":${n}},${behind}`,
  (n) => `{"\\u005f_proto__":{"isAdmin":${n}},${behind}`,
  (n) => `{"constructor":{"prototype":{"isAdmin":${n}}},${behind}`,
  (n) => `{"prototype":{"isAdmin":${n}},${behind}`,
  (n) => `{"toString":${n},"hasOwnProperty":1,"then":1,"toJSON":1,${behind}`,
  (n) => `{"interested_concepts":{"length":${n},"__proto__":[]},${behind}`,
  (n) => `{"interested_concepts":[${repeated(`"${n}",`, 8000)}"x"],${behind.replace('"topic":"', '"x":"')}`,
  (n) => `{"topic":"\\u0000${n}","level":null,"focus":[],"verified_concept":{},"mode":1e999,"total_commitment_minutes":-0}`,
  (n) => `{"topic":"\\ud800${n}",${behind.replace('"topic"', '"focus"')}`,
  (n) => valid.replace(/\d+/, `1e${n + 300}`),
  (n) => valid.replace(/\d+/, `${n}.5`),
  (n) => `{"topic":"${repeated('é', 30_000 + n)}"}`,
  (n) => valid.slice(0, 10 + (n % 50)),
  (n) => Uint8Array.from(valid, (character, at) => (at === 12 + (n % 5) ? 0xff : character.charCodeAt(0))).map((byte, at) => (at === 0 ? 0xfe : byte)),
  (n) => `\u{feff}${repeated(' ', n)}${valid}x`,
  (n) => `[${valid},${n}]`,
  (n) => `${valid}${repeated(' ', 70_000)}${n}`,
  (n) => `{"topic":"${repeated('\\', 2 * n + 1)}"}`,
  (n) => `{"total_commitment_minutes":"${n}",${behind.replace('"total_commitment_minutes"', '"language"')}`,
  (n) => `{"topic":"' OR 1=1; DROP TABLE recorded_events; -- ${n}","unexpected":"${n}",${behind}`,
];

t.test('a thousand hostile bodies', async (t) => {
  const times: number[] = [];
  let before = 0;
  const wrong: string[] = [];
  for (let n = 0; n < 1000 / HOSTILE.length; n += 1) {
    if (n === 20) before = process.memoryUsage().rss; // Behind what is compiled and filled once.
    for (const [index, make] of HOSTILE.entries()) {
      const body = make(n);
      const startedAt = process.cpuUsage();
      const answer: Answer = await gateway.send('POST', '/api/v1/course-map/generate', { body, headers: { 'content-type': 'application/json', prefer: 'respond-async' } });
      const { user, system } = process.cpuUsage(startedAt);
      times.push((user + system) / 1000);
      if (![400, 413].includes(answer.status)) wrong.push(`${index}: ${answer.status} ${answer.text.slice(0, 200)} for ${String(body).slice(0, 100)}`);
    }
  }
  t.same(wrong, []);
  const [p99] = times.sort((one, other) => other - one).slice(Math.floor(times.length / 100));
  t.equal(times.length, 1000);
  t.ok(p99! < 100, `p99 ${p99!.toFixed(1)} ms of the processor, the client's share and all`);
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  t.ok(grown < 100, `500 of them leave ${grown.toFixed(0)} MiB more`);
  t.equal(({} as Record<string, unknown>)['isAdmin'], undefined, 'no prototype has changed');
  const { pool: owner } = generationByHand(t, database.url);
  t.same((await owner.query('SELECT FROM recorded_events')).rows, [], 'and nothing was recorded');
});
