/**
 * Who may do what: services append and read, and move a course by events alone; operators see everything and steer
 * through one view; everybody else sees nothing.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '../../src/testing/index.ts';
import { loginAs, loginAsOwner } from '../fixtures/logins.ts';
import { appendAnything, recordCourse, SCHEDULED, STARTED } from '../fixtures/recorded-course.ts';
import { refusal } from '../fixtures/refusal.ts';

const INSUFFICIENT_PRIVILEGE = '42501';
const TABLES = ['recorded_events', 'event_positions', 'position_requests', 'subscriptions', 'course_map_states', 'node_states', 'artifacts', 'workers',
  'llm_calls', 'llm_call_bodies', 'parked_streams', 'archived_events', 'usage_ledger', 'webhook_endpoints', 'webhook_deliveries', 'idempotent_requests', 'api_keys', 'request_rates', 'disk_probe', 'schema_version', 'log_head'];
const VIEWS = ['events', 'kept_events', 'course_maps', 'node_contents', 'held_beacons', 'holders', 'ops.workers', 'ops.llm_calls', 'ops.subscription_lag', 'ops.parked_streams',
  'ops.recent_failures', 'ops.queue', 'ops.stuck_nodes', 'ops.why_waiting', 'ops.course_progress', 'ops.spend', 'ops.usage', 'ops.webhooks', 'ops.open_transactions', 'ops.api_keys', 'ops.recent_rescues'];
const RIGHTS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const;

type Rights = Readonly<Record<string, readonly (typeof RIGHTS)[number][]>>;

const SERVICE: Rights = {
  // It inserts some of its columns.
  recorded_events: ['SELECT'],
  event_positions: ['SELECT'],
  position_requests: [],
  disk_probe: [],
  log_head: [],
  schema_version: ['SELECT'],
  subscriptions: ['SELECT', 'INSERT', 'UPDATE'],
  course_map_states: ['SELECT'],
  node_states: ['SELECT'],
  artifacts: ['SELECT', 'INSERT'],
  workers: ['SELECT', 'INSERT'],
  events: ['SELECT'],
  course_maps: ['SELECT'],
  node_contents: ['SELECT'],
  held_beacons: ['SELECT'],
  holders: ['SELECT'],
  'ops.workers': ['SELECT'],
  llm_calls: ['SELECT', 'INSERT', 'DELETE'],
  llm_call_bodies: ['SELECT', 'INSERT', 'DELETE'],
  'ops.llm_calls': ['SELECT'],
  ...Object.fromEntries(['stuck_nodes', 'why_waiting'].map((name) => [`ops.${name}`, ['SELECT' as const]])),
  ...Object.fromEntries(['recent_failures', 'recent_rescues', 'queue'].map((name) => [`ops.${name}`, ['SELECT' as const]])),
  ...Object.fromEntries(['course_progress', 'spend'].map((name) => [`ops.${name}`, []])),
  'ops.subscription_lag': ['SELECT'],
  'ops.parked_streams': [],
  parked_streams: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  archived_events: ['SELECT'],
  kept_events: ['SELECT'],
  usage_ledger: ['SELECT', 'INSERT', 'UPDATE'],
  webhook_endpoints: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  webhook_deliveries: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  idempotent_requests: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  request_rates: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  // It learns what a key may do from a function, and nothing else of it.
  api_keys: [],
  'ops.api_keys': [],
  'ops.usage': [],
  'ops.webhooks': [],
  'ops.open_transactions': [],
};

const OPERATOR: Rights = {
  ...Object.fromEntries([...TABLES, ...VIEWS].map((name) => [name, ['SELECT']])),
  // He updates its columns, each by name: with the whole of it he could lock it.
  node_contents: ['SELECT'],
  // Some of its columns: not the secret.
  webhook_endpoints: [],
  // What was answered may hold a secret.
  idempotent_requests: [],
  // Not the hash.
  api_keys: [],
};

const { url } = await testDatabase(t);
const owner = await loginAsOwner(t, url);

t.test('every table and view of ours is in the matrix below', async (t) => {
  const { rows } = await owner.query<{ name: string }>(`
    SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('public', 'ops') AND c.relkind IN ('r', 'v', 'm', 'p') AND c.relname <> 'migrations'`);
  t.same(rows.map(({ name }) => name).sort(), [...TABLES, ...VIEWS].sort());
});

t.test('a service has these rights and no other', async (t) => t.same(await rightsOf('coursewright_service'), SERVICE));

t.test('an operator has these rights and no other', async (t) => t.same(await rightsOf('coursewright_operator'), OPERATOR));

t.test('what reads for a tenant may read these, of which it is shown what is the tenant\'s, and nothing else', async (t) => {
  const readable = ['course_map_states', 'node_states', 'artifacts', 'recorded_events', 'archived_events', 'event_positions', 'events', 'kept_events', 'course_maps'];
  t.same(await rightsOf('coursewright_tenant'), Object.fromEntries([...TABLES, ...VIEWS].map((name) => [name, readable.includes(name) ? ['SELECT'] : []])));
  const { rows } = await owner.query<{ name: string }>('SELECT relname AS name FROM pg_class WHERE relrowsecurity');
  t.same(rows.map(({ name }) => name).sort(), readable.slice(0, 5).sort());
});

t.test('a consumer has no right to any table or view', async (t) => {
  t.same(Object.values(await rightsOf('coursewright_consumer')).flat(), []);
});

t.test('of a worker\'s row a service may change only what reconnecting and stopping change', async (t) => {
  const { rows } = await owner.query<{ name: string }>(`
    SELECT attname AS name FROM pg_attribute
    WHERE attrelid = 'public.workers'::regclass AND attnum > 0 AND NOT attisdropped
      AND has_column_privilege('coursewright_service', attrelid, attnum, 'UPDATE')`);
  t.same(rows.map(({ name }) => name).sort(), ['db_epoch', 'stopped_at']);
});

t.test('of an event a service chooses what it says, not its id nor its time; an operator may name every column of a node, and be told which makes sense', async (t) => {
  const columns = async (role: string, relation: string, right: string): Promise<string[]> => {
    const { rows } = await owner.query<{ name: string }>(
      'SELECT attname AS name FROM pg_attribute WHERE attrelid = $2::regclass AND attnum > 0 AND has_column_privilege($1, attrelid, attnum, $3)', [role, relation, right]);
    return rows.map(({ name }) => name).sort();
  };
  t.same(await columns('coursewright_service', 'recorded_events', 'INSERT'), ['data', 'metadata', 'schema_version', 'stream', 'type', 'version']);
  t.same(await columns('coursewright_operator', 'node_contents', 'UPDATE'), await columns('coursewright_operator', 'node_contents', 'SELECT'));
});

t.test('an operator cannot lock a table or view against the services', async (t) => {
  const { client } = await loginAs(t, url, 'coursewright_operator');
  for (const name of [...TABLES, ...VIEWS]) {
    await client.query('BEGIN');
    t.equal((await refusal(client.query(`LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE NOWAIT`))).code, INSUFFICIENT_PRIVILEGE, name);
    await client.query('ROLLBACK');
  }
});

t.test('a service moves a node by an event, and cannot by hand', async (t) => {
  const { client } = await loginAs(t, url, 'coursewright_service');
  const id = await recordCourse(client, [{ id: 'n1', events: [SCHEDULED, STARTED] }]);
  const { rows } = await client.query('SELECT status, version FROM node_states WHERE course_map_id = $1', [id]);
  t.same(rows, [{ status: 'generating', version: 2 }]);
  for (const byHand of [
    "UPDATE node_states SET status = 'pending'",
    "UPDATE course_map_states SET status = 'completed'",
    'DELETE FROM node_states',
    "UPDATE node_contents SET generation_status = 'pending'",
    "INSERT INTO event_positions (position, event_id) VALUES (99, 99)",
    "SELECT project_course_map_event(gen_random_uuid(), NULL)",
  ]) {
    t.equal((await refusal(client.query(byHand))).code, INSUFFICIENT_PRIVILEGE, byHand);
  }
});

t.test('a service may lock courses and nodes for deciding, an operator may not', async (t) => {
  const service = await loginAs(t, url, 'coursewright_service');
  const operator = await loginAs(t, url, 'coursewright_operator');
  const id = await recordCourse(owner, [{ id: 'n1' }]);
  const locks = [
    { text: 'SELECT * FROM lock_course_maps($1)', values: [[id]] },
    { text: 'SELECT * FROM lock_free_nodes($1, $2)', values: [[id], ['n1']] },
  ];
  for (const lock of locks) {
    t.equal((await service.client.query(lock)).rowCount, 1);
    t.equal((await refusal(operator.client.query(lock))).code, INSUFFICIENT_PRIVILEGE);
  }
});

t.test('an operator sees everything but answers that may hold a secret, and cannot append', async (t) => {
  const { client } = await loginAs(t, url, 'coursewright_operator');
  t.equal((await refusal(client.query('SELECT count(*) FROM idempotent_requests'))).code, INSUFFICIENT_PRIVILEGE);
  for (const name of [...TABLES, ...VIEWS].filter((one) => one !== 'idempotent_requests')) await t.resolves(client.query(`SELECT count(*) FROM ${name}`), name);
  t.equal((await refusal(appendAnything(client))).code, INSUFFICIENT_PRIVILEGE);
});

t.test('nobody changes the log or a projection through a function that looks for tables in a schema of their own', async (t) => {
  const { rows } = await owner.query<{ name: string }>(`
    SELECT p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('public', 'ops', 'outbox') AND p.prosecdef
      AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting WHERE setting ~ '^search_path=(public|pg_catalog), pg_temp$')`);
  t.same(rows, [], 'every function that acts as the owner names its schemas, temporary tables last');
});

t.test('a user without a role of ours sees nothing and creates nothing', async (t) => {
  const user = `cw_test_${randomBytes(4).toString('hex')}`;
  await owner.query(`CREATE ROLE ${user} LOGIN PASSWORD 'x'`);
  const ownUrl = Object.assign(new URL(url), { username: user, password: 'x' });
  const stranger = new pg.Client({ connectionString: ownUrl.href });
  await stranger.connect();
  t.teardown(async () => {
    await stranger.end();
    await owner.query(`DROP ROLE ${user}`);
  });
  for (const statement of ['SELECT FROM public.events', 'SELECT FROM public.node_contents', 'SELECT FROM ops.workers', 'CREATE TABLE public.mine ()']) {
    t.equal((await refusal(stranger.query(statement))).code, INSUFFICIENT_PRIVILEGE, statement);
  }
});

async function rightsOf(role: string): Promise<Rights> {
  const rights: Record<string, (typeof RIGHTS)[number][]> = {};
  for (const name of [...TABLES, ...VIEWS]) {
    rights[name] = [];
    for (const right of RIGHTS) {
      const { rows } = await owner.query<{ may: boolean }>('SELECT has_table_privilege($1, $2, $3) AS may', [role, name, right]);
      if (rows[0]?.may === true) rights[name].push(right);
    }
  }
  return rights;
}
