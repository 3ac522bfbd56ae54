/** Whether a failed attempt counts, and whether it was the last. */
import t from 'tap';
import { afterFailure, failureData, type AttemptFailure } from '../../src/domain/attempt-failure.ts';

const NOON = '2030-01-01T12:00:00.000Z';
const EARLIER = '2030-01-01T11:59:00.000Z';
const FRESH = { failures: 0, outageSince: null };
const AT_FAULT: AttemptFailure = { error: { code: 'model_answer_invalid', message: 'no card' }, retryable: true, maxAttempts: 3, outage: undefined };
const PROVIDERS: AttemptFailure = { error: { code: 'model_unavailable', message: '503' }, retryable: true, maxAttempts: 3, outage: { now: NOON, forgivenSince: EARLIER } };

t.test('what is the work\'s own fault counts, and is final at the last attempt or when trying again cannot help', async (t) => {
  t.match(failureData(1, AT_FAULT, FRESH), { counts: true, final: false, outage_since: null });
  t.match(failureData(3, AT_FAULT, { ...FRESH, failures: 2 }), { counts: true, final: true });
  t.match(failureData(1, { ...AT_FAULT, retryable: false }, FRESH), { counts: true, final: true });
});

t.test('what is the provider\'s fault counts for nothing, however often it happens', async (t) => {
  t.match(failureData(1, PROVIDERS, FRESH), { counts: false, final: false, outage_since: NOON });
  t.match(failureData(900, PROVIDERS, { failures: 2, outageSince: '2030-01-01T11:59:00.001Z' }), { counts: false, final: false, outage_since: '2030-01-01T11:59:00.001Z' });
});

t.test('an outage that has lasted too long counts, and goes on being the same outage', async (t) => {
  t.match(failureData(9, PROVIDERS, { failures: 0, outageSince: EARLIER }), { counts: true, final: false, outage_since: EARLIER });
  t.match(failureData(9, PROVIDERS, { failures: 2, outageSince: EARLIER }), { counts: true, final: true, outage_since: EARLIER });
});

t.test('where no outage is forgiven, the first one counts', async (t) => {
  t.match(failureData(1, { ...PROVIDERS, outage: { now: NOON, forgivenSince: NOON } }, FRESH), { counts: true, final: false, outage_since: NOON });
});

t.test('a failure of the work\'s own ends the outage: the next one begins anew', async (t) => {
  const before = { failures: 1, outageSince: EARLIER };
  t.same(afterFailure(before, failureData(4, AT_FAULT, before)), { failures: 2, outageSince: null });
  t.same(afterFailure(FRESH, failureData(4, PROVIDERS, FRESH)), { failures: 0, outageSince: NOON });
});
