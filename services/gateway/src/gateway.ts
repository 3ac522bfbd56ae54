/**
 * What the routes are given.
 */
import type { Middleware } from 'koa';
import type pg from 'pg';
import type { EventStore, RecoveryStats } from '@coursewright/events';
import type { LauncherChannel } from '@coursewright/process';
import type { DatabaseWatch } from '@coursewright/postgres';
import type { Telemetry } from '@coursewright/telemetry';
import type { Audit } from './auth/audit.ts';
import type { Authentication } from './auth/authentication.ts';
import type { Ownership } from './auth/ownership.ts';
import type { RequestState } from './error-middleware.ts';
import type { Idempotency } from './idempotency/once.ts';
import type { SettledPlan } from './queries/course-maps.ts';
import type { ProgressQueries } from './queries/progress.ts';
import type { Readers } from './queries/reader.ts';
import type { EventStreams } from './streaming/event-streams.ts';
import type { RequestRates } from './limits/request-rates.ts';
import type { LogTail } from './streaming/log-tail.ts';
import type { LogWaiter } from './wait-for-log.ts';

export interface Gateway {
  readonly database: DatabaseWatch;
  /** For what belongs to no tenant. */
  readonly pool: pg.Pool;
  readonly readers: Readers;
  readonly ownership: Ownership;
  readonly store: EventStore;
  readonly progress: ProgressQueries;
  readonly tail: LogTail;
  readonly eventStreams: EventStreams;
  readonly authentication: Authentication;
  readonly audit: Audit;
  readonly rates: RequestRates;
  readonly idempotency: Idempotency;
  readonly plans: LogWaiter<SettledPlan>;
  readonly recoveries: LogWaiter<RecoveryStats>;
  /** Who makes faults on purpose; undefined but on a machine of one's own. */
  readonly launcher: LauncherChannel | undefined;
  /** How many courses a tenant may have that are not over; 0 for any number. */
  readonly tenantCoursesInFlight: number;
  readonly metrics: Telemetry['metrics'];
  /** One for all listeners: a figure has one origin. */
  readonly observe: Middleware<RequestState>;
  readonly planWaitMs: number;
  readonly recoveryWaitMs: number;
  /** The names that it is reached by, besides loopback; undefined: any. */
  readonly allowedHosts: readonly string[] | undefined;
  /** The origins whose pages may use the API from a browser. */
  readonly corsOrigins: readonly string[];
  /** How many proxies in front are believed when they say who asks. */
  readonly trustedProxies: number;
  /** Whether webhooks may lead to private addresses and over plain HTTP, as the relay has it. */
  readonly webhooksAllowPrivate: boolean;
}
