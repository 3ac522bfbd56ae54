/**
 * Why something is done, by whoever asks for it: kept in the event, where operators look for it.
 */
import { z } from 'zod';
import { text } from '@coursewright/events';

/** A few words. */
export const reason = text(500).meta({ description: 'Why: it stands in the event, and in the story of the course.' });

/** The body of what can be asked for without more. It may be left out. */
export const reasonBody = z.strictObject({ reason: reason.optional() }).optional();
