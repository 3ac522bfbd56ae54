/**
 * Failures by what they have in common, and asking again for all of a kind.
 */
import { useState } from 'react';
import { ReasonForm } from '../design/reason-form.tsx';
import { useStore } from '../live/store.ts';
import { session } from '../session/session.ts';
import type { Day } from './operations-page.tsx';
import { Table } from './table.tsx';

export function Failures({ failures, onDone }: Pick<Day, 'failures'> & { readonly onDone: () => void }) {
  const { client } = useStore(session);
  const [asking, setAsking] = useState<string>();
  const [said, setSaid] = useState('');
  if (failures.length === 0) return <p className="facts">Nothing failed.</p>;

  async function retry(fingerprint: string, reason: string): Promise<void> {
    let retried = 0;
    for (let hasMore = true; hasMore;) {
      const answer = await client.ask(client.api.POST('/api/v1/admin/failures/{fingerprint}/retry', { params: { path: { fingerprint } }, body: { reason } }));
      retried += answer.retried;
      hasMore = answer.has_more && answer.retried > 0;
    }
    setAsking(undefined);
    setSaid(`${retried} asked for again.`);
    onDone();
  }

  return (
    <>
      <p className="facts" role="status">{said}</p>
      <Table label="Failures" head={['Kind', 'Example', 'Times', 'Stand failed', '']}>
        {failures.map(({ fingerprint, code, example, failures: times, still_failed: still }) => (
          <tr key={fingerprint}>
            <th scope="row">{code} <code>{fingerprint}</code></th>
            <td>{example}</td>
            <td className="number">{times}</td>
            <td className="number">{still}</td>
            <td>
              {still === 0 ? null : asking === fingerprint
                ? <ReasonForm act={`Try ${still} again`} onCancel={() => setAsking(undefined)} onAct={(reason) => retry(fingerprint, reason)} />
                : <button type="button" onClick={() => setAsking(fingerprint)}>Try {still} again…</button>}
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}
