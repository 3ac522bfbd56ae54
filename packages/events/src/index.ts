/** The public surface of `@coursewright/events`: the vocabulary, and the store that keeps it. */
/** How the store is reached, and what a transaction with it is: its callers need both. */
export {
  connectionOptions, createPool, DatabaseUnavailableError, inTransaction, isDatabaseAway, isLockTimeout, isTransientDatabaseError, query,
  type ConnectionSettings, type Transaction,
} from '@coursewright/postgres';
export * from './course-map.ts';
export * from './course-map-events.ts';
export * from './course-request.ts';
export * from './errors.ts';
export * from './event.ts';
export * from './event-store.ts';
export * from './knowledge-card.ts';
export * from './log-listener.ts';
export * from './node-events.ts';
export { createPostgresEventStore } from './postgres-event-store.ts';
export * from './recovery-events.ts';
export * from './stream-name.ts';
export { subscribe, subscribeUndecoded, type DeliveringSettings, type HandlingSettings, type Subscription, type SubscriptionParts, type SubscriptionSettings } from './subscription.ts';
export * from './subscription-events.ts';
export { timeOrderedId } from './time-ordered-id.ts';
