/** What tests of a consumer need. */
export { conformanceClaims, type Claim, type ConsumerUnderTest, type RunningConsumer } from './conformance.ts';
export { startProcess } from './consumer-process.ts';
export { freePort } from './free-port.ts';
export { until } from './until.ts';
