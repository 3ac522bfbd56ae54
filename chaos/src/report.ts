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
    ['detection of a kill', span(measures.detection.kill)],
    ['detection of a freeze', span(measures.detection.freeze)],
    ['detection of a cut network', span(measures.detection.cut)],
    ['restart after detection', span(measures.restart)],
    ['back to work after a crash of Postgres', span(measures.backToWork)],
    ['interruptions', entries(measures.interruptions)],
    ['calls', `${n(measures.calls)}, ${n(measures.callsWithoutIntent)} of them in no journal`],
    ['asked twice by one attempt', n(measures.askedTwiceByOneAttempt)],
    ['wasted calls', `${n(measures.wastedCalls)} (at most ${n(measures.interruptedAttempts)}, the attempts that were interrupted)`],
    ['late results', `${n(measures.lateResults)}, ${n(measures.adoptedResults)} of them adopted`],
    ['answered by the journal', n(measures.fromJournal)],
    ['calls in doubt', n(measures.inDoubt)],
    ['invariants', `${proof.verdicts.filter(({ holds }) => holds).length} of ${proof.verdicts.length} hold, over ${n(proof.events)} events`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `Seed ${plan.seed}, ${plan.faults.length} faults, ${Math.round(seconds)} s:`,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...problems.map((problem) => `✗ ${problem}`),
    problems.length === 0 ? '✓ Nothing was lost, done twice or paid twice.' : '',
  ].join('\n');
}

function span({ n: samples, p50, p99, max }: Percentiles): string {
  return samples === 0 ? 'never needed' : `p50 ${p50} ms, p99 ${p99} ms, at most ${max} ms (${n(samples)} of them)`;
}

function entries(counts: Measures['faults']): string {
  return Object.entries(counts).sort().map(([name, count]) => `${name} ${n(count)}`).join(', ') || 'none';
}

function n(count: number): string {
  return count.toLocaleString('en');
}
