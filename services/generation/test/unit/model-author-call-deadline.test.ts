/** A call ends on time, whatever the work inside it does. */
import t from 'tap';
import { underDeadline } from '../../src/infrastructure/model-author/call-deadline.ts';

const never = () => new Promise<never>(() => undefined);
const patient = 60_000;
const nobody = new AbortController().signal;

t.test('work in time is passed through, result or failure', async (t) => {
  t.equal(await underDeadline(nobody, patient, async () => 'done'), 'done');
  const failure = new Error('of its own');
  await t.rejects(
    underDeadline(nobody, patient, async () => {
      throw failure;
    }),
    failure,
  );
});

t.test('work that does not listen is left when the time is up', async (t) => {
  // The time limit does not keep a process alive by itself; a real call's socket does.
  const socket = setInterval(() => undefined, 1000);
  t.teardown(() => clearInterval(socket));
  await t.rejects(underDeadline(nobody, 20, never), { code: 'model_timeout', retryable: true });
});

t.test('work that does not listen is left when the caller aborts', async (t) => {
  const caller = new AbortController();
  const call = underDeadline(caller.signal, patient, never);
  caller.abort();
  await t.rejects(call, { code: 'call_aborted', retryable: true });
});

t.test('work is not begun for a caller that has aborted', async (t) => {
  let begun = false;
  const work = async () => {
    begun = true;
  };
  await t.rejects(underDeadline(AbortSignal.abort(), patient, work), { code: 'call_aborted' });
  t.notOk(begun);
});

t.test('work is told to stop, and its complaint about that is not what the caller hears', async (t) => {
  const caller = new AbortController();
  const work = async (signal: AbortSignal) => {
    caller.abort();
    signal.throwIfAborted();
  };
  await t.rejects(underDeadline(caller.signal, patient, work), { code: 'call_aborted' });
});
