/**
 * What a failed request to a provider means: whether asking again may help, and when. The SDK's errors hold the whole
 * request, so none of them leaves this file, not even as a cause.
 */
import { APICallError, InvalidResponseDataError, JSONParseError, TypeValidationError } from 'ai';
import { AuthorError, type AuthorErrorCode } from '../../application/author.ts';
import { ResponseTooLargeError } from './capped-fetch.ts';
import { refusalOf, type Refusal } from './refusal.ts';
import { readRetryAfter } from './retry-after.ts';
import { clip, cleanText } from './safe-text.ts';

/** The HTTP client's own patience, which is shorter than ours if ours exceeds five minutes. */
const TRANSPORT_TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
/** Said by whoever stands before the provider, who may have answered, and billed, behind its back. */
const ANSWERED_BY_A_PROXY = new Set([408, 502, 504, 520, 521, 522, 523, 524]);
/** The request did not reach the provider. */
const NEVER_ARRIVED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);
const LONGEST_QUOTE = 300;

const CODE_OF = { request: 'model_refused', account: 'model_account_refused', outage: 'model_unavailable' } as const satisfies Record<Refusal, AuthorErrorCode>;
const SAID_OF: Readonly<Record<Refusal, string>> = {
  request: 'The provider refused the request with', account: 'The provider refused the key (LLM_API_KEY) or its account with', outage: 'The provider answered',
};

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
    const refusal = refusalOf(response);
    return new AuthorError(CODE_OF[refusal], `${SAID_OF[refusal]} ${said}`, {
      retryable: refusal !== 'request',
      retryAfterMs: refusal === 'request' ? undefined : readRetryAfter(response.responseHeaders, now),
      mayBeBilled: refusal === 'outage' && ANSWERED_BY_A_PROXY.has(status),
    });
  }

  const causes = causesOf(error);
  const tooLarge = causes.find((cause) => cause instanceof ResponseTooLargeError);
  if (tooLarge !== undefined) {
    return new AuthorError('model_answer_invalid', `The provider's response is longer than ${tooLarge.maxBytes} bytes.`, { retryable: true });
  }
  // A page that says that it is back soon, an error in a response that calls itself a success: nothing of it is about the request.
  if (causes.some(isUnreadable)) return new AuthorError('model_unavailable', "The provider's response is not a chat completion.", { retryable: true });

  const code = causes.map(codeOf).find((found) => found !== undefined);
  if (code !== undefined && TRANSPORT_TIMEOUTS.has(code)) {
    return new AuthorError('model_timeout', `The provider kept the connection waiting (${code}).`, { retryable: true });
  }
  const message = `The connection to the provider (LLM_BASE_URL) failed${code === undefined ? '' : ` (${code})`}.`;
  return new AuthorError('model_unavailable', message, { retryable: true, mayBeBilled: !NEVER_ARRIVED.has(code ?? '') });
}

/** Whether the provider took offence at the request itself: perhaps at the schema that it carried. */
export function isRefusedRequest(error: unknown): boolean {
  return APICallError.isInstance(error) && (error.statusCode === 400 || error.statusCode === 422);
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
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
