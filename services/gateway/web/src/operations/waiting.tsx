/**
 * What is unfinished for longest, and why.
 */
import { duration } from '../design/times.ts';
import { courseHref } from '../routing.ts';
import type { Desk } from './operations-page.tsx';
import { Table } from './table.tsx';

export function Waiting({ waiting, at }: Pick<Desk, 'waiting' | 'at'>) {
  if (waiting.length === 0) return <p className="facts">Nothing is unfinished.</p>;
  return (
    <Table label="Waiting" head={['Node', 'For', 'Why']}>
      {waiting.map(({ course_map_id: course, node_id: node, since, why }) => (
        <tr key={`${course} ${node ?? ''}`}>
          <th scope="row"><a href={courseHref(course, node ?? undefined)}>{node ?? 'planning'} <span className="facts">…{course.slice(-6)}</span></a></th>
          <td className="number">{duration(Math.max(0, at - Date.parse(since)))}</td>
          <td>{why}</td>
        </tr>
      ))}
    </Table>
  );
}
