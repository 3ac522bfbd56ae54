/**
 * The generation processes: who lives, by its lease, and what it has in hand.
 */
import { duration } from '../design/times.ts';
import { shortWorker } from '../live/event-facts.ts';
import type { Desk } from './operations-page.tsx';
import { Table } from './table.tsx';

export function Workers({ workers, at }: Pick<Desk, 'workers' | 'at'>) {
  if (!workers.some(({ alive }) => alive)) return <p className="problem">▲ No generation process lives: what is asked for waits in the log until one starts.</p>;
  return (
    <Table label="Workers" head={['Worker', 'State', 'In hand', 'Lease', 'Process', 'Up']}>
      {workers.map(({ worker_id: id, alive, nodes_in_hand: nodes, plans_in_hand: plans, leased_until: until, host, pid, started_at: startedAt, stopped_at: stoppedAt }) => (
        <tr key={id}>
          <th scope="row"><a href={`#/log?worker=${id}`}>{shortWorker(id)}</a></th>
          <td className={alive ? 'status completed' : stoppedAt === null ? 'status failed' : 'status'}>{alive ? '● alive' : stoppedAt === null ? '✕ silent' : '○ stopped'}</td>
          <td className="number">{nodes} {nodes === 1 ? 'node' : 'nodes'}{plans === 0 ? '' : `, ${plans} plannings`}</td>
          <td className="number">{until === null ? '' : `${duration(Math.max(0, Date.parse(until) - at))} left`}</td>
          <td className="number">{host} {pid}</td>
          <td className="number">{duration((stoppedAt === null ? at : Date.parse(stoppedAt)) - Date.parse(startedAt))}</td>
        </tr>
      ))}
    </Table>
  );
}
