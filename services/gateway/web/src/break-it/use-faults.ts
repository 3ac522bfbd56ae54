/**
 * The processes that can be broken, where any can: a deployed gateway says that there are none. What was broken is remembered for the whole
 * page, whichever view is looked at.
 */
import { useState } from 'react';
import type { components } from '@coursewright/client';
import { createStore, useStore } from '../live/store.ts';
import { useAnswer } from '../live/use-answer.ts';
import { session } from '../session/session.ts';
import type { FaultMade } from './aftermath.ts';

export type LaunchedProcess = components['schemas']['LaunchedProcess'];
export type Fault = FaultMade['fault'];

const LOOK_EVERY_MS = 500;
const MOST = 20;

const made = createStore<readonly FaultMade[]>([]);

/** @throws CoursewrightError */
export async function makeFault(fault: Fault, process?: string): Promise<FaultMade> {
  const { client } = session.get();
  const done = await client.ask(client.api.POST('/api/v1/local/faults', { body: { fault, ...(process === undefined ? {} : { process }) } }));
  made.set([...made.get(), done].slice(-MOST));
  return done;
}

/** The newest last. */
export function useFaultsMade(): readonly FaultMade[] {
  return useStore(made);
}

/** Undefined where nothing can be broken. */
export function useProcesses(): readonly LaunchedProcess[] | undefined {
  const { client } = useStore(session);
  const [isHere, setHere] = useState(true);
  const [answer] = useAnswer(client, async (signal) => {
    const { data, response } = await client.api.GET('/api/v1/local/processes', { signal });
    // A deployed gateway is asked once.
    if (response.status === 404 || response.status === 403) setHere(false);
    return data?.processes;
  }, isHere ? LOOK_EVERY_MS : undefined);
  return answer.kind === 'ready' ? answer.data : undefined;
}
