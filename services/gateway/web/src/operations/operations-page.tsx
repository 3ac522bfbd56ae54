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
/** What is told of the last day reads up to 200,000 events for each answer. */
const LOOK_AT_DAY_EVERY_MS = 15_000;

export type Desk = Awaited<ReturnType<typeof askForDesk>>;
export type Day = Awaited<ReturnType<typeof askForDay>>;

async function askForDesk({ api, ask }: Client, signal: AbortSignal) {
  const [workers, queue, waiting, subscriptions] = await Promise.all([
    ask(api.GET('/api/v1/admin/workers', { signal })),
    ask(api.GET('/api/v1/admin/queue', { signal })),
    ask(api.GET('/api/v1/admin/waiting', { signal })),
    ask(api.GET('/api/v1/admin/subscriptions', { signal })),
  ]);
  return { ...workers, ...queue, ...waiting, ...subscriptions, at: Date.now() };
}

async function askForDay({ api, ask }: Client, signal: AbortSignal) {
  const [failures, rescues] = await Promise.all([ask(api.GET('/api/v1/admin/failures', { signal })), ask(api.GET('/api/v1/admin/rescues', { signal }))]);
  return { ...failures, rescues };
}

export function OperationsPage() {
  const { client } = useStore(session);
  const [desk, askDesk] = useAnswer(client, (signal) => askForDesk(client, signal), LOOK_EVERY_MS);
  const [day, askDay] = useAnswer(client, (signal) => askForDay(client, signal), LOOK_AT_DAY_EVERY_MS);
  const again = (): void => {
    askDesk();
    askDay();
  };
  const failed = [desk, day].find(({ kind }) => kind === 'failed');
  if (failed?.kind === 'failed') {
    const isElsewhere = failed.error instanceof CoursewrightError && failed.error.code === 'route_not_found';
    return isElsewhere ? <p className="state">Administrators have an address of their own here (<code>ADMIN_PORT</code>): this page is served there as well.</p> : <Failed error={failed.error} onAgain={again} />;
  }
  if (desk.kind !== 'ready' || day.kind !== 'ready') return <Loading what="the desk" />;
  const { workers, queues, waiting, subscriptions, at } = desk.data;
  const { failures, rescues } = day.data;
  const error = desk.error ?? day.error;
  return (
    <section aria-labelledby="operations-title">
      <header className="view-head"><h1 id="operations-title">Operations</h1></header>
      {error === undefined ? null : <Failed error={error} onAgain={again} />}
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
