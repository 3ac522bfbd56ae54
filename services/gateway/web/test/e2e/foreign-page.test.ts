/**
 * A page of somebody else's in a real browser, on the machine of whoever runs an open gateway: it reads nothing and changes nothing, neither by
 * sending requests whose answers it does not need, nor under a name of its own that leads to this machine.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { freePort } from '@coursewright/events/testing';
import { ensureBuilt } from '@coursewright/web/build';
import { generationByHand } from '../../../test/fixtures/generation-by-hand.ts';
import { startGateway } from '../../../test/fixtures/running-gateway.ts';
import { CHROMIUM, NO_BROWSER, openPage, QUIET } from '../fixtures/browser.ts';

t.test('a page of somebody else\'s', { skip: NO_BROWSER ?? false }, async (t) => {
  await ensureBuilt();
  const database = await testDatabase(t);
  const generation = generationByHand(t, database.url);
  const gateway = await startGateway(t, { DATABASE_URL: database.url });
  const id = await generation.requestCourse();
  const evil = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>Evil</title>'));
  await new Promise<void>((resolve, reject) => {
    evil.once('error', reject);
    void freePort().then((port) => evil.listen(port, '127.0.0.1', resolve));
  });
  t.teardown(() => new Promise<void>((resolve) => evil.close(() => resolve())));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET, '--host-resolver-rules=MAP evil.example 127.0.0.1'] });
  t.teardown(() => browser.close());
  const base = `http://127.0.0.1:${gateway.port}`;
  const untouched = async (): Promise<void> => {
    const types = (await generation.log()).map(({ type }) => type);
    t.strictSame(types.filter((type) => type !== 'CourseMapRequested'), [], 'nothing was asked of the course, and no recovery');
    t.equal(types.length, 1);
  };

  for (const name of ['localhost', 'evil.example']) {
    t.test(`of ${name}, by requests whose answers it does not see, and by a form`, async (t) => {
      const { page } = await openPage(browser);
      await page.goto(`http://${name}:${(evil.address() as AddressInfo).port}/`);
      const statuses: number[] = [];
      page.on('response', (response) => response.url().startsWith(base) && statuses.push(response.status()));
      const sent = await page.evaluate(async ([base, id]) => {
        const paths = [`/api/v1/course-map/${id}/cancel`, '/api/v1/course-map/admin/recover-tasks'];
        const outcomes = [];
        for (const path of paths) outcomes.push(await fetch(base + path, { method: 'POST', mode: 'no-cors' }).then(() => 'sent', () => 'not sent'));
        outcomes.push(await fetch(`${base}/api/v1/course-map/list`).then(() => 'read', () => 'not read'));
        return outcomes;
      }, [base, id] as const);
      t.equal(sent.at(-1), 'not read');
      await page.evaluate(([base, id]) => {
        const form = document.createElement('form');
        Object.assign(form, { method: 'post', action: `${base}/api/v1/course-map/${id}/cancel` });
        document.body.append(form);
        form.submit();
      }, [base, id] as const);
      await page.waitForLoadState();
      t.strictSame(statuses.filter((status) => status < 400 && status !== 200), []);
      await untouched();
      await page.context().close();
    });
  }

  t.test('under its own name for this machine', async (t) => {
    const { page } = await openPage(browser);
    const answer = await page.goto(`http://evil.example:${gateway.port}/api/v1/course-map/list`);
    t.equal(answer?.status(), 421);
    const rebound = await page.evaluate(async (id) => {
      const statuses = [];
      for (const [method, path] of [['GET', '/api/v1/course-map/list'], ['GET', '/metrics'], ['POST', `/api/v1/course-map/${id}/cancel`], ['POST', '/api/v1/admin/webhooks']] as const) {
        statuses.push(await fetch(path, { method }).then(({ status }) => status, () => 0));
      }
      return statuses;
    }, id);
    t.ok(rebound.every((status) => status === 421 || status === 0), String(rebound));
    await untouched();
  });
});
