/**
 * Folds the log into fresh tables, and makes the projections what they say.
 */
import { asOwner } from '../as-owner.ts';
import { courseStates } from './course-states.ts';
import type { Projection, Rebuilt } from './projection.ts';

/** By name. */
export const PROJECTIONS: readonly Projection[] = [courseStates];

export interface RebuildOptions {
  readonly databaseUrl: string;
  /** Which one; see {@link PROJECTIONS}. */
  readonly projection: Projection;
  /** Only tells what differs. */
  readonly check?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Two at once would build in the same place. */
const LOCK = "SELECT pg_try_advisory_lock(7000, 3) AS free";

/** Somebody else rebuilds at this moment. */
export class RebuildUnderWayError extends Error {
  override readonly name = 'RebuildUnderWayError';
  readonly code = 'rebuild_under_way';

  constructor() {
    super('another rebuild of this database is under way');
  }
}

/**
 * Rebuilds one projection, while the services run. As the owner of the database. May be called again.
 *
 * @throws RebuildUnderWayError, and whatever the server refuses with; nothing was replaced then
 */
export async function rebuild({ databaseUrl, projection, check = false, onProgress = () => undefined }: RebuildOptions): Promise<Rebuilt> {
  return asOwner(databaseUrl, 'coursewright-rebuild', async (client) => {
    const { rows } = await client.query<{ free: boolean }>(LOCK);
    if (rows[0]?.free !== true) throw new RebuildUnderWayError();
    await client.query('SET statement_timeout = 0; SET synchronous_commit = on; SET search_path = public');
    return projection.rebuild({ client, replace: !check, onProgress });
  });
}
