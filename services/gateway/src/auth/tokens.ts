/**
 * JSON Web Tokens of an identity provider. What is trusted is configured and never taken from a token: where the keys are, who issues,
 * for whom, and by which algorithms.
 */
import type { errors as JoseErrors } from 'jose';
import { principalOf, type Principal } from './principal.ts';

export interface Tokens {
  /**
   * Who has this token; undefined when it is none, or not for us.
   * @throws TokensUnavailableError the provider's keys cannot be had, so nobody can tell
   */
  find(token: string): Promise<Principal | undefined>;
}

export interface TokenSettings {
  /** Where the provider publishes its keys. */
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /**
   * The claim that names the tenant. A token without it is then an operator's if it has the scope `admin`, and none otherwise: who is
   * bound to nobody sees all. Without this setting no token is bound.
   */
  readonly tenantClaim: string | undefined;
}

export class TokensUnavailableError extends Error {
  override readonly name = 'TokensUnavailableError';
  readonly code = 'tokens_unavailable';
}

/** Of keys in pairs: a provider's public key must never serve as the secret of an HMAC. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
/** It becomes part of events and of log lines. */
const SUBJECT = /^[\x21-\x7e]{1,200}$/;
const CLOCK_TOLERANCE_SECONDS = 5;
/** Unknown keys are asked for no more often than this, however many tokens name one. */
const COOLDOWN_MS = 30_000;
/** For so long tokens are taken while the provider is away; and a key that it has withdrawn. */
const KEYS_KEPT_MS = 3_600_000;
const TIMEOUT_MS = 5000;

export function createTokens({ jwksUrl, issuer, audience, tenantClaim }: TokenSettings): Tokens {
  // Loaded where a provider is trusted.
  const loaded = import('jose').then(({ createRemoteJWKSet, errors, jwtVerify }) => ({
    errors,
    jwtVerify,
    keys: createRemoteJWKSet(new URL(jwksUrl), { cooldownDuration: COOLDOWN_MS, cacheMaxAge: KEYS_KEPT_MS, timeoutDuration: TIMEOUT_MS }),
  }));
  return {
    async find(token) {
      const { errors, jwtVerify, keys } = await loaded;
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_SECONDS, requiredClaims: ['sub', 'exp'],
        });
        const { sub } = payload;
        if (sub === undefined || !SUBJECT.test(sub)) return undefined;
        const words = wordsOf(payload['scope'] ?? payload['scp']);
        const tenant = tenantClaim === undefined ? undefined : payload[tenantClaim];
        if (tenantClaim !== undefined && tenant === undefined && !words.includes('admin')) return undefined;
        return tenant === undefined || typeof tenant === 'string' ? principalOf(`user:${sub}`, words, tenant) : undefined;
      } catch (error) {
        if (isOfToken(error, errors)) return undefined;
        throw new TokensUnavailableError('the keys of the identity provider cannot be had', { cause: error });
      }
    },
  };
}

/** `scope` of RFC 8693 is a text with spaces; some providers write a list. */
function wordsOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim.filter((word) => typeof word === 'string') : [];
}

/** Whether the token is at fault, and not the provider. */
function isOfToken(error: unknown, errors: typeof JoseErrors): boolean {
  return error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && !(error instanceof errors.JWKSInvalid)
    // What jose makes of an answer that is not 200, or no JSON.
    && error.code !== 'ERR_JOSE_GENERIC';
}
