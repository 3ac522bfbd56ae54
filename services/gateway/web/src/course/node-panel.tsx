/**
 * One node: how it stands, its card once it is there, and a new try when it failed.
 */
import { Suspense, useState } from 'react';
import { lazyView } from '../design/lazy-view.ts';
import { Failed, Loading } from '../design/states.tsx';
import { useFromTop } from '../design/use-from-top.ts';
import { StatusMark } from '../design/status.tsx';
import { useAnswer } from '../live/use-answer.ts';
import { courseHref } from '../routing.ts';
import { session } from '../session/session.ts';
import { useStore } from '../live/store.ts';
import { ReasonForm } from '../design/reason-form.tsx';
import type { NodeStanding } from './fold.ts';

const KnowledgeCard = lazyView(() => import('./knowledge-card.tsx').then(({ KnowledgeCard: card }) => card));

export function NodePanel({ courseMapId, standing, isNow }: { readonly courseMapId: string; readonly standing: NodeStanding; readonly isNow: boolean }) {
  const { node, status, attempt, worker, error } = standing;
  const head = useFromTop(node.id);
  return (
    <section className="card node-panel" aria-labelledby="node-title">
      <header ref={head} className="row">
        <h2 id="node-title">{node.title}</h2>
        <a className="close" href={courseHref(courseMapId)} aria-label="Close the node">×</a>
      </header>
      <p>{node.description}</p>
      <dl className="facts">
        <div><dt>Status</dt><dd><StatusMark status={status} /></dd></div>
        {attempt === 0 ? null : <div><dt>Attempt</dt><dd>{attempt}</dd></div>}
        {worker === undefined ? null : <div><dt>Worker</dt><dd><code>{worker}</code></dd></div>}
        {standing.interruptions === 0 ? null : <div><dt>Interrupted</dt><dd>{standing.interruptions} ×</dd></div>}
        {standing.fromJournal ? <div><dt>Paid</dt><dd>nothing: the answer was in the journal</dd></div> : null}
        <div><dt>Reads in</dt><dd>{node.estimated_minutes} min</dd></div>
      </dl>
      {error === undefined ? null : <p className="problem">{error}</p>}
      {status === 'failed' && isNow ? <Retry courseMapId={courseMapId} nodeId={node.id} /> : null}
      {status === 'completed' ? <Card courseMapId={courseMapId} nodeId={node.id} /> : null}
    </section>
  );
}

function Card({ courseMapId, nodeId }: { readonly courseMapId: string; readonly nodeId: string }) {
  const { client } = useStore(session);
  const [card, again] = useAnswer(`${courseMapId} ${nodeId}`, (signal) =>
    client.ask(client.api.GET('/api/v1/course-map/{course_map_id}/nodes/{node_id}', { params: { path: { course_map_id: courseMapId, node_id: nodeId } }, signal })));
  if (card.kind === 'loading') return <Loading what="the card" />;
  if (card.kind === 'failed') return <Failed error={card.error} onAgain={again} />;
  return <Suspense fallback={<Loading what="the card" />}><KnowledgeCard markdown={card.data.markdown} /></Suspense>;
}

function Retry({ courseMapId, nodeId }: { readonly courseMapId: string; readonly nodeId: string }) {
  const { client } = useStore(session);
  const [isOpen, setOpen] = useState(false);
  if (!isOpen) return <button type="button" onClick={() => setOpen(true)}>Try again…</button>;
  return (
    <ReasonForm
      act="Try again"
      onCancel={() => setOpen(false)}
      onAct={async (reason) => {
        await client.ask(client.api.POST('/api/v1/course-map/{course_map_id}/nodes/{node_id}/retry', { params: { path: { course_map_id: courseMapId, node_id: nodeId } }, body: { reason } }));
        setOpen(false);
      }}
    />
  );
}
