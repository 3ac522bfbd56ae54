/**
 * Who reads the log, and how far behind it is.
 */
import { duration } from '../design/times.ts';
import type { Desk } from './operations-page.tsx';
import { Table } from './table.tsx';

export function Subscriptions({ subscriptions }: Pick<Desk, 'subscriptions'>) {
  if (subscriptions.length === 0) return <p className="facts">Nobody reads the log by a subscription.</p>;
  return (
    <Table label="Subscriptions" head={['Name', 'Position', 'Behind', 'State']}>
      {subscriptions.map(({ name, partition, partitions, position, events_behind: events, behind_ms: ms, paused_at: paused, failing_since: failing, error, parked_streams: parked }) => (
        <tr key={`${name} ${partition}`}>
          <th scope="row">{name}{partitions === 1 ? '' : ` ${partition}/${partitions}`}</th>
          <td className="number">{position}</td>
          <td className="number">{events === 0 ? 'nothing' : `${events} events, ${duration(ms ?? 0)}`}</td>
          <td className={failing !== null || parked > 0 ? 'problem' : undefined}>{failing !== null ? `▲ failing: ${error ?? ''}` : parked > 0 ? '▲ reads the others' : '● reads'}{paused === null ? '' : ', paused'}{parked === 0 ? '' : `, ${parked} ${parked === 1 ? 'stream' : 'streams'} parked`}</td>
        </tr>
      ))}
    </Table>
  );
}
