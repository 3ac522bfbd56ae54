/**
 * What can be done about a course: try it again, stop it, or take it to a terminal.
 */
import { useState } from 'react';
import { ReasonForm } from '../design/reason-form.tsx';
import { useStore } from '../live/store.ts';
import { session } from '../session/session.ts';
import type { CourseStanding } from './fold.ts';

type Act = 'cancel' | 'retry';

export function CourseActions({ courseMapId, course }: { readonly courseMapId: string; readonly course: CourseStanding }) {
  const { client } = useStore(session);
  const [act, setAct] = useState<Act>();
  const params = { path: { course_map_id: courseMapId } };
  const failed = course.nodes.filter(({ status }) => status === 'failed').map(({ node }) => node.id);
  const canRetry = course.status === 'failed' || (failed.length > 0 && course.status !== 'cancelled');
  const canCancel = course.status === 'initializing' || course.status === 'generating';

  const perform: Readonly<Record<Act, (reason: string) => Promise<void>>> = {
    async cancel(reason) {
      await client.ask(client.api.POST('/api/v1/course-map/{course_map_id}/cancel', { params, body: { reason } }));
    },
    async retry(reason) {
      if (course.status === 'failed') await client.ask(client.api.POST('/api/v1/course-map/{course_map_id}/retry', { params, body: { reason } }));
      for (const id of failed) {
        await client.ask(client.api.POST('/api/v1/course-map/{course_map_id}/nodes/{node_id}/retry', { params: { path: { ...params.path, node_id: id } }, body: { reason } }));
      }
    },
  };
  const words: Readonly<Record<Act, string>> = { cancel: 'Stop the course', retry: course.status === 'failed' ? 'Plan it again' : `Try ${failed.length} failed again` };

  return (
    <div className="actions">
      {act === undefined
        ? (
          <>
            {canRetry ? <button type="button" onClick={() => setAct('retry')}>{words.retry}…</button> : null}
            {canCancel ? <button type="button" onClick={() => setAct('cancel')}>{words.cancel}…</button> : null}
            <CopyAsCurl courseMapId={courseMapId} />
          </>
        )
        : <ReasonForm act={words[act]} onCancel={() => setAct(undefined)} onAct={async (reason) => { await perform[act](reason); setAct(undefined); }} />}
    </div>
  );
}

function CopyAsCurl({ courseMapId }: { readonly courseMapId: string }) {
  const { hasKey } = useStore(session);
  const [said, setSaid] = useState('Copy as curl');
  // The key itself stays out of what is pasted elsewhere.
  const line = `curl -N${hasKey ? ' -H "authorization: Bearer $COURSEWRIGHT_KEY"' : ''} ${location.origin}/api/v1/course-map/${courseMapId}/events`;
  return <button type="button" className="quiet" title={line} onClick={() => void navigator.clipboard.writeText(line).then(() => setSaid('Copied'), () => setSaid(line))}>{said}</button>;
}
