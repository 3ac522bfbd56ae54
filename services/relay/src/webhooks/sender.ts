/**
 * Sends a message to somebody's server, which is not to be trusted: not with where it leads (no private addresses, whatever its name
 * resolves to when the connection is made; no redirects), not with how long it takes, nor with how much it says.
 */
import http from 'node:http';
import https from 'node:https';
import { useAgent } from 'request-filtering-agent';
import type { Message } from './message.ts';

/** What became of an attempt. */
export type SendResult =
  | { readonly kind: 'delivered'; readonly status: number }
  | {
      readonly kind: 'failed';
      readonly error: string;
      readonly status?: number;
      /** How long the endpoint wants to be left alone. */
      readonly retryAfterMs?: number;
    };

/** Never rejects. `signal` aborts the attempt, which then counts as failed. */
export type Send = (url: string, message: Message, signal: AbortSignal) => Promise<SendResult>;

const LONGEST_ERROR = 300;

export function createSender({ allowPrivate, timeoutMs }: { readonly allowPrivate: boolean; readonly timeoutMs: number }): Send {
  return async (url, { headers, body }, signal) => {
    try {
      const { protocol } = new URL(url);
      if (protocol !== 'https:' && !allowPrivate) return { kind: 'failed', error: 'only https is sent to' };
      const agent = useAgent(url, { allowPrivateIPAddress: allowPrivate, allowMetaIPAddress: allowPrivate });
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      return await new Promise<SendResult>((resolve, reject) => {
        const request = (protocol === 'https:' ? https : http).request(url, { method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) }, agent, signal: limit });
        request.once('error', reject);
        // Neither of these is an answer, and after them Node says nothing more.
        request.once('upgrade', (response, socket) => {
          socket.destroy();
          resolve({ kind: 'failed', status: response.statusCode ?? 101, error: `answered ${response.statusCode ?? 101}` });
        });
        request.once('close', () => reject(new Error('the connection was closed without an answer')));
        limit.addEventListener('abort', () => reject(limit.reason as Error), { once: true });
        // Its status is all that counts: what else it says is not waited for.
        request.once('response', (response) => {
          resolve(resultOf(response));
          response.destroy();
        });
        request.end(body);
      });
    } catch (error) {
      return { kind: 'failed', error: describe(error, timeoutMs) };
    }
  };
}

function resultOf({ statusCode: status = 0, headers }: http.IncomingMessage): SendResult {
  if (status >= 200 && status < 300) return { kind: 'delivered', status };
  const retryAfterMs = retryAfter(headers['retry-after']);
  const error = status >= 300 && status < 400 ? `answered ${status}; redirects are not followed` : `answered ${status}`;
  return { kind: 'failed', status, error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** Seconds, or a date. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

function describe(error: unknown, timeoutMs: number): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError' || (cause as Error | undefined)?.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  return (message === '' ? name : message).replaceAll(/\s+/g, ' ').slice(0, LONGEST_ERROR);
}
