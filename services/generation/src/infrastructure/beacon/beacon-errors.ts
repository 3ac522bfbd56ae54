/** Why a beacon could not be taken. */

/** The database answers through another session than the one that took the lock: a transaction-pooling proxy. */
export class PooledConnectionError extends Error {
  override readonly name = 'PooledConnectionError';
  readonly code = 'pooled_connection';

  constructor() {
    super(
      'DATABASE_DIRECT_URL (or DATABASE_URL) leads through a transaction-pooling proxy, which loses session locks; ' +
        'set DATABASE_DIRECT_URL to a URL that reaches Postgres itself',
    );
  }
}

/** The lock is somebody else's: a recovery that takes this worker for dead. It will be over in milliseconds. */
export class BeaconTakenError extends Error {
  override readonly name = 'BeaconTakenError';
  readonly code = 'beacon_taken';

  constructor(workerId: string) {
    super(`the beacon of ${workerId} is held by somebody else`);
  }
}
