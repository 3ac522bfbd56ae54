/**
 * The operator's desk: who works, what waits and why, what was rescued, what failed; and what can be done about it.
 */
import type { ReactNode } from 'react';
import { CoursewrightError, type Client } from '@coursewright/client';
import { Failed, Loading } from '../design/states.tsx';
import { useStore } from '../live/store.ts';
import { useAnswer } from '../live/use-answer.ts';
import { session } from '../session/session.ts';
import { Failures } from './failures.tsx';
import { QueueOverTime } from './queue-over-time.tsx';
import { Recover } from './recover.tsx';
import { Rescues } from './rescues.tsx';
import { Subscriptions } from './subscriptions.tsx';
import { Waiting } from './waiting.tsx';
import { Workers } from './workers.tsx';

const LOOK_EVERY_MS = 2000;

export type Desk = Awaited<ReturnType<typeof askForDesk>>;

async function askForDesk({ api, ask }: Client, signal: AbortSignal) {
  const [workers, queue, waiting, subscriptions, failures, rescues] = await Promise.all([
    ask(api.GET('/api/v1/admin/workers', { signal })),
    ask(api.GET('/api/v1/admin/queue', { signal })),
    ask(api.GET('/api/v1/admin/waiting', { signal })),
    ask(api.GET('/api/v1/admin/subscriptions', { signal })),
    ask(api.GET('/api/v1/admin/failures', { signal })),
    ask(api.GET('/api/v1/admin/rescues', { signal })),
  ]);
  return { ...workers, ...queue, ...waiting, ...subscriptions, ...failures, rescues, at: Date.now() };
}

export function OperationsPage() {
  const { client } = useStore(session);
  const [desk, again] = useAnswer(client, (signal) => askForDesk(client, signal), LOOK_EVERY_MS);
  if (desk.kind === 'loading') return <Loading what="the desk" />;
  if (desk.kind === 'failed') {
    const isElsewhere = desk.error instanceof CoursewrightError && desk.error.code === 'route_not_found';
    return isElsewhere ? <p className="state">Administrators have an address of their own here (<code>ADMIN_PORT</code>): this page is served there as well.</p> : <Failed error={desk.error} onAgain={again} />;
  }
  const { workers, queues, waiting, subscriptions, failures, rescues, at } = desk.data;
  return (
    <section aria-labelledby="operations-title">
      <header className="view-head"><h1 id="operations-title">Operations</h1></header>
      {desk.error === undefined ? null : <Failed error={desk.error} onAgain={again} />}
      <div className="desk">
        <Part title="Workers" wide><Workers workers={workers} at={at} /></Part>
        <Part title="Queue and throughput"><QueueOverTime queues={queues} at={at} /></Part>
        <Part title="Rescued in the last day"><Rescues rescues={rescues} /></Part>
        <Part title="Waiting longest, and why" wide><Waiting waiting={waiting} at={at} /></Part>
        <Part title="Failures of the last day" wide><Failures failures={failures} onDone={again} /></Part>
        <Part title="Subscriptions"><Subscriptions subscriptions={subscriptions} /></Part>
        <Part title="Recover"><Recover onDone={again} /></Part>
      </div>
    </section>
  );
}

function Part({ title, wide = false, children }: { readonly title: string; readonly wide?: boolean; readonly children: ReactNode }) {
  const id = `part-${title.replaceAll(/\W+/g, '-').toLowerCase()}`;
  return <section className={`card ${wide ? 'wide' : ''}`} aria-labelledby={id}><h2 id={id}>{title}</h2>{children}</section>;
}
