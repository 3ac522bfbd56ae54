/** The public surface of `@coursewright/prove`. */
export { INVARIANTS, type InvariantId, type Violation } from './findings.ts';
export { prove, type Proof, type ProofSettings, type Verdict } from './prove.ts';
export { tableOf } from './report.ts';
