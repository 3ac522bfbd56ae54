/**
 * What was done to a subscription, as events on its stream `subscription-{name}`: what an operator commanded, and why, and
 * what the subscription did with an event that fails again and again.
 */
import { z } from 'zod';
import type { EventSchemas } from './codec.ts';

const reason = z.string().min(1);
/** A position, as it stands in JSON. */
const position = z.int().min(0);
const stream = z.string().min(1);

const commanded = z.strictObject({ reason });
const rewound = z.strictObject({ to_position: position, reason });
const parked = z.strictObject({ stream, position, attempts: z.int().min(1), error: z.string().min(1) });
const askedOfParked = z.strictObject({ stream, position, reason });
const parkedByHand = z.strictObject({ stream, reason });
const unparked = z.strictObject({ stream, position });

export interface SubscriptionEventData {
  SubscriptionPaused: z.infer<typeof commanded>;
  SubscriptionResumed: z.infer<typeof commanded>;
  SubscriptionRewound: z.infer<typeof rewound>;
  /** The event at `position` failed `attempts` times: its stream is set aside, and the others go on. */
  StreamParked: z.infer<typeof parked>;
  /** An operator had the subscription leave the stream alone, though nothing of it had failed. */
  StreamParkedByHand: z.infer<typeof parkedByHand>;
  ParkedStreamRetried: z.infer<typeof askedOfParked>;
  ParkedEventSkipped: z.infer<typeof askedOfParked>;
  /** An operator lets the stream go on where it was left: with the event that failed, or behind what was handled before he parked it. */
  UnparkRequested: z.infer<typeof askedOfParked>;
  /** What waited in the stream was handled up to where the subscription is; it goes on with the others. */
  StreamUnparked: z.infer<typeof unparked>;
}

export type SubscriptionEvent = {
  [Type in keyof SubscriptionEventData]: { readonly type: Type; readonly data: SubscriptionEventData[Type] };
}[keyof SubscriptionEventData];

export const subscriptionEventSchemas = {
  SubscriptionPaused: { 1: { schema: commanded } },
  SubscriptionResumed: { 1: { schema: commanded } },
  SubscriptionRewound: { 1: { schema: rewound } },
  StreamParked: { 1: { schema: parked } },
  StreamParkedByHand: { 1: { schema: parkedByHand } },
  ParkedStreamRetried: { 1: { schema: askedOfParked } },
  ParkedEventSkipped: { 1: { schema: askedOfParked } },
  UnparkRequested: { 1: { schema: askedOfParked } },
  StreamUnparked: { 1: { schema: unparked } },
} satisfies Record<keyof SubscriptionEventData, EventSchemas>;
