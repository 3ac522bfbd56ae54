/**
 * What an endpoint is sent: one event, as Standard Webhooks (standardwebhooks.com) has it. The id is the event's own, so a
 * delivery that comes twice can be told; the signature covers id, time and body.
 */
import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** An event as it is sent. */
export interface SentEvent {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly schema_version: number;
  readonly data: unknown;
  /** ISO 8601, UTC. */
  readonly recorded_at: string;
}

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * @param secrets signed with each of them, for a receiver that knows one: more than one while the secret is being changed
 * @param sentAt of this attempt: receivers refuse what is older than some minutes
 * @throws Error when a secret is none
 */
export function messageOf(event: SentEvent, secrets: readonly string[], sentAt: Date): Message {
  const { type, recorded_at: timestamp, ...rest } = event;
  const body = JSON.stringify({ type, timestamp, data: rest });
  const id = idOf(event);
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Coursewright-Webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
      'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, sentAt, body)).join(' '),
    },
  };
}

/**
 * The same whenever the event is sent, and no other event's. Its position alone would not do: where the tail of the log is lost (a failover to
 * a standby that lagged behind, a restore), other events get the positions, and a receiver would take them for what it has already.
 */
function idOf({ position, stream, version, recorded_at: recordedAt }: SentEvent): string {
  const rest = createHash('sha256').update(JSON.stringify([stream, version, recordedAt])).digest('hex');
  return `event-${position}-${rest.slice(0, 12)}`;
}
