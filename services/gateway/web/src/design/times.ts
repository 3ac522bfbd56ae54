/**
 * Times and durations, for people.
 */

/** 14:03:07 */
export function clock(at: Date): string {
  return at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
}

/** 14:03:07.123 */
export function exactClock(at: Date): string {
  return `${clock(at)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** 340 ms, 4.2 s, 73 s, 12 min, 3 h */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
