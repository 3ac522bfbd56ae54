/**
 * Why a provider refuses, as far as it can be known: for what was asked, or for who asks, or because it is out. A status alone does not tell:
 * providers and those who stand before them put the same trouble into many.
 */
import type { APICallError } from 'ai';

/** `request`: asking the same again cannot help. `account`: it helps once somebody has paid, or set a key. `outage`: it passes by itself. */
export type Refusal = 'request' | 'account' | 'outage';

/** 4xx that pass by themselves: request timeout, conflict, too early, too many requests. */
const PASSING = new Set([408, 409, 425, 429]);
/** Who you are is wanted, or wrong; to be paid for; forbidden. */
const ABOUT_THE_ACCOUNT = new Set([401, 402, 403]);
/** Said by a provider of a model or a path that it does not have, in an error of its own; else by whoever stands before it, while it is rolled out. */
const PERHAPS_NOT_THE_PROVIDERS = new Set([404, 405, 499]);

/** In codes, not in sentences: `insufficient_quota`, `API_KEY_INVALID`, `billing_not_active`, `exceeded_current_quota_error`, `organization_restricted`, `AccessDenied`. */
const CODE_OF_AN_ACCOUNT = /quota|billing|balance|credit|api_?key|authenticat|unauthorized|permission|access_?(denied|terminated)|suspended|deactivated|restricted/i;
/** `rate_limit_exceeded` (with 413, too), `overloaded_error`, `Throttling.RateQuota`, `RESOURCE_EXHAUSTED`, `DeploymentNotFound` of one that was made just now. */
const CODE_OF_AN_OUTAGE = /rate_?limit|overloaded|throttl|too_many|resource_exhausted|unavailable|deploymentnotfound|server_error|timeout/i;
/** Anthropic and Google say these with a code that fits any bad request. At the beginning only: further in, it may be the request that is repeated. */
const ACCOUNT_WITHOUT_A_CODE = /^(your credit balance is too low|api key (not valid|expired))/i;

/** @param error of a response whose status is no success */
export function refusalOf({ statusCode = 0, responseBody, message }: APICallError): Refusal {
  const said = errorIn(responseBody);
  const codes = codesOf(said);
  if (ABOUT_THE_ACCOUNT.has(statusCode)) return 'account';
  if (statusCode >= 500) return 'outage';
  if (codes.some((code) => CODE_OF_AN_OUTAGE.test(code))) return 'outage';
  if (codes.some((code) => CODE_OF_AN_ACCOUNT.test(code)) || ACCOUNT_WITHOUT_A_CODE.test(message)) return 'account';
  if (statusCode < 400 || PASSING.has(statusCode)) return 'outage';
  return PERHAPS_NOT_THE_PROVIDERS.has(statusCode) && said === undefined ? 'outage' : 'request';
}

type Said = Readonly<Record<string, unknown>>;

/** What the body calls the error; the body itself where it is the error; undefined when it is no object. */
function errorIn(body: string | undefined): Said | undefined {
  const all = objectOf(parsed(body));
  return objectOf(all?.['error']) ?? all;
}

function parsed(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Said | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Said) : undefined;
}

/** The error's own codes, and the reasons that Google gives in its details. Nowhere deeper, where a request may be repeated. */
function codesOf(error: Said | undefined): string[] {
  const details: unknown[] = Array.isArray(error?.['details']) ? error['details'] : [];
  const found = [error?.['code'], error?.['type'], error?.['status'], ...details.map((detail) => objectOf(detail)?.['reason'])];
  return found.filter((code) => typeof code === 'string');
}
