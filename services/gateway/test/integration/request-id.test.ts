/** Each request has an id that follows it through header, log and event. */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream } from '@coursewright/events';
import { generationByHand } from '../fixtures/generation-by-hand.ts';
import { startGateway } from '../fixtures/running-gateway.ts';
import { courseRequest } from '../fixtures/sample-course.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const database = await testDatabase(t);
const { store } = generationByHand(t, database.url);
const gateway = await startGateway(t, { DATABASE_URL: database.url });

/** Asks for a course with this request id; returns the id in the answer's header and the event's metadata. */
async function ask(headers: Record<string, string>) {
  const answer = await gateway.send('POST', '/api/v1/course-map/generate', {
    json: courseRequest(),
    headers: { prefer: 'respond-async', ...headers },
  });
  const [event] = await store.readStream(courseMapStream(answer.json.course_map_id));
  return { answered: answer.headers.get('x-request-id'), metadata: event?.metadata };
}

t.test('a harmless request id of the client is kept and becomes the correlation id of the event', async (t) => {
  for (const id of ['a', 'Trace_1.2-3', 'x'.repeat(100)]) {
    const { answered, metadata } = await ask({ 'x-request-id': id });
    t.equal(answered, id);
    t.strictSame(metadata, { correlation_id: id, causation_id: null, actor: 'gateway', via: 'http' });
  }
});

t.test('a request id that could do harm in a log or a header is replaced', async (t) => {
  const harmful = ['', ' ', 'two words', '<script>', '"quoted"', '../../etc', 'a,b', 'käse', '%0d%0a', 'x'.repeat(101)];
  for (const id of harmful) {
    const { answered, metadata } = await ask({ 'x-request-id': id });
    t.match(answered, UUID, JSON.stringify(id));
    t.equal(metadata?.correlation_id, answered);
  }
});

t.test('every request without an id is given one of its own, also the ones that are refused', async (t) => {
  const answers = [
    await gateway.send('GET', '/livez'),
    await gateway.send('GET', '/livez'),
    await gateway.send('GET', '/nowhere'),
    await gateway.send('POST', '/api/v1/course-map/generate', { json: {} }),
  ];
  const ids = answers.map(({ headers }) => headers.get('x-request-id'));
  for (const id of ids) t.match(id, UUID);
  t.equal(new Set(ids).size, ids.length);
});

t.test('the request id stands in the log of the process', async (t) => {
  await gateway.send('GET', '/livez', { headers: { 'x-request-id': 'look-for-me' } });
  const line = gateway.logged.find(({ request_id: id }) => id === 'look-for-me');
  t.match(line, { method: 'GET', path: '/livez', status: 200 });
});
