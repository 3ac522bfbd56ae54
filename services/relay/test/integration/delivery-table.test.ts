/**
 * What is recorded of an attempt: fenced by the attempt, and judged by the endpoint as it stands by then; and what is claimed next.
 */
import t from 'tap';
import { createPool } from '@coursewright/events';
import { createDeliveryTable, type ClaimedDelivery } from '../../src/webhooks/delivery-table.ts';
import { forgetWhatIsOver } from '../../src/webhooks/forgetting.ts';
import { createEndpoint, openTestLog } from '../fixtures/relay.ts';

const { url, owner, append } = await openTestLog(t);
const pool = createPool({ databaseUrl: url, applicationName: 'a test', maxConnections: 4, onConnectionLost: () => undefined });
t.teardown(() => pool.end());
const table = createDeliveryTable(pool);
const LEASE_MS = 60_000;
const failed = { status: 500, error: 'answered 500', pauseMs: 5000 };

/** An endpoint with so many deliveries that are due; nothing else is. */
async function endpointWith(deliveries: number): Promise<string> {
  await owner.query('DELETE FROM webhook_endpoints');
  const id = await createEndpoint(owner, 'https://example.com/');
  for (let made = 0; made < deliveries; made += 1) await owner.query('INSERT INTO webhook_deliveries (endpoint_id, position) VALUES ($1, $2)', [id, await append()]);
  return id;
}

async function claimOne(leaseMs = LEASE_MS): Promise<ClaimedDelivery> {
  return (await table.claim(1, 4, leaseMs))[0]!;
}

const endpoint = async () => (await owner.query('SELECT *, extract(epoch FROM open_until - now()) AS open_for_s FROM webhook_endpoints')).rows[0];
const deliveries = async () => (await owner.query('SELECT status, attempts, response_status, error FROM webhook_deliveries ORDER BY position')).rows;

t.test('a failure that becomes known late leaves an open circuit as long as it was', async (t) => {
  await endpointWith(2);
  const slow = await claimOne();
  await owner.query("UPDATE webhook_endpoints SET failures_in_a_row = 9, failing_since = now(), open_until = now() + interval '30 minutes'");
  await table.recordFailed(slow, failed);
  t.match(await endpoint(), { failures_in_a_row: 9, last_error: 'answered 500' });
  const openForS = Number((await endpoint()).open_for_s);
  t.ok(openForS > 1700 && openForS <= 1800, 'not closed, nor sooner, nor later');
  await owner.query('UPDATE webhook_endpoints SET failures_in_a_row = 0, open_until = NULL');
  await table.recordFailed(await claimOne(), failed);
  t.match(await endpoint(), { failures_in_a_row: 1, open_until: null }, 'and few failures open none');
});

t.test('failures that were under way together open the circuit once', async (t) => {
  await endpointWith(8);
  const together = [...(await table.claim(4, 8, LEASE_MS)), ...(await table.claim(4, 8, LEASE_MS))];
  t.equal(together.length, 8);
  for (const each of together) await table.recordFailed(each, failed);
  t.match(await endpoint(), { failures_in_a_row: 5 });
  t.ok(Number((await endpoint()).open_for_s) <= 30);
});

t.test('an attempt that was given up for another one says nothing any more, unless it delivered', async (t) => {
  await endpointWith(1);
  const first = await claimOne(0);
  const second = await claimOne();
  t.equal(second.attempts, 2);
  await table.recordFailed(first, failed);
  await table.release(first);
  t.match(await deliveries(), [{ status: 'sending', attempts: 2, error: null }]);
  t.match(await endpoint(), { failures_in_a_row: 0 });
  await table.recordDelivered(first, 200);
  await table.recordFailed(second, failed);
  t.match(await deliveries(), [{ status: 'delivered', response_status: 200 }]);
});

t.test('what became of an attempt from before a replay says nothing of the replay', async (t) => {
  await endpointWith(1);
  const before = await claimOne();
  await owner.query("UPDATE webhook_deliveries SET status = 'waiting', attempts = 0, replays = replays + 1, next_at = clock_timestamp()");
  const after = await claimOne();
  t.equal(after.attempts, before.attempts);
  await table.recordDelivered(before, 200);
  await table.recordFailed(before, failed);
  await table.release(before);
  t.match(await deliveries(), [{ status: 'sending', attempts: 1 }]);
});

t.test('what an old address answered says nothing of the new one', async (t) => {
  await endpointWith(2);
  const gone = await claimOne();
  await owner.query("UPDATE webhook_endpoints SET url = 'https://example.org/', revision = revision + 1");
  t.equal(await table.recordFailed(gone, { ...failed, status: 410 }), undefined);
  t.match(await endpoint(), { disabled_at: null, failures_in_a_row: 0 });
  t.match((await deliveries())[0], { status: 'waiting', attempts: 0, response_status: null }, 'nor spends any of its attempts');
  t.equal(await table.recordFailed(await claimOne(), { ...failed, status: 410 }), 'it answered 410 Gone');
  t.not((await endpoint()).disabled_at, null);
  t.same(await table.claim(10, 4, LEASE_MS), [], 'a disabled one is left alone');
});

t.test('an attempt that was not made is none', async (t) => {
  await endpointWith(1);
  await table.release(await claimOne());
  t.match(await deliveries(), [{ status: 'waiting', attempts: 0 }]);
  t.equal((await claimOne()).attempts, 1, 'and it is due at once');
});

t.test('an endpoint has few under way at a time, one after its circuit was open, however many processes send', async (t) => {
  const id = await endpointWith(10);
  t.equal((await table.claim(10, 4, LEASE_MS)).length, 4);
  t.equal((await createDeliveryTable(pool).claim(10, 4, LEASE_MS)).length, 0);
  await owner.query("UPDATE webhook_deliveries SET status = 'delivered' WHERE status = 'sending'");
  await owner.query("UPDATE webhook_endpoints SET failures_in_a_row = 5, open_until = now() - interval '1 s'");
  const other = await createEndpoint(owner, 'https://example.net/');
  await owner.query('INSERT INTO webhook_deliveries (endpoint_id, position) VALUES ($1, $2)', [other, await append()]);
  const claims = (await Promise.all([1, 2, 3].map(() => table.claim(10, 4, LEASE_MS)))).flat();
  t.same(claims.map(({ endpointId }) => endpointId).toSorted(), [id, other].toSorted());
});

t.test('the oldest are claimed first, and what nobody recorded is due again when its lease is over', async (t) => {
  await endpointWith(5);
  const claimed = await table.claim(2, 4, 0);
  const rest = await table.claim(2, 4, LEASE_MS);
  const positions = (await owner.query('SELECT position FROM webhook_deliveries ORDER BY position')).rows.map(({ position }) => Number(position));
  t.same(claimed.map(({ event }) => event.position), positions.slice(0, 2));
  t.same(rest.map(({ event }) => event.position), positions.slice(2, 4));
  t.same((await table.claim(9, 9, LEASE_MS)).map(({ event, attempts }) => [event.position, attempts]), [[positions[0], 2], [positions[1], 2], [positions[4], 1]]);
});

t.test('what ended long ago is forgotten, and what waits for an endpoint that was given up', async (t) => {
  const id = await endpointWith(6);
  const ended = async (place: number, status: string, days: number) => owner.query(
    `UPDATE webhook_deliveries SET status = $2, last_attempt_at = now() - $3 * interval '1 day'
     WHERE position = (SELECT position FROM webhook_deliveries ORDER BY position OFFSET $1 LIMIT 1)`, [place, status, days]);
  await ended(0, 'delivered', 8);
  await ended(1, 'delivered', 6);
  await ended(2, 'failed', 31);
  await ended(3, 'failed', 29);
  const left = async () => (await deliveries()).map(({ status }) => String(status));
  await forgetWhatIsOver(pool, new AbortController().signal);
  t.same(await left(), ['delivered', 'failed', 'waiting', 'waiting']);
  await owner.query("UPDATE webhook_endpoints SET disabled_at = now() - interval '29 days' WHERE id = $1", [id]);
  await forgetWhatIsOver(pool, new AbortController().signal);
  t.equal((await left()).length, 4);
  await owner.query("UPDATE webhook_endpoints SET disabled_at = now() - interval '31 days' WHERE id = $1", [id]);
  await forgetWhatIsOver(pool, new AbortController().signal);
  t.same(await left(), ['delivered', 'failed']);
});

t.test('a secret is forgotten once nothing is signed with it any more, and not before', async (t) => {
  const id = await endpointWith(1);
  const secrets = async () => (await owner.query('SELECT previous_secret, previous_secret_until IS NULL AS over FROM webhook_endpoints WHERE id = $1', [id])).rows;
  await owner.query("UPDATE webhook_endpoints SET previous_secret = 'whsec_old', previous_secret_until = now() + interval '1 hour' WHERE id = $1", [id]);
  await forgetWhatIsOver(pool, new AbortController().signal);
  t.same(await secrets(), [{ previous_secret: 'whsec_old', over: false }]);
  await owner.query('UPDATE webhook_endpoints SET previous_secret_until = now() WHERE id = $1', [id]);
  await forgetWhatIsOver(pool, new AbortController().signal);
  t.same(await secrets(), [{ previous_secret: null, over: true }]);
});
