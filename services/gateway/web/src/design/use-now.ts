/**
 * The time, for what shows how long something has taken already.
 */
import { useEffect, useState } from 'react';

/** Moves on so often while `isRunning`. In milliseconds since 1970. */
export function useNow(everyMs: number, isRunning = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, isRunning]);
  return now;
}
