/**
 * Appends that wait at the same time are committed together, and each is told its own outcome.
 */
import t from 'tap';
import { createAppendGroup } from '../../src/append-group.ts';
import { DatabaseUnavailableError, type StreamAppend } from '../../src/index.ts';
import { appendOf, newStream } from '../fixtures/sample-events.ts';
import { rejection } from '../fixtures/rejection.ts';

/** A commit that the test lets through or refuses, one at a time. */
function controlledCommits() {
  const groups: (readonly StreamAppend[])[] = [];
  const answers: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  let arrived = (): void => undefined;
  const commit = (appends: readonly StreamAppend[]): Promise<void> => {
    groups.push(appends);
    arrived();
    return new Promise((resolve, reject) => answers.push({ resolve, reject }));
  };
  /** The answer that the commit with this number waits for, counted from 0, once it has begun. */
  async function answer(number: number) {
    while (answers.length <= number) await new Promise<void>((resolve) => (arrived = resolve));
    return answers[number]!;
  }
  return { commit, groups, answer };
}

t.test('appends of the same turn are committed together', async (t) => {
  const { commit, groups, answer } = controlledCommits();
  const group = createAppendGroup(commit);
  const appends = [1, 2, 3].map(() => appendOf(newStream(), 0));
  const all = Promise.all(appends.map((append) => group.append(append)));
  (await answer(0)).resolve();
  await all;
  t.same(groups, [appends]);
});

t.test('nobody is told of success before the commit has answered', async (t) => {
  const { commit, answer } = controlledCommits();
  const group = createAppendGroup(commit);
  let told = false;
  const appended = group.append(appendOf(newStream(), 0)).then(() => (told = true));
  const { resolve } = await answer(0);
  await new Promise(setImmediate);
  t.notOk(told);
  resolve();
  await appended;
  t.ok(told);
});

t.test('while a commit is on its way the next group gathers, in order of arrival', async (t) => {
  const { commit, groups, answer } = controlledCommits();
  const group = createAppendGroup(commit);
  const first = group.append(appendOf(newStream(), 0));
  const { resolve } = await answer(0);
  const late = [appendOf(newStream(), 0), appendOf(newStream(), 0)];
  const others = [group.append(late[0]!)];
  await new Promise(setImmediate);
  others.push(group.append(late[1]!));
  t.equal(groups.length, 1, 'one commit at a time');
  resolve();
  (await answer(1)).resolve();
  await Promise.all([first, ...others]);
  t.same(groups[1], late);
});

t.test('a refused group is tried one by one: the wrong one is told its own error, the others succeed', async (t) => {
  const { groups, answer, commit } = controlledCommits();
  const group = createAppendGroup(commit);
  const fault = new Error('the second is wrong');
  const outcomes = Promise.allSettled([1, 2, 3].map(() => group.append(appendOf(newStream(), 0))));
  (await answer(0)).reject(new Error('one of you is wrong'));
  (await answer(1)).resolve();
  (await answer(2)).reject(fault);
  (await answer(3)).resolve();
  t.match(await outcomes, [{ status: 'fulfilled' }, { status: 'rejected', reason: fault }, { status: 'fulfilled' }]);
  t.same(groups.map(({ length }) => length), [3, 1, 1, 1]);
});

t.test('when the database is away nobody is tried again: the outcome is unknown', async (t) => {
  const { groups, answer, commit } = controlledCommits();
  const group = createAppendGroup(commit);
  const away = new DatabaseUnavailableError(new Error('gone'));
  const outcomes = Promise.all([1, 2].map(() => rejection(group.append(appendOf(newStream(), 0)))));
  (await answer(0)).reject(away);
  t.same(await outcomes, [away, away]);
  t.equal(groups.length, 1);
});

t.test('after a failure the group goes on working', async (t) => {
  const { answer, commit } = controlledCommits();
  const group = createAppendGroup(commit);
  const failed = rejection(group.append(appendOf(newStream(), 0)));
  (await answer(0)).reject(new Error('wrong'));
  await failed;
  const appended = group.append(appendOf(newStream(), 0));
  (await answer(1)).resolve();
  await t.resolves(appended);
});

t.test('more than two hundred that wait are committed in groups of two hundred at most', async (t) => {
  const groups: number[] = [];
  const group = createAppendGroup(async ({ length }) => void groups.push(length));
  await Promise.all(Array.from({ length: 450 }, () => group.append(appendOf(newStream(), 0))));
  t.same(groups, [200, 200, 50]);
});
