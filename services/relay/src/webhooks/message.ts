/**
 * What an endpoint is sent: one event, as Standard Webhooks (standardwebhooks.com) has it. The id is the event's position, so a
 * delivery that comes twice can be told; the signature covers id, time and body.
 */
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
  const id = `event-${event.position}`;
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
