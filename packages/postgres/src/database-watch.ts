/**
 * Whether the database can be worked with, looked at every few seconds: it has the schema that this program knows, and takes an event
 * (tried, and taken back). A SELECT that is answered says neither: a standby answers, and so does a server whose disk is full.
 */
import type pg from 'pg';
import { requireSchema, SchemaMismatchError } from './schema-version.ts';
import { query } from './transaction.ts';

export interface DatabaseWatch {
  /**
   * Why the database cannot be worked with: a SchemaMismatchError, or what an append was refused with. Undefined when the last look found
   * all well; before the first look, that nobody has looked.
   */
  trouble(): Error | undefined;
  /**
   * What is wrong with the schema, by the last look that was answered: while the database is away, what was known before. Waits for a look
   * while there was no such yet.
   */
  mismatch(): Promise<SchemaMismatchError | undefined>;
  /** Calls `listener` once, should the schema ever be found to be wrong. */
  onMismatch(listener: (mismatch: SchemaMismatchError) => void): void;
  /** Looks now, unless a look is under way or a second old: that one counts then. Never rejects. */
  look(): Promise<Error | undefined>;
  stop(): void;
}

export interface DatabaseWatchSettings {
  readonly pool: pg.Pool;
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
  readonly everyMs?: number;
}

const LOOK_EVERY_MS = 5000;
/** Whoever balances load may ask often; the answer need not be newer. */
const FRESH_MS = 1000;

/** With triggers off an event is appended and nothing is made of it, so that is looked at, too: no session of ours may set it. */
const TRY_APPEND = "SELECT try_append(), current_setting('session_replication_role') AS triggers";

/** The database runs no triggers for our sessions: what would be appended would be in no projection, and have no position. */
export class TriggersOffError extends Error {
  override readonly name = 'TriggersOffError';
  readonly code = 'triggers_off';

  constructor(setting: string) {
    super(`session_replication_role is ${setting} for this database or login, so no trigger runs and nothing would be made of an event: set it to origin`);
  }
}

/** Looks at once and then every few seconds, until it is stopped. Logs each change, once. */
export function watchDatabase({ pool, log, everyMs = LOOK_EVERY_MS }: DatabaseWatchSettings): DatabaseWatch {
  let trouble: Error | undefined = new Error('the database was not looked at yet');
  let mismatch: SchemaMismatchError | undefined;
  let isSchemaKnown = false;
  const listeners: ((mismatch: SchemaMismatchError) => void)[] = [];
  let told: string | undefined;
  let lookedAtMs = -Infinity;
  let looking: Promise<Error | undefined> | undefined;

  async function lookNow(): Promise<Error | undefined> {
    try {
      await requireSchema((statement) => query(pool, statement));
      [isSchemaKnown, mismatch] = [true, undefined];
      const { rows } = await query<{ triggers: string }>(pool, { name: 'try-append', text: TRY_APPEND });
      const triggers = rows[0]?.triggers ?? 'origin';
      if (triggers !== 'origin') throw new TriggersOffError(triggers);
      trouble = undefined;
    } catch (error) {
      if (error instanceof SchemaMismatchError) {
        [isSchemaKnown, mismatch] = [true, error];
        for (const listener of listeners.splice(0)) listener(error);
      }
      trouble = error instanceof Error ? error : new Error(String(error));
    }
    lookedAtMs = performance.now();
    tell();
    return trouble;
  }

  function tell(): void {
    const now = trouble?.message;
    if (now === told) return;
    if (trouble !== undefined) log.warn({ err: trouble }, 'The database cannot be worked with');
    else if (told !== undefined) log.info({}, 'The database can be worked with again');
    told = now;
  }

  function look(): Promise<Error | undefined> {
    if (looking === undefined && performance.now() - lookedAtMs < FRESH_MS) return Promise.resolve(trouble);
    return looking ??= lookNow().finally(() => {
      looking = undefined;
    });
  }

  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  void look();
  return {
    trouble: () => trouble,
    async mismatch() {
      if (!isSchemaKnown) await look();
      return mismatch;
    },
    onMismatch: (listener) => void listeners.push(listener),
    look,
    stop: () => clearInterval(timer),
  };
}
