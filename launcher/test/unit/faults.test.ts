/** What is not the launcher's to break it refuses, and does not say that it did. */
import t from 'tap';
import { createFaults } from '../../src/faults.ts';
import type { ServiceProcess } from '../../src/service-process.ts';

function faultsWith(writesOffline: boolean) {
  const told: unknown[] = [];
  const worker = { name: 'generation-1', workerId: () => undefined, tell: (what: unknown) => void told.push(what) } as unknown as ServiceProcess;
  const answer = createFaults({ workers: [worker], databaseUrl: () => undefined, writesOffline, say: () => undefined });
  return { told, ask: (fault: string) => answer({ kind: 'question', number: 1, question: { ask: 'fault', fault, process: undefined } }) };
}

t.test('the offline author is told to fail; a provider is not ours to break', async (t) => {
  const offline = faultsWith(true);
  await offline.ask('fail_model');
  t.match(offline.told, [{ kind: 'model-breakdown' }]);
  const real = faultsWith(false);
  t.match(JSON.stringify(await real.ask('fail_model')), /only the offline author can be told to fail/);
  t.same(real.told, []);
});
