/**
 * Deliberate breakages, one for each thing that keeps data right or money unspent. A test must fail for every one of them:
 * a safety net that nobody has seen to hold is a hope.
 */

export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Stands in the file once; a mutant that no longer fits is a mistake of its own. */
  readonly find: string;
  readonly replace: string;
  /** Parts of the paths of tests that are meant to catch it, quickest first. */
  readonly tests: readonly string[];
}

const GENERATION = 'services/generation/src';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no version check: a writer that was overtaken appends all the same',
    file: 'db/migrations/0002_event_log.sql',
    find: 'IF v_recorded <> v_wanted THEN',
    replace: 'IF false THEN',
    tests: ['events/test/integration/append.test'],
  },
  {
    name: 'no fence: an outcome counts whatever its node has been through',
    file: `${GENERATION}/domain/node-decider.ts`,
    find: "return state.status === 'generating' && state.workerId === workerId && state.attempt === attempt;",
    replace: "return state.status === 'generating';",
    tests: ['node-decider'],
  },
  {
    name: 'positions are drawn without the lock on the head',
    file: 'db/migrations/0006_cheaper_appends.sql',
    find: 'PERFORM pg_advisory_xact_lock(7000, 0);',
    replace: 'PERFORM 1;',
    tests: ['positions-under-stress'],
  },
  {
    name: 'lock only: no lease, so a frozen process keeps its nodes',
    file: `${GENERATION}/infrastructure/beacon/beacon-session.ts`,
    find: '`SET idle_session_timeout = ${LEASE_MS}`',
    replace: "'SET idle_session_timeout = 0'",
    tests: ['beacon.test', 'liveness'],
  },
  {
    name: 'no gate: a main loop that hangs keeps its beacon',
    file: `${GENERATION}/infrastructure/beacon/beacon-thread.ts`,
    find: 'shared.sinceMainLoopTurnedMs() < MAIN_LOOP_GATE_MS;',
    replace: 'shared.sinceMainLoopTurnedMs() < Infinity;',
    tests: ['beacon.test'],
  },
  {
    name: 'no grace: one look that misses a beacon is enough',
    file: `${GENERATION}/application/death-watch.ts`,
    find: 'const RECONNECT_GRACE_MS = 250;',
    replace: 'const RECONNECT_GRACE_MS = 0;',
    tests: ['death-watch'],
  },
  {
    name: 'no patience: a worker whose listener is gone too is dead at the first look',
    file: `${GENERATION}/application/death-watch.ts`,
    find: 'const VANISHED_GRACE_MS = 150;',
    replace: 'const VANISHED_GRACE_MS = 0;',
    tests: ['death-watch'],
  },
  {
    name: 'every silent worker counts as one whose listener is gone',
    file: 'db/migrations/0013_listeners_are_signs_of_life.sql',
    find: 'w.id IN (SELECT l FROM listening_workers() l) OR NOT EXISTS (SELECT FROM listening_workers())',
    replace: 'false',
    tests: ['silent-workers'],
  },
  {
    name: 'the holders end with the first: only one dead worker is ever found',
    file: 'db/migrations/0012_recovery_at_size.sql',
    find: 'FROM of_nodes h WHERE h.worker_id IS NOT NULL',
    replace: 'FROM of_nodes h WHERE false',
    tests: ['silent-workers'],
  },
  {
    name: 'a page of open courses is cut by nodes, so the rest is never visited',
    file: `${GENERATION}/infrastructure/open-courses.ts`,
    find: "(SELECT DISTINCT n.course_map_id FROM node_states n\n     WHERE n.status = 'pending'",
    replace: "(SELECT n.course_map_id FROM node_states n\n     WHERE n.status = 'pending'",
    tests: ['recovery-pages'],
  },
  {
    name: 'a poison event is never given up',
    file: 'packages/events/src/batch.ts',
    find: 'if (attempts < mostAttempts)',
    replace: 'if (attempts < Infinity)',
    tests: ['steered-subscription'],
  },
  {
    name: 'recovery without proof: the living are taken for dead',
    file: `${GENERATION}/application/interrupt-attempts.ts`,
    find: 'interruption.stillApplies !== undefined && !(await interruption.stillApplies(transaction))',
    replace: 'false',
    tests: ['recover-interrupted'],
  },
  {
    name: 'an interruption takes whatever runs, not the attempt that was seen',
    file: `${GENERATION}/domain/node-decider.ts`,
    find: 'if (held !== null && (held.workerId !== state.workerId || held.attempt !== state.attempt)) return [];',
    replace: '',
    tests: ['node-decider'],
  },
  {
    name: 'reused job id: every attempt of a node has the same job',
    file: `${GENERATION}/domain/job-id.ts`,
    find: 'update(`${stream}#${attempt}`)',
    replace: 'update(`${stream}#${attempt * 0}`)',
    tests: ['job-id'],
  },
  {
    name: 'no lease check before a call',
    file: `${GENERATION}/infrastructure/journal/call-journal.ts`,
    find: 'if (term !== undefined && leaseTerm() === term && !call.signal.aborted) return intent.id;',
    replace: 'return intent.id;',
    tests: ['call-journal'],
  },
  {
    name: 'the log is not asked before a call whether the attempt still counts',
    file: 'db/migrations/0010_journal.sql',
    find: "AND e.version = (p ->> 'started_version')::integer + 1) THEN",
    replace: 'AND false) THEN',
    tests: ['call-journal'],
  },
  {
    name: 'the journal is written after the completion: an answer is not kept before it is used',
    file: `${GENERATION}/infrastructure/journal/call-journal.ts`,
    find: 'await kept(() => calls.answer(callId, { model, inputTokens, outputTokens, body: JSON.stringify(answer) }));',
    replace: 'setTimeout(() => void kept(() => calls.answer(callId, { model, inputTokens, outputTokens, body: JSON.stringify(answer) })), 2000);',
    tests: ['call-journal', 'crash-matrix'],
  },
  {
    name: 'one call in flight for a request: the rule is gone',
    file: 'db/migrations/0010_journal.sql',
    find: "CREATE UNIQUE INDEX llm_calls_one_in_flight ON llm_calls (request_key) WHERE status = 'in_flight';",
    replace: '',
    tests: ['call-journal'],
  },
  {
    name: 'a bad answer is kept, so the next attempt is given it again',
    file: `${GENERATION}/infrastructure/model-author/model-author.ts`,
    find: "if (error.code === 'model_answer_invalid') await journal.reject",
    replace: "if (error.code === 'call_aborted') await journal.reject",
    tests: ['model-author', 'failures'],
  },
  {
    name: 'a late result is dropped',
    file: `${GENERATION}/application/record-outcomes.ts`,
    find: "outcome.kind === 'written' && !outcome.fromJournal &&",
    replace: "outcome.kind === 'written' && false &&",
    tests: ['outcome-recorder', 'liveness'],
  },
  {
    name: 'a paid outcome is given up when the database is away',
    file: `${GENERATION}/application/outcome-recorder.ts`,
    find: 'for (const held of batch) later(held, { err: error });',
    replace: "for (const held of batch) held.resolve('fenced');",
    tests: ['outcome-recorder'],
  },
  {
    name: 'the checkpoint moves before its events are handled',
    file: 'packages/events/src/subscription.ts',
    find: 'if (events.length > 0) await settings.handle(events, transaction);',
    replace: 'if (events.length > 0) void settings.handle(events, transaction).catch(() => undefined);',
    tests: ['subscription'],
  },
  {
    name: 'no listener on a checked-out connection: one that breaks takes the process with it',
    file: 'packages/events/src/connection-pool.ts',
    find: "client.on('error', settings.onConnectionLost);",
    replace: 'void client;',
    tests: ['connection-pool'],
  },
  {
    name: 'a node that kills every worker is never set aside',
    file: `${GENERATION}/domain/interruption.ts`,
    find: 'export const MOST_INTERRUPTIONS = 3;',
    replace: 'export const MOST_INTERRUPTIONS = 1_000_000;',
    tests: ['node-decider', 'course-decider'],
  },
  {
    name: 'a lease is taken whoever holds it',
    file: 'packages/events/src/subscription-lease.ts',
    find: "const FREE = 'paused_at IS NULL AND (leased_by IS NULL OR leased_by = $3 OR leased_until < clock_timestamp())';",
    replace: "const FREE = 'paused_at IS NULL AND ($3::text IS NOT NULL)';",
    tests: ['delivered-subscription'],
  },
  {
    name: 'whoever has lost its lease acknowledges all the same',
    file: 'packages/events/src/delivered-batch.ts',
    find: 'if (!(await lockLeased(transaction, lease))) throw new LeaseLostError(lease.key.name);',
    replace: '',
    tests: ['delivered-subscription'],
  },
  {
    name: 'events are acknowledged before they are delivered',
    file: 'packages/events/src/delivered-batch.ts',
    find: 'together: (events) => deliver(events, signal),',
    replace: 'together: async (events) => void deliver(events, signal).catch(() => undefined),',
    tests: ['delivered-subscription', 'consumers-conform'],
  },
  {
    name: 'an outage of the destination counts as poison',
    file: 'packages/events/src/batch.ts',
    find: 'if (handling.isOutage(failure.error) || countFailure(event, failure.error))',
    replace: 'if (countFailure(event, failure.error))',
    tests: ['delivered-subscription'],
  },
  {
    name: 'an event may be deleted although the archive has another in its place',
    file: 'db/migrations/0019_archive.sql',
    find: 'SELECT FROM gone g LEFT JOIN kept_events k ON k.id = g.id\n    WHERE (k.stream',
    replace: 'SELECT FROM gone g LEFT JOIN kept_events k ON k.id = g.id\n    WHERE k.id IS NULL AND (k.stream',
    tests: ['db/test/integration/archive'],
  },
  {
    name: 'a rebuild does not fold again what it has locked',
    file: 'db/src/rebuild/course-states.ts',
    find: 'await refold(client, suspects);\n    const differences',
    replace: 'const differences',
    tests: ['db/test/integration/rebuild'],
  },
  {
    name: 'an endpoint whose circuit is open is sent to',
    file: 'services/relay/src/webhooks/delivery-table.ts',
    find: 'AND (w.open_until IS NULL OR w.open_until <= clock_timestamp())',
    replace: '',
    tests: ['relay/test/integration/webhooks'],
  },
  {
    name: 'a webhook is told which event it was by its attempt, not by its position',
    file: 'services/relay/src/webhooks/message.ts',
    find: 'const id = `event-${event.position}`;',
    replace: 'const id = `event-${sentAt.getTime()}`;',
    tests: ['relay/test/integration/webhooks'],
  },
  {
    name: 'webhooks lead to private addresses',
    file: 'services/relay/src/webhooks/sender.ts',
    find: 'allowPrivateIPAddress: allowPrivate, allowMetaIPAddress: allowPrivate',
    replace: 'allowPrivateIPAddress: true, allowMetaIPAddress: true',
    tests: ['relay/test/integration/webhooks'],
  },
  {
    name: 'set back, the relay to NATS does not ask what the stream still holds',
    file: 'services/relay/src/nats/jetstream-relay.ts',
    find: 'const behind = last === undefined || first <= last ? await readLast(opened) : last;',
    replace: 'const behind = last ?? (await readLast(opened));',
    tests: ['nats-relay'],
  },
  {
    name: 'the ledger adds, so what is read again counts twice',
    file: 'services/relay/src/usage-ledger.ts',
    find: 'calls = greatest(u.calls, excluded.calls)',
    replace: 'calls = u.calls + excluded.calls',
    tests: ['usage-ledger'],
  },
];
