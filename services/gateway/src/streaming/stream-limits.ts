/**
 * How many event streams are open: in all, and for each client, so that one cannot take the places of the others.
 */

export interface StreamLimits {
  /** Takes a place; returns how to give it back, which may be called twice, or which limit is in the way. */
  take(client: string): (() => void) | 'too_many_in_all' | 'too_many_of_client';
  /** How many are taken. */
  taken(): number;
}

export function createStreamLimits({ inAll, perClient }: { readonly inAll: number; readonly perClient: number }): StreamLimits {
  const open = new Map<string, number>();
  let total = 0;
  return {
    taken: () => total,
    take(client) {
      const its = open.get(client) ?? 0;
      if (its >= perClient) return 'too_many_of_client';
      if (total >= inAll) return 'too_many_in_all';
      open.set(client, its + 1);
      total += 1;
      let isTaken = true;
      return () => {
        if (!isTaken) return;
        isTaken = false;
        total -= 1;
        const left = (open.get(client) ?? 1) - 1;
        if (left === 0) open.delete(client);
        else open.set(client, left);
      };
    },
  };
}
