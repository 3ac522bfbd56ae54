/**
 * docker-compose.yml as far as it can be checked without an engine: it parses, and says what the documents promise.
 */
import { readFile } from 'node:fs/promises';
import t from 'tap';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly build?: unknown;
  readonly command?: unknown;
  readonly init?: boolean;
  readonly user?: string;
  readonly healthcheck?: { readonly test: unknown };
  readonly deploy?: { readonly replicas?: number };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly network_mode?: string;
}

const root = new URL('../../../', import.meta.url);
const { services } = parse(await readFile(new URL('docker-compose.yml', root), 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
};
const dockerfile = await readFile(new URL('Dockerfile', root), 'utf8');
const ours = Object.entries(services).filter(([name]) => /^(gateway|generation|relay)/.test(name));

t.test('there are Postgres 18, one migration, a gateway, a relay and two generation processes', async (t) => {
  t.match(services['postgres']?.image, /^postgres:18/);
  t.ok(services['migrate'], 'migrate');
  t.ok(services['gateway'], 'gateway');
  t.ok(services['relay'], 'relay');
  const generations = ours.filter(([name]) => name.startsWith('generation'));
  t.equal(generations.reduce((sum, [, { deploy }]) => sum + (deploy?.replicas ?? 1), 0), 2);
});

t.test('the services start after the migration has succeeded, and the migration after the database is healthy', async (t) => {
  t.equal(services['migrate']?.depends_on?.['postgres']?.condition, 'service_healthy');
  for (const [name, service] of ours) {
    t.equal(service.depends_on?.['migrate']?.condition, 'service_completed_successfully', name);
  }
});

t.test('each service has a health check and an init process, and none the network of its host', async (t) => {
  t.ok(services['postgres']?.healthcheck?.test, 'postgres');
  for (const [name, service] of ours) {
    t.ok(service.healthcheck?.test, `${name} has a health check`);
    t.equal(service.init, true, `${name} has an init process`);
    t.not(service.network_mode, 'host', name);
  }
});

t.test('the image runs as an ordinary user', async (t) => {
  t.match(dockerfile, /^USER (?!root)\S+/m);
});
