/**
 * The administration of webhooks: where events are sent, what became of them, and sending them again.
 */
import { randomBytes } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { eventSchemas, text, timeOrderedId, type EventType } from '@coursewright/events';
import { hostnameOf } from '@coursewright/process';
import { count, instant, position as place } from '../api/course-documents.ts';
import { LINK, linkNextPage } from '../api/links.ts';
import { operation, type Operation } from '../api/operation.ts';
import { position as positionParameter, webhookParams, wholeNumber } from '../api/parameters.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';
import { changeSecret, changeWebhook, createWebhook, deleteWebhook, findWebhook, isWebhook, listDeliveries, listWebhooks, replay, type WebhookRow } from '../queries/webhooks.ts';

const PATH = '/api/v1/admin/webhooks';
const MOST_WEBHOOKS = 100;
const MOST_REPLAYED = 10_000;
const SECRET_BYTES = 24;
/** How long a receiver has to learn a new secret. */
const OVERLAP_HOURS = 24;

const DELIVERY_STATUSES = ['waiting', 'sending', 'delivered', 'failed'] as const;
const EVENT_TYPES = Object.keys(eventSchemas) as [EventType, ...EventType[]];

const position = z.int('must be a position, a whole number from 1').min(1, 'must be a position, a whole number from 1');
const deliveriesQuery = z.strictObject({
  status: z.enum(DELIVERY_STATUSES, { error: 'must be waiting, sending, delivered or failed' }).optional(),
  before: positionParameter('must be a position', 'Deliveries of events before this one.').transform(Number).optional(),
  limit: wholeNumber(1, 100, 'How many deliveries.').default(50),
});
const replayBody = z
  .strictObject({ from_position: position, to_position: position })
  .refine(({ from_position: from, to_position: to }) => to >= from, { path: ['to_position'], error: 'must not lie before from_position' })
  .refine(({ from_position: from, to_position: to }) => to - from < MOST_REPLAYED, {
    path: ['to_position'], error: `must be less than ${MOST_REPLAYED} behind from_position; replay in several steps`,
  });

const webhook = z
  .strictObject({
    id: z.uuid(),
    url: z.string(),
    description: z.string(),
    types: z.array(z.string()).nullable().meta({ description: 'Null: all.' }),
    created_at: instant,
    disabled_at: instant.nullable(),
    disabled_reason: z.string().nullable(),
    failures_in_a_row: count,
    failing_since: instant.nullable(),
    circuit_open_until: instant.nullable(),
    last_error: z.string().nullable(),
    previous_secret_until: instant.nullable().meta({ description: 'Until when what is sent is signed with the secret before, too.' }),
    deliveries: z.strictObject({ waiting: count, delivered: count, failed: count }).meta({ description: 'Each counted up to 10,000.' }),
  })
  .meta({ id: 'Webhook' });
const webhookWithSecret = webhook.extend({ secret: z.string().meta({ description: 'Told once, and never again.' }) }).meta({ id: 'WebhookWithSecret' });
const delivery = z
  .strictObject({
    position: place,
    type: z.string(),
    status: z.enum(DELIVERY_STATUSES),
    attempts: count,
    next_attempt_at: instant.nullable(),
    last_attempt_at: instant.nullable(),
    response_status: z.int().nullable(),
    error: z.string().nullable(),
  })
  .meta({ id: 'Delivery' });

export function webhookOperations(gateway: Gateway): Operation[] {
  const { pool, webhooksAllowPrivate } = gateway;
  const schemas = bodySchemas(webhooksAllowPrivate);
  const common = { tag: 'Webhooks', scope: 'admin' } as const;
  const ofOne = { ...common, params: webhookParams, problems: ['webhook_not_found'] } as const;
  return [
    operation({
      id: 'createWebhook',
      method: 'post',
      path: PATH,
      ...common,
      summary: 'Make an endpoint for events from now on',
      body: schemas.create,
      answers: { 201: { description: 'It is made.', body: webhookWithSecret, headers: { Location: 'Where it is.' } } },
      problems: ['too_many_webhooks'],
      async handle({ ctx, body: { url, types = null, description = '' }, once }) {
        const { id, secret } = await once(async (transaction) => {
          const made = { id: timeOrderedId(), secret: newSecret() };
          const isMade = await createWebhook(transaction, { ...made, url, types, description }, MOST_WEBHOOKS);
          if (!isMade) throw new Problem('too_many_webhooks', { detail: `There are ${MOST_WEBHOOKS} endpoints already; delete one first.` });
          return made;
        });
        ctx.status = 201;
        ctx.set('location', `${PATH}/${id}`);
        ctx.set('cache-control', 'no-store');
        ctx.body = { ...(await requireWebhook(gateway, id)), secret };
      },
    }),
    operation({
      id: 'listWebhooks',
      method: 'get',
      path: PATH,
      ...common,
      summary: 'All endpoints',
      answers: { 200: { description: 'A hundred at most.', body: z.strictObject({ webhooks: z.array(webhook) }) } },
      problems: [],
      async handle({ ctx }) {
        ctx.body = { webhooks: await listWebhooks(pool) };
      },
    }),
    operation({
      ...ofOne,
      id: 'getWebhook',
      method: 'get',
      path: `${PATH}/{webhook_id}`,
      summary: 'One endpoint, and how it fares',
      answers: { 200: { description: 'The endpoint.', body: webhook } },
      async handle({ ctx, params }) {
        ctx.body = await requireWebhook(gateway, params.webhook_id);
      },
    }),
    operation({
      ...ofOne,
      id: 'changeWebhook',
      method: 'patch',
      path: `${PATH}/{webhook_id}`,
      summary: 'Change an endpoint',
      description: 'A new address, or `"enabled": true`, closes its circuit, and what waits is sent at once.',
      body: schemas.change,
      answers: { 200: { description: 'As it is now.', body: webhook } },
      async handle({ ctx, params: { webhook_id: id }, body }) {
        if (!(await changeWebhook(pool, id, body))) throw notFound(id);
        ctx.body = await requireWebhook(gateway, id);
      },
    }),
    operation({
      ...ofOne,
      id: 'rotateWebhookSecret',
      method: 'post',
      path: `${PATH}/{webhook_id}/rotate-secret`,
      summary: 'Give an endpoint a new secret',
      description: 'For 24 hours what is sent is signed with both. Once more within them ends the oldest at once.',
      answers: { 200: { description: 'As it is now.', body: webhookWithSecret } },
      async handle({ ctx, params: { webhook_id: id }, once }) {
        const secret = await once(async (transaction) => {
          const made = newSecret();
          if (!(await changeSecret(transaction, id, made, OVERLAP_HOURS))) throw notFound(id);
          return made;
        });
        ctx.set('cache-control', 'no-store');
        ctx.body = { ...(await requireWebhook(gateway, id)), secret };
      },
    }),
    operation({
      ...ofOne,
      id: 'deleteWebhook',
      method: 'delete',
      path: `${PATH}/{webhook_id}`,
      summary: 'Delete an endpoint with its deliveries',
      answers: { 204: { description: 'It is gone.' } },
      async handle({ ctx, params: { webhook_id: id } }) {
        if (!(await deleteWebhook(pool, id))) throw notFound(id);
        ctx.status = 204;
        ctx.body = null;
      },
    }),
    operation({
      ...ofOne,
      id: 'listDeliveries',
      method: 'get',
      path: `${PATH}/{webhook_id}/deliveries`,
      summary: 'What was sent to an endpoint, newest first',
      query: deliveriesQuery,
      answers: { 200: { description: 'A page of them.', headers: LINK, body: z.strictObject({ deliveries: z.array(delivery) }) } },
      async handle({ ctx, params: { webhook_id: id }, query: { status, before, limit } }) {
        if (!(await isWebhook(pool, id))) throw notFound(id);
        const found = await listDeliveries(pool, id, { status, before, limit: limit + 1 });
        const deliveries = found.slice(0, limit);
        const last = found.length > limit ? deliveries.at(-1) : undefined;
        if (last !== undefined) linkNextPage(ctx, { before: String(last.position) });
        ctx.body = { deliveries };
      },
    }),
    operation({
      ...ofOne,
      id: 'replayDeliveries',
      method: 'post',
      path: `${PATH}/{webhook_id}/replay`,
      summary: 'Send events to an endpoint once more',
      body: replayBody,
      answers: { 202: { description: 'They will be sent.', body: z.strictObject({ replayed: count }) } },
      async handle({ ctx, params: { webhook_id: id }, body: { from_position: from, to_position: to }, once }) {
        const replayed = await once(async (transaction) => {
          const sent = await replay(transaction, id, from, to);
          if (sent === undefined) throw notFound(id);
          return sent;
        });
        ctx.status = 202;
        ctx.body = { replayed };
      },
    }),
  ];
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
  const host = hostnameOf(url?.host ?? '');
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
