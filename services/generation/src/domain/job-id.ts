/**
 * The queue's job for an attempt. The id is made from the stream and the attempt's number, so that whoever decides
 * the same attempt names the same job, and no two attempts ever share one: a dead attempt's worker that comes back
 * cannot touch the job of the living.
 */
import { createHash } from 'node:crypto';
import type { StreamName } from '@coursewright/events';

/** A UUID (version 8: made by a rule of our own) for this attempt of this stream. */
export function jobIdOf(stream: StreamName, attempt: number): string {
  const hex = createHash('sha256').update(`${stream}#${attempt}`).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
