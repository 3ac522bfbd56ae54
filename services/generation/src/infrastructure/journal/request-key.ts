/**
 * When two requests to a model are the same: canonical JSON (RFC 8785), so that the order of fields does not matter, and
 * its SHA-256 as the key.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

export interface CanonicalRequest {
  /** SHA-256 in hex. */
  readonly key: string;
  readonly body: string;
}

/** @param request everything that can change the answer: provider, model, parameters, prompt, schema; and no secret */
export function canonicalRequest(request: object): CanonicalRequest {
  // Postgres' text takes no NUL, and UTF-8 no half of a pair; JSON escapes the one, and this mends the other.
  const body = (canonicalize(request) ?? '').toWellFormed();
  return { key: createHash('sha256').update(body).digest('hex'), body };
}
