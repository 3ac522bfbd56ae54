/**
 * A process with one subscription, whose effects are rows: to be killed by the benchmark.
 */
import { createLogListener, createPool, createPostgresEventStore, subscribe } from '@coursewright/events';

const databaseUrl = process.env['DATABASE_URL'] ?? '';
const onConnectionLost = (): void => undefined;
const pool = createPool({ databaseUrl, applicationName: 'effect-keeper', maxConnections: 2, onConnectionLost });
const listener = createLogListener({ databaseUrl, applicationName: 'effect-keeper-listener', pollMs: 1000, onConnectionLost });

subscribe({ pool, store: createPostgresEventStore(pool), listener }, {
  name: 'effect-keeper',
  batchSize: 500,
  handle: async (events, transaction) => {
    await transaction.query('INSERT INTO effects (position) SELECT unnest($1::bigint[])', [events.map(({ position }) => position)]);
  },
  onError: (error) => console.error(error),
});
