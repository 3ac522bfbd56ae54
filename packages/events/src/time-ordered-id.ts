/**
 * Ids for what is new: UUIDs of version 7, which begin with the time they were made at. What is new then lies together in
 * every index, behind what is old. With random ids each new event lands on a page of its own somewhere among the old ones,
 * and an append costs the more the longer the log is (docs/decisions/0015).
 */
import { v7 } from 'uuid';

/** A new id, unlike any other; ids that one process makes sort in the order in which they were made. */
export function timeOrderedId(): string {
  return v7();
}
