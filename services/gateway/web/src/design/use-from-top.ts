/**
 * Whatever is opened is read from its top, wherever one was in what stood there before.
 */
import { useEffect, useRef, type RefObject } from 'react';

/** The element is brought into view when it is first shown, and whenever `what` changes; where it is seen already, nothing moves. */
export function useFromTop(what: unknown): RefObject<HTMLElement | null> {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'nearest' });
  }, [what]);
  return place;
}
