/**
 * Whether what is shown is how it is: live, or lost, and since when.
 */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly since: Date }
  /** It was refused for good: no key, no right, no such course. */
  | { readonly kind: 'refused'; readonly error: unknown };

/** Lost again is lost since the first time. */
export function lost(before: Connection, now: Date): Connection {
  return before.kind === 'lost' ? before : { kind: 'lost', since: now };
}
