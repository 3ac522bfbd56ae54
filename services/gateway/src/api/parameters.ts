/**
 * Parameters of paths and queries: text as it comes, checked, and told in the document as what it means.
 */
import { z } from 'zod';
import { isUuid, NODE_ID_PATTERN } from '@coursewright/events';

/** A UUID, in lower case from here on. */
function uuid(description: string) {
  return z
    .string()
    .transform((given) => given.toLowerCase())
    .refine(isUuid, 'must be a UUID')
    .meta({ description, override: { type: 'string', format: 'uuid' } });
}

export const courseParams = z.strictObject({ course_map_id: uuid('A course map, by the id that `generate` gave it.') });

export const nodeParams = courseParams.extend({
  node_id: z.string().regex(NODE_ID_PATTERN, 'must be 1 to 64 letters, digits, "_" or "-"').meta({ description: 'A node of its map.' }),
});

export const webhookParams = z.strictObject({ webhook_id: uuid('A webhook endpoint, by the id that it was made with.') });

/** A whole number within bounds, which must have fewer than ten digits. */
export function wholeNumber(from: number, to: number, description: string) {
  const message = `must be a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((number) => number >= from && number <= to, message)
    .meta({ description, override: { type: 'integer', minimum: from, maximum: to } });
}

/** A place in the log. */
export const POSITION = /^\d{1,15}$/;

/** A place in the log, as text, for it may be larger than a number holds exactly. */
export function position(message: string, description: string) {
  return z.string().regex(POSITION, message).meta({ description, override: { type: 'integer', minimum: 0 } });
}

export function flag(description: string) {
  return z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((given) => given === 'true')
    .meta({
      description,
      override({ jsonSchema }) {
        delete jsonSchema.enum;
        jsonSchema.type = 'boolean';
      },
    });
}

/** An instant; in UTC from here on, with its microseconds, which a Date does not hold. */
export function instantParameter(description: string) {
  return z.iso
    .datetime({ offset: true, error: 'must be an instant like 2026-11-23T10:00:00Z (in a URL, the + of an offset is written %2B)' })
    .refine(isOfOurEra, { error: 'must be an instant of the years 1 to 9999' })
    .transform(inUtc)
    .meta({ description, override: { type: 'string', format: 'date-time' } });
}

/** As Postgres and RFC 3339 write years. */
function isOfOurEra(given: string): boolean {
  const year = new Date(given).getUTCFullYear();
  return year >= 1 && year <= 9999;
}

function inUtc(given: string): string {
  const fraction = /\.(\d+)/.exec(given)?.[1] ?? '';
  return new Date(given).toISOString().replace('Z', `${fraction.padEnd(6, '0').slice(3, 6)}Z`);
}
