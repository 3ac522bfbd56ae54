/**
 * Asks for a recovery: first what it would take, and what that may cost; then, with a reason, for real.
 */
import { useState } from 'react';
import type { components } from '@coursewright/client';
import { ReasonForm } from '../design/reason-form.tsx';
import { useStore } from '../live/store.ts';
import { courseHref } from '../routing.ts';
import { sentenceOf, session } from '../session/session.ts';
import { Table } from './table.tsx';

type DryRun = components['schemas']['RecoveryDryRun'];

export function Recover({ onDone }: { readonly onDone: () => void }) {
  const { client } = useStore(session);
  const [force, setForce] = useState(false);
  const [dryRun, setDryRun] = useState<DryRun>();
  const [said, setSaid] = useState('');

  const ask = (dry: boolean, reason?: string) =>
    client.ask(client.api.POST('/api/v1/course-map/admin/recover-tasks', { params: { query: { force, dry_run: dry } }, ...(reason === undefined ? {} : { body: { reason } }) }));

  async function look(): Promise<void> {
    setSaid('');
    try {
      const answer = await ask(true);
      setDryRun('dry_run' in answer ? answer : undefined);
    } catch (error) {
      setSaid(sentenceOf(error));
    }
  }

  async function recover(reason: string): Promise<void> {
    const answer = await ask(false, reason);
    setDryRun(undefined);
    if ('stats' in answer) setSaid(`Done: ${answer.stats.courses_found} courses with unfinished work, ${answer.stats.nodes_reset} nodes taken back, ${answer.stats.tasks_restarted} jobs sent.`);
    onDone();
  }

  return (
    <>
      <p className="facts">Recovery runs by itself. This asks for one, and shows first what it would take.</p>
      <p><label><input type="checkbox" checked={force} onChange={({ currentTarget: { checked } }) => { setForce(checked); setDryRun(undefined); }} /> By force: from living workers too; their calls may be billed for nothing</label></p>
      {dryRun === undefined ? <button type="button" className="quiet" onClick={() => void look()}>What would it take?</button> : (
        <>
          {dryRun.nodes.length === 0 ? <p>Nothing: whatever is in hand is with somebody who lives.</p> : (
            <Table label="What would be taken" head={['Node', 'Worker', 'Why']}>
              {dryRun.nodes.map(({ course_map_id: course, node_id: node, worker_id: worker, why }) => (
                <tr key={`${course} ${node ?? ''}`}><th scope="row"><a href={courseHref(course, node ?? undefined)}>{node ?? 'planning'}</a></th><td>{worker}</td><td>{why}</td></tr>
              ))}
            </Table>
          )}
          <p className="facts">At most {dryRun.greatest_cost} may have been paid for nothing.</p>
          <ReasonForm act="Recover" onCancel={() => setDryRun(undefined)} onAct={recover} />
        </>
      )}
      <p role="status">{said}</p>
    </>
  );
}
