/**
 * What clients are told when the database cannot be worked with.
 */
import { SchemaMismatchError } from '@coursewright/postgres';
import { Problem } from '../problem.ts';

/** How long a client should wait before it asks again. */
const RETRY_AFTER = { 'retry-after': '2' };

/** @throws Problem schema_mismatch, if there is one */
export function refuseWrongSchema(mismatch: SchemaMismatchError | undefined): void {
  if (mismatch === undefined) return;
  throw new Problem('schema_mismatch', { detail: `${mismatch.message}.`, headers: RETRY_AFTER, cause: mismatch });
}

/** For whoever balances load: whatever is wrong, this process cannot serve. @throws Problem schema_mismatch, database_unavailable */
export function refuseTrouble(trouble: Error | undefined): void {
  if (trouble === undefined) return;
  if (trouble instanceof SchemaMismatchError) refuseWrongSchema(trouble);
  throw new Problem('database_unavailable', { detail: 'The database does not answer, or takes nothing: it is away, read-only, or its disk is full.', headers: RETRY_AFTER, cause: trouble });
}
