/**
 * What a failed request to a provider means: whether asking again may help, and when. The SDK's errors hold the whole
 * request, so none of them leaves this file, not even as a cause.
 */
import { APICallError, InvalidResponseDataError, JSONParseError, TypeValidationError } from 'ai';
import { AuthorError } from '../../application/author.ts';
import { isAccountTrouble } from './account-trouble.ts';
import { ResponseTooLargeError } from './capped-fetch.ts';
import { readRetryAfter } from './retry-after.ts';
import { clip, cleanText } from './safe-text.ts';

/** 4xx that pass by themselves: request timeout, conflict, too early, too many requests. */
const PASSING = new Set([408, 409, 425, 429]);
/** The HTTP client's own patience, which is shorter than ours if ours exceeds five minutes. */
const TRANSPORT_TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
/** Said by whoever stands before the provider, who may have answered, and billed, behind its back. */
const ANSWERED_BY_A_PROXY = new Set([408, 502, 504, 520, 521, 522, 523, 524]);
/** The request did not reach the provider. */
const NEVER_ARRIVED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);
const LONGEST_QUOTE = 300;

/**
 * Translates whatever the SDK threw. Statuses come first, then what is wrong with an answer of status 200; what is
 * left is the network.
 *
 * @param apiKey cut out of what the provider said, because some providers repeat it
 * @param now milliseconds since the epoch, to read a Retry-After that is a date
 */
export function modelFailure(
  error: unknown,
  { apiKey, now }: { apiKey: string | undefined; now: number },
): AuthorError {
  const response = APICallError.isInstance(error) ? error : undefined;
  const status = response?.statusCode;
  if (response !== undefined && status !== undefined && !isSuccess(status)) {
    const said = `${String(status)}: ${quote(response, apiKey)}`;
    if (status >= 500 || PASSING.has(status)) {
      return new AuthorError('model_unavailable', `The provider answered ${said}`, {
        retryable: true,
        retryAfterMs: readRetryAfter(response.responseHeaders, now),
        mayBeBilled: ANSWERED_BY_A_PROXY.has(status),
      });
    }
    if (isAccountTrouble(response)) {
      return new AuthorError('model_account_refused', `The provider refused this account with ${said}`, {
        retryable: true,
        retryAfterMs: readRetryAfter(response.responseHeaders, now),
        mayBeBilled: false,
      });
    }
    return new AuthorError('model_refused', `The provider refused the request with ${said}`, { retryable: false, mayBeBilled: false });
  }

  const causes = causesOf(error);
  const tooLarge = causes.find((cause) => cause instanceof ResponseTooLargeError);
  if (tooLarge !== undefined) return unreadable(`is longer than ${tooLarge.maxBytes} bytes`);
  if (causes.some(isUnreadable)) return unreadable('is not a chat completion');

  const code = causes.map(codeOf).find((found) => found !== undefined);
  if (code !== undefined && TRANSPORT_TIMEOUTS.has(code)) {
    return new AuthorError('model_timeout', `The provider kept the connection waiting (${code}).`, { retryable: true });
  }
  const message = `The connection to the provider failed${code === undefined ? '' : ` (${code})`}.`;
  return new AuthorError('model_unavailable', message, { retryable: true, mayBeBilled: !NEVER_ARRIVED.has(code ?? '') });
}

/** Whether the provider took offence at the request itself: perhaps at the schema that it carried. */
export function isRefusedRequest(error: unknown): boolean {
  return APICallError.isInstance(error) && (error.statusCode === 400 || error.statusCode === 422);
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function unreadable(how: string): AuthorError {
  return new AuthorError('model_answer_invalid', `The provider's response ${how}.`, { retryable: true });
}

function isUnreadable(cause: unknown): boolean {
  return (
    JSONParseError.isInstance(cause) ||
    TypeValidationError.isInstance(cause) ||
    InvalidResponseDataError.isInstance(cause)
  );
}

/** The error and what caused it, as far as it goes; bounded, for a chain may be a ring. */
function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let cause = error; cause !== undefined && causes.length < 8;) {
    causes.push(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

/** A system's or client's error code such as ECONNRESET: stable, and never part of a request. */
function codeOf(cause: unknown): string | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,50}$/.test(code) ? code : undefined;
}

function quote({ message: said, requestBodyValues }: APICallError, apiKey: string | undefined): string {
  const own = said.slice(0, whereRequestIsRepeated(said, JSON.stringify(requestBodyValues ?? '')));
  const withoutKey = apiKey === undefined || apiKey === '' ? own : own.replaceAll(apiKey, '[key]');
  const line = cleanText(withoutKey).replace(/\s+/g, ' ').trim();
  return line === '' ? 'it said no more' : clip(line, LONGEST_QUOTE);
}

/** Longer runs than this are no accident. */
const TELLTALE = 24;

/** Where what was said begins to repeat the request, as it was sent or as it reads; its length when nowhere. */
function whereRequestIsRepeated(said: string, request: string): number {
  const readable = request.replaceAll('\\n', '\n').replaceAll('\\"', '"');
  const last = Math.min(said.length - TELLTALE, LONGEST_QUOTE);
  for (let start = 0; start <= last; start += 1) {
    const piece = said.slice(start, start + TELLTALE);
    if (request.includes(piece) || readable.includes(piece)) return start;
  }
  return said.length;
}
