/**
 * `pnpm bench [name…]`: measures, and prints a table and JSON. Names: throughput, pick-up, recovery, large-recovery, appends,
 * subscriptions, growth, progress, event-streams, idle, proof, first-card; and, by name only, soak, which takes ten minutes.
 * These machines are shared and noisy: compare ratios of one run, not figures of two.
 */
import { benchAppends } from './appends.ts';
import { benchEventStreams } from './event-streams.ts';
import { benchFirstCard } from './first-card.ts';
import { benchGrowth } from './growth.ts';
import { benchIdle } from './idle.ts';
import { benchPickUp } from './pick-up.ts';
import { benchProgress } from './progress.ts';
import { benchRecovery, benchRecoveryBehindHistory } from './recovery.ts';
import { benchProof } from './proof.ts';
import { print, type Finding } from './report.ts';
import { benchSoak } from './soak.ts';
import { onStage } from './stage.ts';
import { benchExactlyOnce, benchSubscriptions } from './subscriptions.ts';
import { benchThroughput } from './throughput.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<Finding[]>>> = {
  throughput: () => onStage(benchThroughput),
  'pick-up': () => onStage(benchPickUp),
  recovery: async () => [
    ...(await onStage((stage) => benchRecovery(stage, 1000, 'under 1'))),
    ...(await onStage((stage) => benchRecovery(stage, 10_000, 'under 2'))),
  ],
  'large-recovery': async () => [
    ...(await onStage((stage) => benchRecovery(stage, 100_000, 'under 15'))),
    ...(await benchRecoveryBehindHistory(onStage, 10_000, 1_000_000)),
  ],
  appends: () => onStage(benchAppends),
  subscriptions: async () => [...(await onStage(benchSubscriptions)), ...(await onStage(benchExactlyOnce))],
  growth: () => onStage(benchGrowth),
  progress: () => onStage(benchProgress),
  'event-streams': () => onStage(benchEventStreams),
  idle: () => onStage(benchIdle),
  proof: () => onStage(benchProof),
  'first-card': benchFirstCard,
  soak: () => onStage(benchSoak),
};
/** Measured when it is asked for. */
const BY_NAME_ONLY = ['soak'];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  console.error(`No benchmark is called ${unknown.join(' or ')}; there are ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exit(1);
}
const findings: Finding[] = [];
for (const [name, run] of Object.entries(BENCHMARKS)) {
  if (asked.length > 0 ? !asked.includes(name) : BY_NAME_ONLY.includes(name)) continue;
  console.error(`measuring ${name} …`);
  findings.push(...(await run()));
}
print(findings);
