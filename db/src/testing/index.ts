/** What tests may use of this package. */
export { testDatabase, type TestContext, type TestDatabase } from './test-database.ts';
