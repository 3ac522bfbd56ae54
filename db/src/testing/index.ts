/** What tests, and whoever runs them, may use of this package. */
export { testDatabase, type TestContext, type TestDatabase } from './test-database.ts';
export { startTestServer, type TestServer } from './test-server.ts';
export { ensureTemplate, urlOfDatabase } from './template-database.ts';
export { dropOldTestDatabases } from './old-test-databases.ts';
