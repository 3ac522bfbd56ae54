/**
 * Who looks: the client of the API, with a key where the gateway asks for one. The key is kept for this tab alone.
 */
import { createClient, CoursewrightError, type Client } from '@coursewright/client';
import { createStore } from '../live/store.ts';

export interface Session {
  readonly client: Client;
  readonly hasKey: boolean;
  /** Whether the gateway has refused us for want of a key, or of a better one. */
  readonly needsKey: boolean;
}

const KEY = 'coursewright-key';

export const session = createStore<Session>(begin(sessionStorage.getItem(KEY) ?? undefined));

/** Goes on with this key; without one, as nobody. */
export function goOnWithKey(key: string | undefined): void {
  if (key === undefined) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key);
  session.set(begin(key));
}

function begin(key: string | undefined): Session {
  const client = createClient({
    baseUrl: location.origin,
    ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
    async fetch(input, init) {
      const answer = await fetch(input, init);
      if (answer.status === 401) session.set({ ...session.get(), needsKey: true });
      return answer;
    },
  });
  return { client, hasKey: key !== undefined, needsKey: false };
}

/** What went wrong, in a sentence for whoever looks. */
export function sentenceOf(error: unknown): string {
  if (error instanceof CoursewrightError) {
    const { problem } = error;
    if (problem === undefined) return `The gateway answered with the status ${error.status}.`;
    const fields = (problem.errors ?? []).map(({ field, message }) => `${field} ${message}`).join('; ');
    return [problem.title, problem.detail, fields].filter((part) => part !== undefined && part !== '').join('. ');
  }
  if (error instanceof TypeError) return 'The gateway cannot be reached.';
  return error instanceof Error ? error.message : String(error);
}
