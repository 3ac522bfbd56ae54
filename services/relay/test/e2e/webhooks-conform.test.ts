/**
 * Webhooks as a consumer: whatever is killed, every event reaches the endpoint.
 */
import t from 'tap';
import { conformanceClaims, freePort } from '@coursewright/events/testing';
import { startReceiver } from '../fixtures/receiver.ts';
import { createEndpoint, openTestLog, spawnRelay } from '../fixtures/relay.ts';

const log = await openTestLog(t);
const { received, url: hook } = await startReceiver(t);
await createEndpoint(log.owner, hook);
const ports = await Promise.all(Array.from({ length: 3 }, () => freePort()));
let started = 0;

const claims = conformanceClaims({
  name: 'webhooks',
  promise: 'at least once',
  // Several are under way at a time.
  inOrder: false,
  owner: log.owner,
  wants: 'true',
  append: async () => void (await Promise.all(Array.from({ length: 6 }, () => log.append()))),
  // A killed process has claimed some; they count as lost with it after two time limits.
  start: () => spawnRelay(log.url, ports[(started += 1) % ports.length]!, { WEBHOOK_TIMEOUT_MS: '2500' }),
  dealtWith: async () => received.map(({ position }) => position),
});
for (const { title, test } of claims) {
  t.test(title, { timeout: 600_000 }, async (t) => {
    t.same(await test(), []);
  });
}
