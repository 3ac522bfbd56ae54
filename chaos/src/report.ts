/**
 * A run for a person to read.
 */
import type { Measures, Percentiles } from './measures.ts';
import type { Plan } from './plan.ts';
import type { Outcome, Status } from './run.ts';

export function statusLine({ phase, faults, courses, finished, nodes }: Status, plan: Plan): string {
  return `${phase.padEnd(6)}  faults ${faults}/${plan.faults.length}  courses ${finished}/${courses} of ${plan.courses.length}  nodes ${nodes}`;
}

export function tableOf({ measures, proof, problems }: Outcome, plan: Plan, seconds: number): string {
  const rows: [string, string][] = [
    ['faults', entries(measures.faults)],
    ['nodes', `${n(measures.completed)} of ${n(measures.nodes)} completed; ${n(measures.setAside)} set aside on the way, and ${n(measures.planningsSetAside)} plannings`],
    ['detection of a kill', span(measures.detection.kill, measures.faults['kill'])],
    ['detection of a freeze', span(measures.detection.freeze, measures.faults['freeze'])],
    ['detection of a cut network', span(measures.detection.cut, measures.faults['cut'])],
    ['restart after detection', span(measures.restart, measures.interruptedAttempts)],
    ['back to work after a crash of Postgres', span(measures.backToWork, measures.faults['db restart'])],
    ['interruptions', entries(measures.interruptions)],
    ['interruptions of workers that no fault hit', String(measures.falseInterruptions)],
    ['calls that the provider saw', `${n(measures.calls)}, ${n(measures.callsWithoutIntent)} of them unknown to the journal`],
    ['paid for twice by one attempt', n(measures.askedTwiceByOneAttempt)],
    ['paid for again by a later attempt', `${n(measures.wastedCalls)} (at most ${n(measures.interruptedAttempts)}, the attempts that were interrupted)`],
    ['results that came late', `${n(measures.lateResults)}, ${n(measures.adoptedResults)} of them in time to be used`],
    ['cards that the journal had', n(measures.fromJournal)],
    ['calls in doubt', n(measures.inDoubt)],
    ['invariants', `${proof.verdicts.filter(({ holds }) => holds).length} of ${proof.verdicts.length} hold, over ${n(proof.events)} events`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `Seed ${plan.seed}, ${plan.faults.length} faults, ${Math.round(seconds)} s:`,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...problems.map((problem) => `✗ ${problem}`),
    problems.length === 0 ? `✓ Nothing was lost or done twice, and no answer that was kept was paid for again.` : '',
  ].join('\n');
}

/** @param faults how many there were that could have led to samples */
function span({ n: samples, p50, p99, max }: Percentiles, faults = 0): string {
  if (faults === 0) return 'none in this run';
  if (samples === 0) return 'none that a worker lost anything by';
  // A percentile of a handful says less than it seems to.
  const middle = samples < FEW ? '' : `p50 ${p50} ms, p99 ${p99} ms, `;
  return `${middle}at most ${max} ms (${n(samples)} attempts that were in hand)`;
}

const FEW = 20;

function entries(counts: Measures['faults']): string {
  return Object.entries(counts).sort().map(([name, count]) => `${name} ${n(count)}`).join(', ') || 'none';
}

function n(count: number): string {
  return count.toLocaleString('en');
}
