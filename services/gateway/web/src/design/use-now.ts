/**
 * The time, for what shows how long something has taken already.
 */
import { useEffect, useState } from 'react';

/** In milliseconds since 1970; moves on so often. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
