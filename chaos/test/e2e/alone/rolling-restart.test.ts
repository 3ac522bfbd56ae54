/**
 * A deploy under load: processes are replaced one by one, with a grace that is too short for some of the calls. What they
 * cannot finish they hand over themselves; no call that was answered is made again.
 */
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { prove } from '@coursewright/prove';
import { createStack, type ServiceProcess } from '../../../../services/generation/test/fixtures/stack.ts';
import { answerWell, startScriptedModelServer } from '../../../../services/generation/test/fixtures/scripted-model-server.ts';

const ROLLS = 6;

t.test('a rolling restart of two processes under load repeats no call that was answered', async (t) => {
  const database = await testDatabase(t);
  let turn = 0;
  const rollingIsOver = Promise.withResolvers<void>();
  // Two of three are answered at once; the third fits into no grace. Nothing in between: an answer that leaves the provider in
  // the very instant of the hang-up was given, and never received, and no process can help that.
  const model = await startScriptedModelServer(async (request) => {
    turn += 1;
    if (turn % 3 === 0) await rollingIsOver.promise;
    return answerWell(request);
  });
  t.teardown(() => model.close());
  const stack = createStack(t, database.url, {
    LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'scripted', GENERATION_CONCURRENCY: '6', SHUTDOWN_GRACE_MS: '1000',
  });
  await stack.startGateway();
  const running: ServiceProcess[] = [await stack.startGeneration(), await stack.startGeneration()];
  const ids: string[] = [];
  for (let roll = 1; roll <= ROLLS; roll += 1) {
    ids.push(await stack.requestCourse(`Rolling ${roll} a`), await stack.requestCourse(`Rolling ${roll} b`));
    const next = await stack.startGeneration();
    t.equal(await running.shift()!.stop(), 0, 'an ordered stop');
    running.push(next);
  }
  rollingIsOver.resolve();
  for (const id of ids) await stack.completed(id);

  const answered = model.requests.filter(({ ended }) => ended === 'answered').map(({ body }) => body);
  t.equal(answered.length, new Set(answered).size, 'every question was answered once');
  const { rows } = await stack.db.query<{ cause: string; n: number }>(
    "SELECT data ->> 'cause' AS cause, count(*)::int AS n FROM events WHERE type LIKE '%Interrupted' GROUP BY 1");
  t.same(rows.map(({ cause }) => cause), ['shutdown'], 'what did not fit was handed over, and nobody had to be found dead');
  t.same((await prove({ databaseUrl: database.url, finished: true })).verdicts.filter(({ holds }) => !holds), []);
});
