/**
 * A proof for a person to read.
 */
import type { Proof } from './prove.ts';

export function tableOf({ verdicts, holds, events, calls_in_doubt: doubt, seconds }: Proof): string {
  const lines = verdicts.flatMap(({ id, claim, holds: isTrue, violations, examples, looked_at: lookedAt }) => [
    `${isTrue ? '✓' : '✗'} ${id.padEnd(4)}${claim}${lookedAt === '' ? '' : `  (${lookedAt})`}`,
    ...examples.map(({ subject, problem }) => `       ${subject}: ${problem}`),
    ...(violations > examples.length ? [`       … and ${(violations - examples.length).toLocaleString('en')} more`] : []),
  ]);
  return [
    ...lines,
    '',
    doubtLine(doubt),
    `${holds ? 'Everything holds' : 'NOT everything holds'}: ${events.toLocaleString('en')} events in ${seconds.toFixed(1)} s.`,
  ].join('\n');
}

function doubtLine({ calls, greatest_cost: cost, max_input_tokens: input, max_output_tokens: output }: Proof['calls_in_doubt']): string {
  if (calls === 0) return 'No call is in doubt.';
  const tokens = `${input.toLocaleString('en')} tokens in and ${output.toLocaleString('en')} out`;
  const bound = cost === null ? tokens : `${cost.toFixed(2)} (${tokens})`;
  return `${calls.toLocaleString('en')} ${calls === 1 ? 'call is' : 'calls are'} in doubt: the answer was lost, and it cost ${bound} at most.`;
}
