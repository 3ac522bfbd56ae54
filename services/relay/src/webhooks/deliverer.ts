/**
 * Sends what is due: woken when there is something new, and every second besides; some at a time, and few of them to one endpoint,
 * so that a slow one holds up nobody. Several processes share the work.
 */
import type { LogListener } from '@coursewright/events';
import type { Logger } from '@coursewright/process';
import type { ClaimedDelivery, DeliveryTable } from './delivery-table.ts';
import { messageOf } from './message.ts';
import { pauseAfter } from './retry-schedule.ts';
import type { Send, SendResult } from './sender.ts';

export interface DelivererParts {
  readonly table: DeliveryTable;
  /** Forgets old deliveries, until `signal` aborts. */
  readonly forgetOld: (signal: AbortSignal) => Promise<void>;
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

export function startDeliverer({ table, forgetOld, send, concurrency, leaseMs, listener, log, chance = Math.random }: DelivererParts): Deliverer {
  const underWay = new Set<Promise<void>>();
  const aborting = new AbortController();
  const stopping = new AbortController();
  let claiming: Promise<void> | undefined;
  let wokenMeanwhile = false;

  function wake(): void {
    wokenMeanwhile = true;
    if (claiming !== undefined || stopping.signal.aborted) return;
    claiming = claimAll().finally(() => {
      claiming = undefined;
      if (wokenMeanwhile && !stopping.signal.aborted && underWay.size < concurrency) wake();
    });
  }

  async function claimAll(): Promise<void> {
    while (wokenMeanwhile && !stopping.signal.aborted) {
      wokenMeanwhile = false;
      const free = concurrency - underWay.size;
      if (free <= 0) return; // Whoever ends wakes.
      try {
        const claimed = await table.claim(free, PER_ENDPOINT, leaseMs);
        claimed.forEach(start);
      } catch (error) {
        log.warn({ err: error }, 'Could not look for webhooks to send');
        return;
      }
    }
  }

  function start(delivery: ClaimedDelivery): void {
    const sending = deliver(delivery).finally(() => {
      underWay.delete(sending);
      wake();
    });
    underWay.add(sending);
  }

  async function deliver(delivery: ClaimedDelivery): Promise<void> {
    const { endpointId, event } = delivery;
    try {
      const result = await attempt(delivery);
      if (result.kind === 'delivered') await table.recordDelivered(delivery, result.status);
      // Aborted by our own stop: no failure of the endpoint's, and no attempt of the delivery's.
      else if (aborting.signal.aborted) await table.release(delivery);
      else await recordFailure(delivery, result);
    } catch (error) {
      log.warn({ err: error, endpoint_id: endpointId, position: event.position }, 'Could not record what became of a webhook; it is sent again');
    }
  }

  /** Whatever goes wrong here goes wrong again with the next attempt: it counts, so that it comes to an end. */
  async function attempt({ url, event, secrets }: ClaimedDelivery): Promise<SendResult> {
    try {
      return await send(url, messageOf(event, secrets, new Date()), aborting.signal);
    } catch (error) {
      return { kind: 'failed', error: `could not be made ready to send: ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  async function recordFailure(delivery: ClaimedDelivery, { error, status, retryAfterMs }: SendResult & { kind: 'failed' }): Promise<void> {
    const { endpointId, attempts, event } = delivery;
    const pauseMs = pauseAfter(attempts, retryAfterMs, chance());
    log.info({ endpoint_id: endpointId, position: event.position, attempts, error, next_in_ms: pauseMs }, 'A webhook was not delivered');
    const disabled = await table.recordFailed(delivery, { status, error, pauseMs });
    if (disabled !== undefined) log.warn({ endpoint_id: endpointId, reason: disabled }, 'A webhook endpoint was disabled');
  }

  const unlisten = listener.onWake('deliveries', wake);
  let forgetting: Promise<void> = Promise.resolve();
  function forget(): void {
    forgetting = forgetting.then(() => forgetOld(stopping.signal)).catch((error: unknown) => log.warn({ err: error }, 'Could not forget old deliveries'));
  }
  const everyHour = setInterval(forget, FORGET_EVERY_MS);
  forget();
  wake();

  return {
    async stop(graceMs) {
      stopping.abort();
      unlisten();
      clearInterval(everyHour);
      const timer = setTimeout(() => aborting.abort(), graceMs);
      await claiming;
      await Promise.all(underWay);
      clearTimeout(timer);
      await forgetting;
    },
  };
}
