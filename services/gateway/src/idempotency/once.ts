/**
 * Requests that may be sent again. What a request does is done in one transaction, and with a key that transaction also says that it is done:
 * so whatever becomes of the gateway, the request is either as if it had never come, or done once. What it is answered with is then
 * remembered too; a gateway that died between the two leaves the answer to whoever is asked next.
 *
 * The header and its rules are those of draft-ietf-httpapi-idempotency-key-header.
 */
import { createHash, randomUUID } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Context } from 'koa';
import type pg from 'pg';
import { inTransaction, type Transaction } from '@coursewright/events';
import type { RequestState } from '../error-middleware.ts';
import { Problem } from '../problem.ts';
import { createRememberedRequests, type KeyedRequest, type RememberedAnswer, type RememberingTimes } from './remembered-requests.ts';

/**
 * Runs what a request does, in a transaction; when the request is one that was done before, resolves with what that gave instead. Whatever
 * decides whether it may be done belongs in `work`, for it may hold no longer once it is done. What `work` gives must be JSON.
 */
export type Once = <Result>(work: (transaction: Transaction) => Promise<Result>) => Promise<Result>;

export interface Idempotency {
  /**
   * Answers a request by `handle`, or with what it was answered with before.
   *
   * @param client whose keys it is among
   * @param asked what the request says beyond its method and path: with another, the same key is refused
   * @throws Problem idempotency_key_reused, request_in_flight, invalid_request (the key), and whatever `handle` throws
   */
  answer(ctx: Context, client: string, asked: unknown, handle: (once: Once) => Promise<void> | void): Promise<void>;
}

const KEY = /^[\x21-\x7e]{1,255}$/;
/** What a repeated answer must have in common with the first, beyond its status and body. */
const KEPT_HEADERS = ['content-type', 'location', 'cache-control'];
const TIMES: RememberingTimes = { leaseMs: 10_000, keptMs: 24 * 3_600_000 };

export function createIdempotency(pool: pg.Pool, times: RememberingTimes = TIMES): Idempotency {
  const requests = createRememberedRequests(pool, times);
  const withoutKey: Once = (work) => inTransaction(pool, work);

  async function answerKeyed(ctx: Context, request: KeyedRequest, handle: (once: Once) => Promise<void> | void): Promise<void> {
    const holder = randomUUID();
    const known = await requests.take(request, holder);
    if (known?.isSame === false) throw new Problem('idempotency_key_reused');
    if (known?.answer !== undefined) return repeat(ctx, known.answer);
    if (known?.isHeld === true) throw inFlight();

    let isDone = known !== undefined;
    const once: Once = async <Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> => {
      if (known !== undefined) return known.result as Result;
      if (isDone) throw new Error('a request has one effect');
      const result = await inTransaction(pool, async (transaction) => {
        if (!(await requests.begin(transaction, request))) throw inFlight();
        const given = await work(transaction);
        await requests.remember(transaction, request, holder, given);
        return given;
      });
      isDone = true;
      return result;
    };
    // Who waits long is known to be alive.
    const beat = setInterval(() => void (isDone && requests.hold(request, holder).catch(() => undefined)), times.leaseMs / 3);
    try {
      await handle(once);
      if (isDone && !(await requests.answer(request, holder, answerOf(ctx)))) throw inFlight();
    } catch (error) {
      if (isDone) await leave(ctx, request, holder, error);
      throw error;
    } finally {
      clearInterval(beat);
    }
  }

  /** A refusal for good is an answer; what may go better another time is left to whoever asks again. */
  async function leave(ctx: Context, request: KeyedRequest, holder: string, error: unknown): Promise<void> {
    if (!(error instanceof Problem)) return requests.release(request, holder).catch(() => undefined);
    if (error.code === 'request_in_flight') return;
    if (error.status === 503) return requests.release(request, holder);
    const body = JSON.stringify(error.toDocument((ctx.state as RequestState).requestId));
    await requests.answer(request, holder, { status: error.status, headers: { ...headersOf(ctx), ...error.details.headers, 'content-type': 'application/problem+json' }, body });
  }

  return {
    async answer(ctx, client, asked, handle) {
      const key = ctx.get('idempotency-key');
      if (key === '') return handle(withoutKey);
      if (!KEY.test(key)) {
        throw new Problem('invalid_request', { errors: [{ field: 'Idempotency-Key', message: 'must have 1 to 255 visible characters of ASCII' }] });
      }
      const fingerprint = createHash('sha256').update(canonicalize({ method: ctx.method, path: ctx.path, asked }) ?? '').digest();
      await answerKeyed(ctx, { client, key, fingerprint }, handle);
    },
  };
}

function inFlight(): Problem {
  return new Problem('request_in_flight', { headers: { 'retry-after': '1' } });
}

function answerOf(ctx: Context): RememberedAnswer {
  const body: unknown = ctx.body;
  return { status: ctx.status, headers: headersOf(ctx), body: body === null || body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body) };
}

function headersOf(ctx: Context): Readonly<Record<string, string>> {
  return Object.fromEntries(KEPT_HEADERS.map((name) => [name, ctx.response.get(name)] as const).filter(([, value]) => value !== ''));
}

function repeat(ctx: Context, { status, headers, body }: RememberedAnswer): void {
  ctx.body = body;
  ctx.status = status;
  ctx.set({ ...headers, 'idempotent-replayed': 'true' });
}
