/**
 * A gateway that others can reach is never open by accident.
 */
import t from 'tap';
import { InvalidConfigurationError } from '@coursewright/process';
import { readGatewayConfig } from '../../src/config.ts';

const DATABASE_URL = 'postgres://somebody@127.0.0.1:5432/db';
const read = (environment: Record<string, string>) => readGatewayConfig({ DATABASE_URL, ...environment });
/** What is said of this environment. */
function problems(environment: Record<string, string>): string {
  try {
    read(environment);
    return 'nothing';
  } catch (error) {
    return error instanceof InvalidConfigurationError ? error.problems.join('\n') : String(error);
  }
}
const JWT = { JWT_JWKS_URL: 'https://id.example/keys', JWT_ISSUER: 'https://id.example/', JWT_AUDIENCE: 'coursewright' };

for (const HOST of ['127.0.0.1', '127.8.8.8', '::1', 'localhost', '']) {
  t.test(`on ${HOST === '' ? 'no host in particular' : HOST} it is open unless it is told otherwise`, async (t) => {
    t.equal(read({ HOST }).AUTH, 'open');
    t.equal(read({ HOST, AUTH: 'required' }).AUTH, 'required');
  });
}

for (const HOST of ['0.0.0.0', '::', '192.168.1.7', 'gateway.internal', '::ffff:10.0.0.1']) {
  t.test(`on ${HOST} it must be told`, async (t) => {
    t.match(problems({ HOST }), /^AUTH: is not set, and .* can be reached by others\. .*pnpm keys create.*AUTH=open/);
    t.equal(read({ HOST, AUTH: 'open' }).AUTH, 'open');
    t.equal(read({ HOST, AUTH: 'required' }).AUTH, 'required');
  });
}

t.test('an identity provider is configured as a whole, safely, and for a gateway that asks', async (t) => {
  t.same(read({ AUTH: 'required', ...JWT }).tokens, { jwksUrl: JWT.JWT_JWKS_URL, issuer: JWT.JWT_ISSUER, audience: JWT.JWT_AUDIENCE, tenantClaim: undefined });
  t.equal(read({ AUTH: 'required' }).tokens, undefined);
  t.equal(read({ AUTH: 'required', ...JWT, JWT_TENANT_CLAIM: 'org' }).tokens?.tenantClaim, 'org');
  t.match(problems({ AUTH: 'required', JWT_TENANT_CLAIM: 'org' }), /set all three/);
  for (const name of Object.keys(JWT)) t.match(problems({ AUTH: 'required', ...JWT, [name]: '' }), /set all three, or none/);
  t.match(problems(JWT), /AUTH=required/);
  t.match(problems({ AUTH: 'required', ...JWT, JWT_JWKS_URL: 'http://id.example/keys' }), /https/);
  t.match(problems({ AUTH: 'required', ...JWT, JWT_JWKS_URL: 'nope' }), /JWT_JWKS_URL: must be a/);
  t.ok(read({ AUTH: 'required', ...JWT, JWT_JWKS_URL: 'http://[::1]:9/keys' }));
  t.match(problems({ AUTH: 'closed' }), /AUTH: must be open or required/);
});

t.test('a listener of administrators counts as one that others may reach', async (t) => {
  t.same(read({ ADMIN_PORT: '8001' }).admin, { port: 8001, host: '127.0.0.1' });
  t.equal(read({ ADMIN_HOST: '0.0.0.0' }).admin, undefined, 'without a port there is none');
  t.match(problems({ ADMIN_PORT: '8001', ADMIN_HOST: '0.0.0.0' }), /^AUTH: is not set, and 0\.0\.0\.0 can be reached/);
});

t.test('requests are limited where clients are told apart, unless it is said otherwise', async (t) => {
  t.equal(read({}).requestsPerMinute, 0);
  t.equal(read({ AUTH: 'required' }).requestsPerMinute, 6000);
  t.equal(read({ AUTH: 'required', RATE_LIMIT_PER_MINUTE: '0' }).requestsPerMinute, 0);
  t.equal(read({ RATE_LIMIT_PER_MINUTE: '60' }).requestsPerMinute, 60);
});

t.test('origins are origins', async (t) => {
  t.same(read({ CORS_ORIGINS: 'https://a.example, http://127.0.0.1:5173' }).CORS_ORIGINS, ['https://a.example', 'http://127.0.0.1:5173']);
  t.same(read({}).CORS_ORIGINS, []);
  for (const CORS_ORIGINS of ['*', 'https://a.example/', 'https://a.example/x', 'a.example', 'null', 'HTTPS://A.example']) t.match(problems({ CORS_ORIGINS }), /CORS_ORIGINS: must be origins/);
});

t.test('what runs may be broken on purpose only where nobody else reaches the gateway, by either listener', async (t) => {
  t.equal(read({ LOCAL_FAULTS: 'true' }).LOCAL_FAULTS, true);
  t.equal(read({}).LOCAL_FAULTS, false);
  t.match(problems({ LOCAL_FAULTS: 'true', HOST: '0.0.0.0', AUTH: 'required' }), /^LOCAL_FAULTS: is for a machine of one's own/);
  t.match(problems({ LOCAL_FAULTS: 'true', ADMIN_PORT: '9000', ADMIN_HOST: '192.168.1.7', AUTH: 'required' }), /^LOCAL_FAULTS: is for a machine of one's own/);
});
