/**
 * What was rescued: by its cause, how soon it was noticed, and what was not paid twice.
 */
import { duration } from '../design/times.ts';
import type { Day } from './operations-page.tsx';
import { Table } from './table.tsx';

export function Rescues({ rescues: { interruptions, detection, late_results: late, journal_hits: hits, journal_tokens: tokens, journal_cost: cost } }: Pick<Day, 'rescues'>) {
  const most = Math.max(1, ...detection.map(({ interruptions: count }) => count));
  return (
    <>
      <dl className="facts">
        <div><dt>Late, kept</dt><dd>{late} {late === 1 ? 'answer' : 'answers'} of attempts that were fenced off</dd></div>
        <div><dt>Journal</dt><dd>{hits} {hits === 1 ? 'answer was' : 'answers were'} there already: {tokens.toLocaleString()} tokens not paid again{cost === null ? '' : `, which is ${cost.toFixed(4)} saved`}</dd></div>
      </dl>
      {interruptions.length === 0 ? <p className="facts">Nothing lost its worker.</p> : (
        <>
          <Table label="Interruptions by cause" head={['Lost by', 'Times', 'Noticed in: p50', 'p99']}>
            {interruptions.map(({ of, cause, interruptions: count, p50_ms: p50, p99_ms: p99 }) => (
              <tr key={`${of} ${cause}`}><th scope="row">{cause.replaceAll('_', ' ')} ({of})</th><td className="number">{count}</td><td className="number">{p50 === null ? '' : duration(p50)}</td><td className="number">{p99 === null ? '' : duration(p99)}</td></tr>
            ))}
          </Table>
          <h3>How soon it was noticed</h3>
          <Table label="Histogram of detection" head={['Within', 'Times', '']}>
            {detection.map(({ up_to_ms: upTo, interruptions: count }) => (
              <tr key={upTo ?? 'more'}><th scope="row" className="number">{upTo === null ? 'longer' : duration(upTo)}</th><td className="number">{count}</td><td><meter max={most} value={count} aria-label={`${count} times`} /></td></tr>
            ))}
          </Table>
        </>
      )}
    </>
  );
}
