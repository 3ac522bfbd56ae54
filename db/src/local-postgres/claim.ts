/**
 * Who may use, and must in the end stop, a running local server: whoever holds its owner lock.
 *
 * The lock is a session-level advisory lock inside the server itself. When its holder is killed, the server frees it at
 * once, and the next run adopts the server; there is no file to go stale and no process id to be mistaken for another.
 */
import pg from 'pg';

const OWNER_LOCK = 7_301_944_120_663n;
const TRY_EXCLUSIVE = 'SELECT pg_try_advisory_lock($1) AS held';
const TRY_SHARED = 'SELECT pg_try_advisory_lock_shared($1) AS held';
const RELEASE_SHARED = 'SELECT pg_advisory_unlock_shared($1)';

/** `exclusive`: nobody else at the same time. `shared`: with other sharers; the last one out stops the server. */
export type Sharing = 'exclusive' | 'shared';

export interface Claim {
  /** Resolves when the session ended though nobody asked it to: the server went away, or restarted itself. */
  readonly lost: Promise<void>;
  /** Gives the claim up. Returns whether the server may now be stopped, because nobody else uses it. */
  release(): Promise<boolean>;
  /** Ends the session; call it once the server needs no owner any more. */
  end(): Promise<void>;
}

/** `unreachable`: the server did not answer, which a server that starts or stops does for a moment. */
export type ClaimResult = { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'taken' }
  | { readonly kind: 'unreachable' };

/** Tries once, without waiting for anybody. */
export async function claimServer(url: string, sharing: Sharing): Promise<ClaimResult> {
  const session = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'coursewright: owner of the local server',
  });
  let ending = false;
  const lost = new Promise<void>((resolve) => {
    session.once('end', () => {
      if (!ending) resolve();
    });
  });
  // Without a listener a lost connection would end the process; `lost` tells the same.
  session.on('error', () => undefined);
  const end = async (): Promise<void> => {
    ending = true;
    await session.end().catch(() => undefined);
  };
  const held = async (statement: string): Promise<boolean> => {
    const result = await session.query<{ held: boolean }>(statement, [OWNER_LOCK]);
    return result.rows[0]?.held === true;
  };
  try {
    await session.connect();
    if (!await held(sharing === 'exclusive' ? TRY_EXCLUSIVE : TRY_SHARED)) {
      await end();
      return { kind: 'taken' };
    }
  } catch {
    await end();
    return { kind: 'unreachable' };
  }
  const release = async (): Promise<boolean> => {
    ending = true;
    if (sharing === 'exclusive') return true;
    try {
      await session.query(RELEASE_SHARED, [OWNER_LOCK]);
      return await held(TRY_EXCLUSIVE);
    } catch {
      return false;
    }
  };
  return { kind: 'claimed', claim: { lost, release, end } };
}
