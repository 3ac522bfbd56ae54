/**
 * Whether a provider refuses whoever asks, and not what was asked: a key that it does not know, an account that is empty or may not.
 * Somebody sets that right, and then the same request succeeds.
 */
import type { APICallError } from 'ai';

/** Who you are is wanted, or wrong; to be paid for; forbidden. */
const STATUSES = new Set([401, 402, 403]);

/**
 * What providers call it in the body of other statuses, most of all 400 and 404: OpenAI's `insufficient_quota` and its kin, Google's
 * `API_KEY_INVALID` and `PERMISSION_DENIED`, Anthropic's `billing_error`, Azure's and others' spellings.
 */
const CODES = new Set([
  'insufficient_quota', 'quota_exceeded', 'billing_not_active', 'billing_hard_limit_reached', 'billing_error', 'insufficient_balance', 'insufficient_credits',
  'invalid_api_key', 'api_key_invalid', 'authentication_error', 'account_deactivated', 'access_terminated', 'permission_denied', 'permission_error',
  'unauthenticated', 'resource_exhausted',
]);

/** Anthropic and Google say these with a code that fits any bad request. At the beginning only: further in, it may be the request that is repeated. */
const SAID_WITHOUT_A_CODE = /^(your credit balance is too low|api key (not valid|expired))/i;

const MOST_NESTED = 5;

export function isAccountTrouble({ statusCode, responseBody, message }: APICallError): boolean {
  if (statusCode !== undefined && STATUSES.has(statusCode)) return true;
  return SAID_WITHOUT_A_CODE.test(message) || codesIn(parsed(responseBody), MOST_NESTED).some((code) => CODES.has(code.toLowerCase()));
}

function parsed(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return undefined;
  }
}

/** Every `code`, `type`, `status` and `reason` of an error's body, wherever it nests them. */
function codesIn(value: unknown, depth: number): string[] {
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (typeof inner === 'string') return ['code', 'type', 'status', 'reason'].includes(name) ? [inner] : [];
    return codesIn(inner, depth - 1);
  });
}
