/**
 * Removes the databases that failed tests of earlier days left behind.
 */
import pg from 'pg';

const FIND = "SELECT datname AS name FROM pg_database WHERE datname LIKE 'cw\\_test\\_%'";
const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * Drops test databases that were made more than `olderThanMs` ago and that nobody is connected to. Only for a server
 * that is there for tests alone.
 */
export async function dropOldTestDatabases(serverUrl: string, olderThanMs = DAY_MS): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl, application_name: 'coursewright: test databases' });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(FIND);
    for (const { name } of rows) {
      // cw_test_<when, in base 36>_<file>_<random>
      const madeAt = Number.parseInt(name.split('_')[2] ?? '', 36);
      if (!(Date.now() - madeAt > olderThanMs)) continue;
      await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)}`).catch(() => undefined);
    }
  } finally {
    await client.end();
  }
}
