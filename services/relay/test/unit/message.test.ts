/** A webhook's id is the event's own. */
import t from 'tap';
import { messageOf, type SentEvent } from '../../src/webhooks/message.ts';

const SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;
const EVENT: SentEvent = {
  position: 4711, stream: 'node-1+n1', version: 3, type: 'GenerationCompleted', schema_version: 1, data: {}, recorded_at: '2026-11-25T09:00:00.123Z',
};
const idOf = (event: SentEvent, sentAt = new Date(0)): string => messageOf(event, [SECRET], sentAt).headers['webhook-id'] ?? '';

t.test('an event has the same id whenever it is sent', async (t) => {
  t.match(idOf(EVENT), /^event-4711-[0-9a-f]{12}$/);
  t.equal(idOf(EVENT, new Date(86_400_000)), idOf(EVENT));
});

t.test('another event at the same position, behind a tail of the log that was lost, has another id', async (t) => {
  const others: SentEvent[] = [
    { ...EVENT, stream: 'node-1+n2' }, { ...EVENT, version: 4 }, { ...EVENT, recorded_at: '2026-11-25T09:00:00.124Z' }, { ...EVENT, position: 4712 },
  ];
  t.equal(new Set([EVENT, ...others].map((event) => idOf(event))).size, 5);
});
