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
