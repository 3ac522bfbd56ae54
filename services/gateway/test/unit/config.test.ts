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
    t.match(problems({ HOST }), /^AUTH: is not set, and HOST .* can be reached by others\. .*pnpm keys create.*AUTH=open/);
    t.equal(read({ HOST, AUTH: 'open' }).AUTH, 'open');
    t.equal(read({ HOST, AUTH: 'required' }).AUTH, 'required');
  });
}

t.test('an identity provider is configured as a whole, safely, and for a gateway that asks', async (t) => {
  t.same(read({ AUTH: 'required', ...JWT }).tokens, { jwksUrl: JWT.JWT_JWKS_URL, issuer: JWT.JWT_ISSUER, audience: JWT.JWT_AUDIENCE });
  t.equal(read({ AUTH: 'required' }).tokens, undefined);
  for (const name of Object.keys(JWT)) t.match(problems({ AUTH: 'required', ...JWT, [name]: '' }), /set all three, or none/);
  t.match(problems(JWT), /AUTH=required/);
  t.match(problems({ AUTH: 'required', ...JWT, JWT_JWKS_URL: 'http://id.example/keys' }), /https/);
  t.match(problems({ AUTH: 'required', ...JWT, JWT_JWKS_URL: 'nope' }), /JWT_JWKS_URL: must be a/);
  t.ok(read({ AUTH: 'required', ...JWT, JWT_JWKS_URL: 'http://[::1]:9/keys' }));
  t.match(problems({ AUTH: 'closed' }), /AUTH: must be open or required/);
});
