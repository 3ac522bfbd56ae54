/**
 * What an SQLSTATE says about trying again, for all of PostgreSQL's appendix A: by class, with the codes that are not like their class.
 * Which mistake is worse: what passes by itself and is taken for a refusal loses work that was done, and a refusal that is taken for a
 * passing trouble is tried for ever. So a code is `away` only where nothing about the statement can be the reason.
 */

/**
 * - `away`     the server, or the way to it, cannot do this for anybody now: gone, starting, stopping, read-only, out of space or
 *              memory, or it ended this session or transaction by time. The same passes later.
 * - `conflict` somebody else was in the way at this moment. The same passes as soon as it is tried again.
 * - `refused`  the statement, its data or its rights, or a server that contradicts itself (XX: an internal error, a damaged page): the same is
 *              refused again, and somebody must look.
 */
export type SqlStateKind = 'away' | 'conflict' | 'refused';

const CLASSES: Readonly<Record<string, SqlStateKind>> = {
  '08': 'away', // connection
  '40': 'conflict', // rolled back: serialization, deadlock, completion unknown
  '53': 'away', // out of disk, memory, connections, a configured limit
  '57': 'away', // an operator or a time limit: cancelled, shutting down, starting, session too long idle, database dropped
  '58': 'away', // an error outside of PostgreSQL: I/O, a file
  F0: 'away', // its configuration files
};

const CODES: Readonly<Record<string, SqlStateKind>> = {
  '25006': 'away', // read-only: a standby, a switchover, a provider whose quota is used up, a DBA
  '25P03': 'away', // idle in transaction for too long
  '25P04': 'away', // transaction for too long (17)
  '40002': 'refused', // integrity constraint
  '55P03': 'conflict', // a lock was not free in time
};

/** What this code says; of one that nobody knows, what most say. */
export function kindOfSqlState(sqlState: string): SqlStateKind {
  return CODES[sqlState] ?? CLASSES[sqlState.slice(0, 2)] ?? 'refused';
}

/** FATAL, always: the server ended the session along with the statement. */
const ENDS_SESSION = /^(08|57P0[1-5]|25P0[34])/;

export function endsSession(sqlState: string): boolean {
  return ENDS_SESSION.test(sqlState);
}
