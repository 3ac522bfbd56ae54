/**
 * What whoever asks may read: everything, or what is of his tenant. Queries are given one of these and never the pool, so that none of
 * them can forget to ask for whom it reads.
 */
import pg from 'pg';
import { inTransaction, query } from '@coursewright/events';

/** A statement with a name: it is parsed once for each connection and role. */
export type NamedStatement = pg.QueryConfig & { readonly name: string };

export interface Reader {
  /** Runs one statement that changes nothing. @throws DatabaseUnavailableError */
  query<Row extends pg.QueryResultRow>(statement: NamedStatement): Promise<pg.QueryResult<Row>>;
}

export interface Readers {
  /** Of a tenant, to which the database shows its own and nothing else; or of one who is bound to none. */
  of(tenant: string | undefined): Reader;
}

export function createReaders(pool: pg.Pool): Readers {
  const everything: Reader = { query: (statement) => query(pool, statement) };
  return { of: (tenant) => (tenant === undefined ? everything : readerOf(pool, tenant)) };
}

/**
 * As a role that sees what the transaction's tenant owns, and of an unnamed tenant nothing. A setting of the session instead would be
 * there for whoever has the connection next.
 */
function readerOf(pool: pg.Pool, tenant: string): Reader {
  const begin = `BEGIN READ ONLY; SET LOCAL ROLE coursewright_tenant; SET LOCAL coursewright.tenant = ${pg.escapeLiteral(tenant)}`;
  return {
    // A plan is made for one role: by another name the two do not push each other out.
    query: (statement) => inTransaction(pool, (transaction) => transaction.query({ ...statement, name: `of-tenant-${statement.name}` }), begin),
  };
}
