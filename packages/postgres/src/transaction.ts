/**
 * A database transaction: the unit in which an event, the job it causes and a checkpoint commit together or not
 * at all.
 */
import pg from 'pg';
import { DatabaseUnavailableError, endedSession } from './unavailable.ts';

/** A connection inside BEGIN … COMMIT. Only {@link inTransaction} makes one. */
export type Transaction = pg.ClientBase & { readonly [transactionBrand]: true };
declare const transactionBrand: unique symbol;

/**
 * Runs `work` in a transaction: commits when it resolves, rolls back when it rejects, and rejects with its error.
 * Nothing here retries; a caller that may repeat its work looks at `isTransientDatabaseError`. When COMMIT itself is
 * cut off the outcome is unknown: the caller must be able to find out, or to repeat safely.
 *
 * @param begin how it begins: BEGIN, and what counts while it lasts (SET LOCAL), in one journey to the database
 * @throws DatabaseUnavailableError when there was no connection, or it broke
 */
export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (transaction: Transaction) => Promise<Result>,
  begin = 'BEGIN',
): Promise<Result> {
  const client = await connect(pool);
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client as pg.ClientBase as Transaction);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A connection that cannot even roll back is gone: it is not given to the next caller.
    await client.query('ROLLBACK').catch((rollbackError: unknown) => {
      broken = new DatabaseUnavailableError(rollbackError);
    });
    throw broken === undefined ? error : new DatabaseUnavailableError(error);
  } finally {
    client.release(broken);
  }
}

/**
 * Runs one statement outside any transaction of the caller's.
 *
 * @throws DatabaseUnavailableError when there was no connection, or it broke
 */
export async function query<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  statement: pg.QueryConfig,
): Promise<pg.QueryResult<Row>> {
  const client = await connect(pool);
  let broken: Error | undefined;
  try {
    return await client.query<Row>(statement);
  } catch (error) {
    const isAnswer = error instanceof pg.DatabaseError && !endedSession(error);
    if (!(error instanceof Error) || isAnswer || error instanceof TypeError) throw error;
    broken = error;
    throw new DatabaseUnavailableError(error);
  } finally {
    client.release(broken);
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw new DatabaseUnavailableError(error);
  }
}
