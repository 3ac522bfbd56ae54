/**
 * The configuration of a gateway process: the only reader of its environment. docs/operations.md explains each.
 */
import { configFields as field, hostnameOf, isLoopback, readConfig } from '@coursewright/process';
import { z } from 'zod';

/** Of one who is told apart, unless it is said otherwise. */
const REQUESTS_PER_MINUTE = 6000;

const schema = z
  .object({
    DATABASE_URL: field.databaseUrl,
    /** Reaches Postgres itself, for the session that listens; needed behind a transaction-pooling proxy. */
    DATABASE_DIRECT_URL: field.databaseUrl.optional(),
    HOST: z.string().default('127.0.0.1'),
    PORT: field.port.default(8000),
    LOG_LEVEL: field.logLevel.default('info'),
    /** How long `generate` waits for the plan before it answers 202. */
    PLAN_WAIT_MS: field.wholeNumber(0, 300_000).default(25_000),
    /** How long `recover-tasks` waits for a generation process to answer. */
    RECOVERY_WAIT_MS: field.wholeNumber(100, 60_000).default(30_000),
    /** Event streams that may be open, in all and for each client by its address. */
    EVENT_STREAMS: field.wholeNumber(0, 100_000).default(2500),
    EVENT_STREAMS_PER_CLIENT: field.wholeNumber(0, 100_000).default(100),
    /** How often a quiet stream says that it is alive, and after how long its client is asked to come back. */
    EVENT_STREAM_HEARTBEAT_MS: field.wholeNumber(100, 600_000).default(15_000),
    EVENT_STREAM_LONGEST_MS: field.wholeNumber(1000, 86_400_000).default(900_000),
    /** Requests that a tenant, a credential or an address may send in a minute, over all gateways; 0 for any number. 6000, or 0 where it is open. */
    RATE_LIMIT_PER_MINUTE: field.wholeNumber(0, 1_000_000).optional(),
    /** Connections at a time, of each listener. */
    MAX_CONNECTIONS: field.wholeNumber(1, 1_000_000).default(20_000),
    /** The origins whose pages may use the API from a browser, with commas between; nobody's when empty. */
    CORS_ORIGINS: z.string().default('').transform(origins).refine((list) => list.every(isOrigin), 'must be origins like https://app.example.com, with commas between'),
    /** The names that the gateway is reached by, besides loopback, with commas between. Any, unless it is open on loopback alone. */
    ALLOWED_HOSTS: z.string().transform(origins).refine((list) => list.every(isHostname), 'must be names like app.example.com, without a port, with commas between').optional(),
    /** A listener for the operations of administrators, which are then nowhere else. */
    ADMIN_PORT: field.port.optional(),
    ADMIN_HOST: z.string().default('127.0.0.1'),
    /** How many proxies in front of us may say in X-Forwarded-For who asks. */
    TRUSTED_PROXIES: field.wholeNumber(0, 10).default(0),
    /** Webhooks to private addresses and over plain HTTP may be made; the relay has a setting of this name too, which sends them. */
    WEBHOOKS_ALLOW_PRIVATE: field.flag.default(false),
    /** How many courses a tenant may have that are neither completed, failed nor cancelled; 0 for any number. */
    TENANT_COURSES_IN_FLIGHT: field.wholeNumber(0, 1_000_000).default(100),
    /** Lets an administrator break what the launcher runs; set by the launcher, and refused where others can reach the gateway. */
    LOCAL_FAULTS: field.flag.default(false),
    /** Where spans are sent, by OTLP over HTTP. */
    OTEL_EXPORTER_OTLP_ENDPOINT: field.collectorUrl.optional(),
    SHUTDOWN_GRACE_MS: field.wholeNumber(0, 3_600_000).default(10_000),
    /** Whether whoever asks must say who he is, with a key or a token. Open by itself only where nobody else can reach it. */
    AUTH: z.enum(['open', 'required'], { error: 'must be open or required' }).optional(),
    /** The identity provider whose tokens are taken: where its keys are, how it calls itself, and how it calls us. */
    JWT_JWKS_URL: z.url('must be a URL').refine(isSafe, 'must be an https URL: whoever could answer in its place could make tokens. (http only on loopback.)').optional(),
    JWT_ISSUER: z.string().optional(),
    JWT_AUDIENCE: z.string().optional(),
    /** The claim of its tokens that names the tenant. */
    JWT_TENANT_CLAIM: z.string().optional(),
  })
  .transform(({ AUTH, ADMIN_PORT, ADMIN_HOST, RATE_LIMIT_PER_MINUTE, JWT_JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_TENANT_CLAIM: tenantClaim, ALLOWED_HOSTS, ...rest }, ctx) => {
    const refuse = (name: string, message: string): never => {
      ctx.addIssue({ code: 'custom', path: [name], message });
      return z.NEVER;
    };
    const config = {
      ...rest,
      admin: ADMIN_PORT === undefined ? undefined : { port: ADMIN_PORT, host: ADMIN_HOST },
      requestsPerMinute: RATE_LIMIT_PER_MINUTE ?? (AUTH === 'required' ? REQUESTS_PER_MINUTE : 0),
    };
    const open = [config.HOST, ...(config.admin === undefined ? [] : [config.admin.host])].find((host) => !isLoopback(host));
    if (AUTH === undefined && open !== undefined) {
      return refuse('AUTH', `is not set, and ${open} can be reached by others. Set AUTH=required, and make keys with "pnpm keys create"; `
        + 'or AUTH=open, if whatever stands in front of the gateway knows who may do what');
    }
    // Open to whoever reaches this machine, which a page of any site does under a name of its own.
    const allowedHosts = ALLOWED_HOSTS ?? (AUTH === 'required' || open !== undefined ? undefined : []);
    if (config.LOCAL_FAULTS && [config.HOST, ...(config.admin === undefined ? [] : [config.admin.host])].some((host) => !isLoopback(host))) {
      return refuse('LOCAL_FAULTS', 'is for a machine of one\'s own: leave it away, or listen on loopback alone');
    }
    if ([jwksUrl, issuer, audience, tenantClaim].every((setting) => setting === undefined)) return { ...config, allowedHosts, AUTH: AUTH ?? 'open', tokens: undefined };
    if (jwksUrl === undefined || issuer === undefined || audience === undefined) return refuse('JWT_JWKS_URL', 'and JWT_ISSUER and JWT_AUDIENCE go together: set all three, or none');
    if (AUTH !== 'required') return refuse('JWT_JWKS_URL', 'is of no use to an open gateway: set AUTH=required');
    return { ...config, allowedHosts, AUTH, tokens: { jwksUrl, issuer, audience, tenantClaim } };
  });

function origins(list: string): readonly string[] {
  return list.split(',').map((origin) => origin.trim()).filter((origin) => origin !== '');
}

function isOrigin(candidate: string): boolean {
  return URL.parse(candidate)?.origin === candidate;
}

function isHostname(candidate: string): boolean {
  return URL.parse(`http://${candidate}`)?.host === candidate.toLowerCase();
}

function isSafe(candidate: string): boolean {
  const url = URL.parse(candidate);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(hostnameOf(url.host)));
}

export type Config = z.output<typeof schema>;

/** @throws InvalidConfigurationError */
export function readGatewayConfig(environment: NodeJS.ProcessEnv): Config {
  return readConfig(schema, environment);
}
