/**
 * Sends what is due: woken when there is something new, and every second besides; some at a time, and few of them to one endpoint,
 * so that a slow one holds up nobody. Several processes share the work.
 */
import type { LogListener } from '@coursewright/events';
import type { Logger } from '@coursewright/process';
import type { ClaimedDelivery, DeliveryTable } from './delivery-table.ts';
import { messageOf } from './message.ts';
import { isGivenUp, openAfter, pauseAfter } from './retry-schedule.ts';
import type { Send, SendResult } from './sender.ts';

export interface DelivererParts {
  readonly table: DeliveryTable;
  readonly send: Send;
  /** Deliveries under way at a time. */
  readonly concurrency: number;
  /** After how long a claimed delivery counts as lost with its process, in milliseconds. Longer than an attempt takes. */
  readonly leaseMs: number;
  readonly listener: LogListener;
  readonly log: Logger;
  readonly chance?: () => number;
}

export interface Deliverer {
  /** Claims nothing more, lets what is under way finish for `graceMs`, and aborts the rest, which is sent again later. */
  stop(graceMs: number): Promise<void>;
}

const PER_ENDPOINT = 4;
const FORGET_EVERY_MS = 3_600_000;
/** It answers 410: it does not want to be told any more. */
const GONE = 410;

export function startDeliverer({ table, send, concurrency, leaseMs, listener, log, chance = Math.random }: DelivererParts): Deliverer {
  const busy = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  const aborting = new AbortController();
  let stopping = false;
  let claiming: Promise<void> | undefined;
  let wokenMeanwhile = false;

  function wake(): void {
    wokenMeanwhile = true;
    if (claiming !== undefined || stopping) return;
    claiming = claimAll().finally(() => {
      claiming = undefined;
      if (wokenMeanwhile && !stopping && underWay.size < concurrency) wake();
    });
  }

  async function claimAll(): Promise<void> {
    while (wokenMeanwhile && !stopping) {
      wokenMeanwhile = false;
      const free = concurrency - underWay.size;
      if (free <= 0) return; // Whoever ends wakes.
      try {
        const claimed = await table.claim(free, PER_ENDPOINT, busy, leaseMs);
        claimed.forEach(start);
      } catch (error) {
        log.warn({ err: error }, 'Could not look for webhooks to send');
        return;
      }
    }
  }

  function start(delivery: ClaimedDelivery): void {
    const { endpointId } = delivery;
    busy.set(endpointId, (busy.get(endpointId) ?? 0) + 1);
    const sending = deliver(delivery).finally(() => {
      const left = (busy.get(endpointId) ?? 1) - 1;
      if (left === 0) busy.delete(endpointId);
      else busy.set(endpointId, left);
      underWay.delete(sending);
      wake();
    });
    underWay.add(sending);
  }

  async function deliver(delivery: ClaimedDelivery): Promise<void> {
    try {
      const result = await send(delivery.url, messageOf(delivery.event, delivery.secret, new Date()), aborting.signal);
      if (result.kind === 'delivered') await table.recordDelivered(delivery, result.status);
      // Aborted by our own stop: no failure of the endpoint's. It is due again when the lease is over.
      else if (!aborting.signal.aborted) await recordFailure(delivery, result);
    } catch (error) {
      log.warn({ err: error, endpoint_id: delivery.endpointId, position: delivery.event.position }, 'Could not record what became of a webhook; it is sent again');
    }
  }

  async function recordFailure(delivery: ClaimedDelivery, { error, status, retryAfterMs }: SendResult & { kind: 'failed' }): Promise<void> {
    const { endpointId, attempts, failuresInARow, failingForMs, event } = delivery;
    const pauseMs = pauseAfter(attempts, retryAfterMs, chance());
    const disable = status === GONE ? 'it answered 410 Gone' : isGivenUp(failingForMs) ? 'nothing could be delivered for five days' : undefined;
    log.info({ endpoint_id: endpointId, position: event.position, attempts, error, next_in_ms: pauseMs }, 'A webhook was not delivered');
    if (disable !== undefined) log.warn({ endpoint_id: endpointId, reason: disable }, 'A webhook endpoint was disabled');
    await table.recordFailed(delivery, { status, error, pauseMs, openMs: openAfter(failuresInARow + 1), disable });
  }

  const unlisten = listener.onWake('deliveries', wake);
  const forgetting = setInterval(() => {
    table.forgetOld().catch((error: unknown) => log.warn({ err: error }, 'Could not forget old deliveries'));
  }, FORGET_EVERY_MS);
  wake();

  return {
    async stop(graceMs) {
      stopping = true;
      unlisten();
      clearInterval(forgetting);
      await claiming;
      const timer = setTimeout(() => aborting.abort(), graceMs);
      await Promise.all(underWay);
      clearTimeout(timer);
    },
  };
}
