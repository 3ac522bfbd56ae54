/**
 * Breaking things from the page, for real: what was broken is seen, somebody goes on, and the course completes. The stream of the page is
 * cut and resumed with nothing missing, by comparison with the log. Alone, for it measures.
 */
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Page } from 'playwright-core';
import type { CourseEvent } from '@coursewright/client';
import { until } from '@coursewright/events/testing';
import { courseAfter } from '../../../src/course/fold.ts';
import { isSeen, NO_BROWSER, openBrowser, openPage } from '../../fixtures/browser.ts';
import { startCuttable } from '../../fixtures/cuttable-wire.ts';
import { launchAll } from '../../fixtures/launched.ts';

const COURSE = { topic: 'Breaking', level: 'Novice', focus: 'things', verified_concept: 'none', mode: 'Deep', total_commitment_minutes: 240 } as const;

t.test('breaking things from the page', { skip: NO_BROWSER ?? false }, async (t) => {
  const { url, client } = await launchAll(t, 19_320, 1500);
  const browser = await openBrowser(t);
  const ask = async (): Promise<string> => {
    const answer = await client.ask(client.api.POST('/api/v1/course-map/generate', { body: COURSE, headers: { Prefer: 'respond-async' } }));
    return 'course_map_id' in answer ? answer.course_map_id : '';
  };
  const eventsOf = async (id: string): Promise<CourseEvent[]> => {
    const progress = await client.ask(client.api.GET('/api/v1/course-map/{course_map_id}/history', { params: { path: { course_map_id: id }, query: { limit: 500 } } }));
    const last = progress.entries.at(-1)?.position ?? 0;
    const events: CourseEvent[] = [];
    const ending = new AbortController();
    for await (const news of client.watchCourse(id, { after: 0, signal: ending.signal })) {
      if (news.kind === 'event') events.push(news.event);
      if (news.position >= last) ending.abort();
    }
    return events;
  };
  const completed = (page: Page) => page.waitForSelector('.course-head .status.completed', { timeout: 120_000 });

  t.test('a killed worker is seen on the page, with how soon it was noticed; its nodes go on elsewhere, and the course completes', async (t) => {
    const { page, complaints } = await openPage(browser);
    const id = await ask();
    await page.goto(`${url}/#/courses/${id}`);
    await page.waitForSelector('.map-node.generating');
    const holder = await page.locator('.map-node.generating .held').first().innerText();
    const worker = /by ([0-9a-f]+)/.exec(holder)?.[1] ?? '';
    const row = page.locator('.process', { hasText: worker });
    await row.getByRole('button', { name: 'Kill' }).click();
    const begun = performance.now();
    await page.locator('.aftermath .noticed').first().waitFor();
    t.comment(`${await page.locator('.aftermath .noticed').first().innerText()}; on the page after ${Math.round(performance.now() - begun)} ms`);
    await page.locator('.aftermath', { hasText: /goes on with|done/ }).waitFor();
    await completed(page);
    t.strictSame(complaints, []);
  });

  t.test('the tour is read on a desk and on a phone, wherever the page is scrolled to; whoever is frozen when it is stopped is thawed', async (t) => {
    for (const [width, height] of [[1440, 900], [360, 740]] as const) {
      const { page } = await openPage(browser, { viewport: { width, height } });
      await page.goto(url);
      await page.getByRole('button', { name: 'Show me' }).click();
      for (const words of ['A course is asked for', 'is frozen']) {
        const said = page.locator('.tour-caption p', { hasText: words });
        await said.waitFor();
        t.ok(await isSeen(said), `"${words}" at ${width} pixels`);
        await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
        t.ok(await isSeen(said), `"${words}" at ${width} pixels, at the end of the page`);
      }
      await page.getByRole('button', { name: 'Stop the tour' }).click();
      await until('nobody is frozen', async () => !(await client.ask(client.api.GET('/api/v1/local/processes'))).processes.some(({ state }) => state === 'frozen'));
    }
  });

  t.test('a page of somebody else\'s, whose name leads to this machine, breaks nothing', async (t) => {
    const ask = (host: string) => new Promise<number | undefined>((resolve, reject) =>
      get({ host: '127.0.0.1', port: new URL(url).port, path: '/api/v1/local/processes', headers: { host } }, (response) => resolve(response.resume().statusCode)).on('error', reject));
    t.equal(await ask('evil.example'), 421);
    t.equal(await ask('localhost'), 200);
  });

  t.test('a frozen worker is noticed by its silence, thawed, and the course completes', async () => {
    const { page } = await openPage(browser);
    const id = await ask();
    await page.goto(`${url}/#/courses/${id}`);
    await page.waitForSelector('.map-node.generating');
    const worker = /by ([0-9a-f]+)/.exec(await page.locator('.map-node.generating .held').first().innerText())?.[1] ?? '';
    await page.locator('.process', { hasText: worker }).getByRole('button', { name: 'Freeze' }).click();
    await page.locator('.process.frozen').waitFor();
    await page.locator('.aftermath .noticed').first().waitFor();
    await page.locator('.process.frozen').getByRole('button', { name: 'Thaw' }).click();
    await page.waitForSelector('.process.frozen', { state: 'detached' });
    await completed(page);
  });

  t.test('the database is cut and the model fails, and the course completes, every card written down once', async (t) => {
    const { page } = await openPage(browser);
    const id = await ask();
    await page.goto(`${url}/#/courses/${id}`);
    await page.waitForSelector('.map-node.generating');
    await page.getByRole('button', { name: 'Cut the database' }).click();
    await page.locator('.aftermath', { hasText: 'every session with the database cut' }).waitFor();
    await page.waitForSelector('.map-node.generating');
    await page.getByRole('button', { name: 'Make the model fail' }).click();
    await page.locator('.aftermath li', { hasText: 'the model fails' }).locator('.noticed').waitFor();
    await completed(page);
    const cards = (await eventsOf(id)).filter(({ type }) => type === 'GenerationCompleted').map(({ stream }) => stream);
    t.equal(new Set(cards).size, cards.length);
  });

  t.test('the stream is cut: the page says so and since when; when it is back, nothing is missing, by comparison with the log', async (t) => {
    const wire = await startCuttable(t, 19_340, Number(new URL(url).port));
    const { page } = await openPage(browser);
    await page.goto(`http://127.0.0.1:${wire.port}/#/log`);
    await page.waitForSelector('.event-row');
    const id = await ask();
    await page.locator('.event-row', { hasText: 'map planned' }).last().waitFor();
    wire.cut();
    await page.locator('.connection.lost', { hasText: /lost since \d\d:\d\d:\d\d/ }).waitFor();
    await sleep(4000);
    wire.mend();
    await page.locator('.connection.live').waitFor();
    await until('the course is completed', async () =>
      (await client.ask(client.api.GET('/api/v1/course-map/{course_map_id}/progress', { params: { path: { course_map_id: id } } }))).overall_status === 'completed');
    const head = (await eventsOf(id)).at(-1)?.position ?? 0;
    await page.locator('.log .facts', { hasText: `to ${head} ` }).waitFor();
    const [, first, last, count, missing] = /Positions (\d+) to (\d+) · (\d+) events · (\w+) missing/.exec(await page.locator('.log .facts').first().innerText()) ?? [];
    t.equal(missing, 'none');
    t.equal(Number(last), head);
    t.equal(Number(count), head - Number(first) + 1, 'as many as there are positions');
  });

  t.test('a view that is first opened while the connection is lost is there when it is back, with its styles', async (t) => {
    const wire = await startCuttable(t, 19_341, Number(new URL(url).port));
    const { page } = await openPage(browser);
    await page.goto(`http://127.0.0.1:${wire.port}/#/courses/new`);
    await page.locator('.connection.live').waitFor();
    wire.cut();
    await page.locator('.connection.lost').waitFor();
    for (const [hash, sign] of [['#/operations', '.desk table'], ['#/log', '.event-row'], ['#/courses', '.course-row']] as const) {
      await page.evaluate((to) => void (location.hash = to), hash);
      await page.locator('main', { hasText: /Loading the view|cannot be reached/ }).waitFor();
      await sleep(1000);
      wire.mend();
      await page.locator(sign).first().waitFor();
      wire.cut();
    }
    t.equal(await page.getByText('cannot be shown').count(), 0);
    wire.mend();
    await page.evaluate(() => void (location.hash = '#/operations'));
    await page.locator('.u-over').first().waitFor({ state: 'attached' });
    t.equal(await page.locator('.u-over').first().evaluate((place) => getComputedStyle(place).position), 'absolute');
  });

  t.test('at every instant of a course that was broken, the page shows what the API says', async (t) => {
    const { course_maps: courses } = await client.ask(client.api.GET('/api/v1/course-map/list', { params: { query: { limit: 10 } } }));
    for (const { course_map_id: id } of courses) {
      const params = { path: { course_map_id: id } };
      const { entries } = await client.ask(client.api.GET('/api/v1/course-map/{course_map_id}/history', { params: { ...params, query: { limit: 500 } } }));
      const events = await eventsOf(id);
      t.strictSame(events.map(({ position }) => position), entries.map(({ position }) => position));
      const wrong: unknown[] = [];
      for (const [index, { at }] of entries.entries()) {
        // Of those that were committed together, the last.
        if (entries[index + 1]?.at === at) continue;
        const said = await client.ask(client.api.GET('/api/v1/course-map/{course_map_id}/progress', { params: { ...params, query: { at } } }));
        const shown = courseAfter(events.slice(0, index + 1));
        const standing = (nodes: readonly { readonly id: string; readonly status: string }[]) => nodes.map((node) => `${node.id} ${node.status}`).join();
        const same = said.overall_status === shown.status
          && standing(said.nodes_status.map(({ node_id: nodeId, status }) => ({ id: nodeId, status }))) === standing(shown.nodes.map(({ node, status }) => ({ id: node.id, status })));
        if (!same) wrong.push({ at, said: said.overall_status, shown: shown.status });
      }
      t.strictSame(wrong, [], `${entries.length} events`);
    }
  });
});
