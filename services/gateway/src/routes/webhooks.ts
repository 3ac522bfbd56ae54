/**
 * The administration of webhooks: where events are sent, what became of them, and sending them again.
 */
import { randomBytes } from 'node:crypto';
import type Router from '@koa/router';
import ipaddr from 'ipaddr.js';
import type { Context } from 'koa';
import { z } from 'zod';
import { eventSchemas, isUuid, text, timeOrderedId, type EventType } from '@coursewright/events';
import type { RequestState } from '../error-middleware.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { changeSecret, changeWebhook, createWebhook, deleteWebhook, findWebhook, isWebhook, listDeliveries, listWebhooks, replay, type WebhookRow } from '../queries/webhooks.ts';
import { readBody, readNoBody, readQuery } from '../requests.ts';

const PATH = '/api/v1/admin/webhooks';
const MOST_WEBHOOKS = 100;
const MOST_REPLAYED = 10_000;
const SECRET_BYTES = 24;
/** How long a receiver has to learn a new secret. */
const OVERLAP_HOURS = 24;

const EVENT_TYPES = Object.keys(eventSchemas) as [EventType, ...EventType[]];

const position = z.int('must be a position, a whole number from 1').min(1, 'must be a position, a whole number from 1');
const deliveriesQuery = z.strictObject({
  status: z.enum(['waiting', 'sending', 'delivered', 'failed'], { error: 'must be waiting, sending, delivered or failed' }).optional(),
  before: z.string().regex(/^\d{1,15}$/, 'must be a position').transform(Number).optional(),
  limit: z.string().regex(/^([1-9]|[1-9]\d|100)$/, 'must be a whole number from 1 to 100').transform(Number).default(50),
});
const replayBody = z
  .strictObject({ from_position: position, to_position: position })
  .refine(({ from_position: from, to_position: to }) => to >= from, { path: ['to_position'], error: 'must not lie before from_position' })
  .refine(({ from_position: from, to_position: to }) => to - from < MOST_REPLAYED, {
    path: ['to_position'], error: `must be less than ${MOST_REPLAYED} behind from_position; replay in several steps`,
  });

export function webhookRoutes(router: Router<RequestState>, gateway: Gateway): void {
  const { pool, webhooksAllowPrivate } = gateway;
  const schemas = bodySchemas(webhooksAllowPrivate);

  router.post(PATH, async (ctx) => {
    const { url, types = null, description = '' } = readBody(ctx as Context, schemas.create);
    const id = timeOrderedId();
    const secret = newSecret();
    const isMade = await createWebhook(pool, { id, url, types, description, secret }, MOST_WEBHOOKS);
    if (!isMade) throw new Problem('too_many_webhooks', { detail: `There are ${MOST_WEBHOOKS} endpoints already; delete one first.` });
    ctx.status = 201;
    ctx.set('location', `${PATH}/${id}`);
    ctx.set('cache-control', 'no-store');
    // Told once, and never again.
    ctx.body = { ...(await requireWebhook(gateway, id)), secret };
  });

  router.get(PATH, async (ctx) => {
    ctx.body = { webhooks: await listWebhooks(pool) };
  });

  router.get(`${PATH}/:webhook_id`, async (ctx) => {
    ctx.body = await requireWebhook(gateway, readWebhookId(ctx.params['webhook_id']));
  });

  router.patch(`${PATH}/:webhook_id`, async (ctx) => {
    const id = readWebhookId(ctx.params['webhook_id']);
    const change = readBody(ctx as Context, schemas.change);
    if (!(await changeWebhook(pool, id, change))) throw notFound(id);
    ctx.body = await requireWebhook(gateway, id);
  });

  router.post(`${PATH}/:webhook_id/rotate-secret`, async (ctx) => {
    const id = readWebhookId(ctx.params['webhook_id']);
    readNoBody(ctx);
    const secret = newSecret();
    if (!(await changeSecret(pool, id, secret, OVERLAP_HOURS))) throw notFound(id);
    ctx.set('cache-control', 'no-store');
    ctx.body = { ...(await requireWebhook(gateway, id)), secret };
  });

  router.delete(`${PATH}/:webhook_id`, async (ctx) => {
    const id = readWebhookId(ctx.params['webhook_id']);
    readNoBody(ctx);
    if (!(await deleteWebhook(pool, id))) throw notFound(id);
    ctx.status = 204;
    ctx.body = null;
  });

  router.get(`${PATH}/:webhook_id/deliveries`, async (ctx) => {
    const id = readWebhookId(ctx.params['webhook_id']);
    const { status, before, limit } = readQuery(ctx as Context, deliveriesQuery);
    if (!(await isWebhook(pool, id))) throw notFound(id);
    ctx.body = { deliveries: await listDeliveries(pool, id, { status, before, limit }) };
  });

  router.post(`${PATH}/:webhook_id/replay`, async (ctx) => {
    const id = readWebhookId(ctx.params['webhook_id']);
    const { from_position: from, to_position: to } = readBody(ctx as Context, replayBody);
    if (!(await isWebhook(pool, id))) throw notFound(id);
    ctx.status = 202;
    ctx.body = { replayed: await replay(pool, id, from, to) };
  });
}

function bodySchemas(allowPrivate: boolean) {
  const isSendable = (candidate: string): boolean => {
    const url = URL.parse(candidate);
    return url !== null && (url.protocol === 'https:' || (allowPrivate && url.protocol === 'http:')) && url.username === '' && url.password === '' && url.hash === '';
  };
  const url = z.string().max(2000, 'may have 2000 characters')
    .refine(isSendable, `must be ${allowPrivate ? 'an http or https' : 'an https'} URL, without a user, a password or a fragment`)
    .refine((candidate) => allowPrivate || !isPrivate(URL.parse(candidate)), 'must not be a private, loopback or link-local address; nothing is sent there')
    // As it is sent: the scheme in lower case, nothing around it.
    .transform((candidate) => new URL(candidate).href);
  const types = z.array(z.enum(EVENT_TYPES, { error: `must be one of ${EVENT_TYPES.join(', ')}` })).min(1).nullable().optional();
  // Null takes it away.
  const description = text(200).nullable().transform((given) => given ?? '').optional();
  return {
    create: z.strictObject({ url, types, description }),
    change: z.strictObject({ url: url.optional(), types, description, enabled: z.boolean('must be true or false').optional() }),
  };
}

/** By its number. What a name leads to is looked at whenever something is sent, for it may be another thing each time. */
function isPrivate(url: URL | null): boolean {
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() !== 'unicast');
}

function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

async function requireWebhook({ pool }: Gateway, id: string): Promise<WebhookRow> {
  const webhook = await findWebhook(pool, id);
  if (webhook === undefined) throw notFound(id);
  return webhook;
}

function notFound(id: string): Problem {
  return new Problem('webhook_not_found', { detail: id });
}

function readWebhookId(id: string | undefined): string {
  const lower = (id ?? '').toLowerCase();
  if (isUuid(lower)) return lower;
  throw new Problem('invalid_request', { errors: [{ field: 'webhook_id', message: 'must be a UUID' }] });
}
