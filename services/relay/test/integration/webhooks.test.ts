/**
 * Webhooks: what happened reaches somebody's server, signed, once it answers; a server that is broken, slow, gone or not what it
 * says it is harms nobody else; and nothing is sent to where it must not go.
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import t from 'tap';
import { Webhook } from 'standardwebhooks';
import { freePort, until } from '@coursewright/events/testing';
import { startReceiver } from '../fixtures/receiver.ts';
import { createEndpoint, openTestLog, SECRET, startRelay } from '../fixtures/relay.ts';

const log = await openTestLog(t);
const { url, owner } = log;

async function endpointOf(id: string): Promise<Record<string, unknown>> {
  return (await owner.query<Record<string, unknown>>('SELECT * FROM webhook_endpoints WHERE id = $1', [id])).rows[0]!;
}

async function deliveriesOf(id: string): Promise<Record<string, unknown>[]> {
  return (await owner.query<Record<string, unknown>>('SELECT * FROM webhook_deliveries WHERE endpoint_id = $1 ORDER BY position', [id])).rows;
}

/** What waits for its next attempt waits no more. */
async function hurry(id: string): Promise<void> {
  await owner.query("UPDATE webhook_deliveries SET next_at = clock_timestamp() WHERE endpoint_id = $1 AND status = 'waiting'", [id]);
  await owner.query('UPDATE webhook_endpoints SET open_until = NULL WHERE id = $1', [id]);
  await owner.query("SELECT pg_notify('deliveries', '')");
}

await startRelay(t, url, { WEBHOOK_TIMEOUT_MS: '5000' });

t.test('an event is sent, signed as Standard Webhooks has it, to each endpoint that wants its type', async (t) => {
  const all = await startReceiver(t);
  const few = await startReceiver(t);
  await createEndpoint(owner, all.url);
  const others = await createEndpoint(owner, few.url, { types: ['RecoveryCompleted'] });
  const position = await log.append();
  await until('it is received', () => all.received.length === 1);
  const { headers, body } = all.received[0]!;
  t.match(headers['webhook-id'], new RegExp(`^event-${position}-[0-9a-f]{12}$`));
  const verified = new Webhook(SECRET).verify(body, headers as Record<string, string>);
  t.match(verified, { type: 'RecoveryRequested', timestamp: /^\d{4}-.*Z$/, data: { position: Number(position), version: 1, data: { force: false } } });
  t.throws(() => new Webhook(SECRET).verify(`${body} `, headers as Record<string, string>), 'another body');
  t.same(await deliveriesOf(others), [], 'a type that was not asked for');
});

t.test('while a secret is being changed, who knows either of them can verify; later only who knows the new one', async (t) => {
  const { received, url: hook } = await startReceiver(t);
  const id = await createEndpoint(owner, hook);
  const next = `whsec_${Buffer.from('another secret of 24 byt').toString('base64')}`;
  await owner.query("UPDATE webhook_endpoints SET previous_secret = secret, secret = $2, previous_secret_until = now() + interval '1 hour' WHERE id = $1", [id, next]);
  const verifies = ({ headers, body }: (typeof received)[number], secret: string): boolean => {
    try {
      return new Webhook(secret).verify(body, headers as Record<string, string>) !== undefined;
    } catch {
      return false;
    }
  };
  await log.append();
  await until('it is received', () => received.length === 1);
  t.same([verifies(received[0]!, SECRET), verifies(received[0]!, next)], [true, true]);
  await owner.query('UPDATE webhook_endpoints SET previous_secret_until = now() WHERE id = $1', [id]);
  await log.append();
  await until('the second is received', () => received.length === 2);
  t.same([verifies(received[1]!, SECRET), verifies(received[1]!, next)], [false, true]);
});

t.test('an endpoint is told of what comes after it was made, once each', async (t) => {
  const early = await log.append();
  const { received, url: hook } = await startReceiver(t);
  const id = await createEndpoint(owner, hook);
  const positions = [await log.append(), await log.append(), await log.append()];
  await until('all are delivered', async () => (await deliveriesOf(id)).filter(({ status }) => status === 'delivered').length === 3);
  t.same(received.map(({ position }) => position).toSorted(), positions);
  t.notOk(received.some(({ position }) => position === early));
});

t.test('what is refused is sent again later, with the same id and a new time, until it is taken', async (t) => {
  const { received, url: hook } = await startReceiver(t, (_one, before) => (before < 2 ? { status: 500 } : { status: 200 }));
  const id = await createEndpoint(owner, hook);
  const position = await log.append();
  for (const attempt of [1, 2]) {
    await until(`attempt ${attempt} has failed`, async () => (await deliveriesOf(id))[0]?.['error'] !== null && received.length === attempt);
    const [delivery] = await deliveriesOf(id);
    t.match(delivery, { status: 'waiting', attempts: attempt, response_status: 500, error: 'answered 500' });
    t.ok((delivery!['next_at'] as Date).getTime() > Date.now() + 2000, 'not at once');
    await owner.query("UPDATE webhook_deliveries SET error = NULL WHERE endpoint_id = $1", [id]);
    await hurry(id);
  }
  await until('it is delivered', async () => (await deliveriesOf(id))[0]?.['status'] === 'delivered');
  t.same(received.map((one) => one.position), [position, position, position]);
  t.match(await endpointOf(id), { failures_in_a_row: 0, failing_since: null });
});

t.test('after its last attempt a delivery has failed, and stays so', async (t) => {
  const { received, url: hook } = await startReceiver(t, () => ({ status: 503 }));
  const id = await createEndpoint(owner, hook);
  await log.append();
  await until('it was tried', async () => (await deliveriesOf(id))[0]?.['error'] === 'answered 503');
  await owner.query('UPDATE webhook_deliveries SET attempts = 9 WHERE endpoint_id = $1', [id]);
  await hurry(id);
  await until('it has failed', async () => (await deliveriesOf(id))[0]?.['status'] === 'failed');
  t.match(await deliveriesOf(id), [{ attempts: 10 }]);
  t.equal(received.length, 2);
});

t.test('a pause that the endpoint asks for is kept', async (t) => {
  const { url: hook } = await startReceiver(t, () => ({ status: 429, headers: { 'retry-after': '7200' } }));
  const id = await createEndpoint(owner, hook);
  await log.append();
  await until('it was tried', async () => (await deliveriesOf(id))[0]?.['error'] === 'answered 429');
  const inMs = ((await deliveriesOf(id))[0]!['next_at'] as Date).getTime() - Date.now();
  t.ok(inMs > 7_100_000 && inMs < 7_300_000, `in ${inMs} ms`);
});

t.test('after failures in a row the circuit opens: nothing is sent, no attempt is used up; one success closes it', async (t) => {
  const broken = { yet: true };
  const { received, url: hook } = await startReceiver(t, () => ({ status: broken.yet ? 500 : 200 }));
  const id = await createEndpoint(owner, hook);
  for (let event = 0; event < 12; event += 1) await log.append();
  await until('the circuit is open', async () => (await endpointOf(id))['open_until'] !== null && (await endpointOf(id))['failures_in_a_row'] as number >= 5);
  // Whatever was on its way arrives.
  await until('nothing is under way', async () => (await deliveriesOf(id)).every(({ attempts, error }) => attempts === 0 || error !== null));
  const sent = received.length;
  t.ok(sent < 12, `${sent} of 12 were tried`);
  await owner.query("UPDATE webhook_deliveries SET next_at = clock_timestamp() WHERE endpoint_id = $1", [id]);
  const other = await startReceiver(t);
  await createEndpoint(owner, other.url);
  await log.append();
  await until('another endpoint is served', () => other.received.length === 1);
  t.equal(received.length, sent, 'meanwhile this one is left alone');
  broken.yet = false;
  await hurry(id);
  await until('all is delivered', async () => (await deliveriesOf(id)).every(({ status }) => status === 'delivered'));
  t.match(await endpointOf(id), { failures_in_a_row: 0, open_until: null });
});

t.test('an endpoint that never answers costs its time limit, and holds up nobody', async (t) => {
  const slow = await startReceiver(t, () => ({ status: 200, hangs: true }));
  const quick = await startReceiver(t);
  const id = await createEndpoint(owner, slow.url);
  await createEndpoint(owner, quick.url);
  for (let event = 0; event < 10; event += 1) await log.append();
  await until('the quick one has them all', () => quick.received.length === 10);
  await until('the slow one has failed', async () => (await deliveriesOf(id)).some(({ error }) => error === 'no answer within 5000 ms'));
});

t.test('an answer that is none (101, half a header, a reset) is a failure, and the relay stops in order', async (t) => {
  const { url: own, owner: its, append } = await openTestLog(t);
  const { stop } = await startRelay(t, own, { WEBHOOK_TIMEOUT_MS: '500' });
  const answers = ['HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', 'HTTP/1.1 200 O', 'HTTP/1.1 100 Continue\r\n\r\n', ''];
  const ids = await Promise.all(answers.map(async (answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).resume();
      if (answer === '') socket.destroy();
      else socket.write(answer);
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
    return createEndpoint(its, `http://127.0.0.1:${port}/`);
  }));
  await append();
  await until('all have failed', async () => (await its.query('SELECT FROM webhook_deliveries WHERE error IS NOT NULL')).rowCount === ids.length);
  await stop();
  t.pass('and did not wait for them');
});

t.test('a redirect is not followed', async (t) => {
  const target = await startReceiver(t);
  const { url: hook } = await startReceiver(t, () => ({ status: 307, headers: { location: target.url } }));
  const id = await createEndpoint(owner, hook);
  await log.append();
  await until('it has failed', async () => (await deliveriesOf(id))[0]?.['error'] === 'answered 307; redirects are not followed');
  t.same(target.received, []);
});

t.test('an answer without end is not read: its status is what counts', async (t) => {
  let written = 0;
  const closed = Promise.withResolvers<void>();
  const server = createHttpServer((_request, response) => {
    const more = (): void => {
      while (!response.destroyed && written < 1e9) {
        written += 65_536;
        if (!response.write('x'.repeat(65_536))) break;
      }
    };
    response.writeHead(200).on('drain', more).on('close', () => closed.resolve());
    more();
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const id = await createEndpoint(owner, `http://127.0.0.1:${port}/`);
  await log.append();
  await until('it is delivered', async () => (await deliveriesOf(id))[0]?.['status'] === 'delivered');
  await closed.promise;
  t.ok(written < 1e8, `${written} bytes were taken from it`);
});

t.test('an endpoint whose secret cannot sign fails, attempt by attempt', async (t) => {
  const { received, url: hook } = await startReceiver(t);
  const id = await createEndpoint(owner, hook);
  await owner.query("UPDATE webhook_endpoints SET secret = '' WHERE id = $1", [id]);
  await log.append();
  await until('it has failed', async () => String((await deliveriesOf(id))[0]?.['error']).startsWith('could not be made ready'));
  t.match(await deliveriesOf(id), [{ status: 'waiting', attempts: 1 }]);
  t.same(received, []);
});

t.test('a relay that is stopped uses up no attempt of what it was sending', async (t) => {
  const { url: own, owner: its, append } = await openTestLog(t);
  const { stop } = await startRelay(t, own, { WEBHOOK_TIMEOUT_MS: '60000', SHUTDOWN_GRACE_MS: '0' });
  const { received, url: hook } = await startReceiver(t, () => ({ status: 200, hangs: true }));
  await createEndpoint(its, hook);
  await append();
  await until('it is being sent', () => received.length === 1);
  await stop();
  const { rows } = await its.query("SELECT status, attempts, next_at <= now() AS due FROM webhook_deliveries");
  t.same(rows, [{ status: 'waiting', attempts: 0, due: true }]);
  t.match((await its.query('SELECT failures_in_a_row FROM webhook_endpoints')).rows, [{ failures_in_a_row: 0 }]);
});

t.test('an endpoint that says 410 is disabled, and what is for it waits until it is enabled', async (t) => {
  const gone = { yet: true };
  const { received, url: hook } = await startReceiver(t, () => ({ status: gone.yet ? 410 : 200 }));
  const id = await createEndpoint(owner, hook);
  await log.append();
  await until('it is disabled', async () => (await endpointOf(id))['disabled_at'] !== null);
  t.match(await endpointOf(id), { disabled_reason: 'it answered 410 Gone' });
  const later = await log.append();
  await until('the next waits', async () => (await deliveriesOf(id)).length === 2);
  gone.yet = false;
  await owner.query('UPDATE webhook_endpoints SET disabled_at = NULL, disabled_reason = NULL WHERE id = $1', [id]);
  await hurry(id);
  await until('it is delivered', () => received.some(({ position }) => position === later));
});

t.test('an endpoint that has failed for five days is disabled', async (t) => {
  const { url: hook } = await startReceiver(t, () => ({ status: 500 }));
  const id = await createEndpoint(owner, hook);
  await owner.query("UPDATE webhook_endpoints SET failing_since = clock_timestamp() - interval '121 hours', failures_in_a_row = 1 WHERE id = $1", [id]);
  await log.append();
  await until('it is disabled', async () => (await endpointOf(id))['disabled_at'] !== null);
  t.match(await endpointOf(id), { disabled_reason: 'nothing could be delivered for five days' });
});

t.test('nobody there: the connection is refused, and it is tried again', async (t) => {
  const id = await createEndpoint(owner, `http://127.0.0.1:${await freePort()}/`);
  await log.append();
  await until('it has failed', async () => String((await deliveriesOf(id))[0]?.['error']).includes('ECONNREFUSED'));
  t.match(await deliveriesOf(id), [{ status: 'waiting', response_status: null }]);
});

t.test('unless it is allowed, nothing connects to a private address, by number or by name, nor over plain HTTP', async (t) => {
  const { url: strict, owner: strictOwner, append } = await openTestLog(t);
  await startRelay(t, strict, { WEBHOOKS_ALLOW_PRIVATE: 'false', WEBHOOK_TIMEOUT_MS: '2000' });
  let connections = 0;
  const trap = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  const port = await freePort();
  await new Promise<void>((resolve) => trap.listen(port, resolve));
  t.teardown(() => new Promise<void>((resolve) => trap.close(() => resolve())));
  const ids = await Promise.all(
    [`https://127.0.0.1:${port}/`, `https://localhost:${port}/`, `https://[::1]:${port}/`, `https://[::ffff:127.0.0.1]:${port}/`, `https://2130706433:${port}/`,
      'https://10.0.0.1/', 'https://169.254.169.254/latest/meta-data', `http://127.0.0.1:${port}/`, 'http://example.com/'].map((hook) => createEndpoint(strictOwner, hook)),
  );
  await append();
  await until('all have failed', async () => (await strictOwner.query("SELECT FROM webhook_deliveries WHERE error IS NOT NULL")).rowCount === ids.length);
  t.equal(connections, 0);
  const { rows } = await strictOwner.query<{ error: string }>('SELECT DISTINCT error FROM webhook_deliveries');
  t.ok(rows.every(({ error }) => /private|not allowed|only https/i.test(error)), JSON.stringify(rows));
});
