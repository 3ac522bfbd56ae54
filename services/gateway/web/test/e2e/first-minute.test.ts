/**
 * The page, as a new user meets it: with a browser, in his first minute; by the keyboard alone; in both themes, on any screen.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { until } from '@coursewright/events/testing';
import { barriers, EVIDENCE, isSeen, NO_BROWSER, openBrowser, openPage } from '../fixtures/browser.ts';
import { launchAll } from '../fixtures/launched.ts';

/** On loopback, with nothing kept from before. */
const FIRST_LOAD_BYTES = 250 * 1024;

t.test('the page in a browser', { skip: NO_BROWSER ?? false }, async (t) => {
  const { url, client } = await launchAll(t, 19_300, 400);
  const browser = await openBrowser(t);

  t.test('a course is growing already, its nodes light up, and it completes, with nothing loaded twice or from elsewhere', async (t) => {
    const { page, complaints } = await openPage(browser);
    let bytes = 0;
    const hosts = new Set<string>();
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    await page.goto(url);
    await page.waitForSelector('.map-node');
    const contentAfter = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity);
    t.comment(`content after ${Math.round(contentAfter)} ms`);
    t.ok(bytes < FIRST_LOAD_BYTES, `${bytes} bytes until the map stands there`);
    t.strictSame([...hosts], [new URL(url).host]);
    await page.waitForSelector('.course-head .status.completed');
    t.equal(await page.locator('.map-node.completed').count(), 17);
    t.match(await page.locator('.story').innerText(), /course completed/);
    t.match(await page.locator('.connection').innerText(), 'Live');
    t.strictSame(complaints, []);
  });

  t.test('a finished node opens its card, as a reader sees it', async (t) => {
    const { page, complaints } = await openPage(browser);
    await page.goto(url);
    await page.locator('.map-node.completed').first().click();
    await page.waitForSelector('.knowledge-card .key-elements li');
    t.equal(await page.locator('.expert-tip').count(), 1);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText(/^Page 2 of/).waitFor();
    t.strictSame(complaints, []);
  });

  t.test('another page, and another node, begin at their top, on a desk and on a phone', async (t) => {
    for (const [width, height] of [[1280, 800], [360, 740]] as const) {
      const { page } = await openPage(browser, { viewport: { width, height } });
      await page.goto(url);
      await page.locator('.map-node.completed').first().click();
      const card = page.locator('.knowledge-card .page');
      await card.waitFor();
      await card.evaluate((place) => place.scrollTo({ top: place.scrollHeight }));
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText(/^Page 2 of/).waitFor();
      t.equal(await card.evaluate((place) => place.scrollTop), 0);
      t.ok(await isSeen(card.locator(':scope > *').first()), `the first of page 2 at ${width} pixels`);

      await page.locator('.beside').evaluate((place) => place.scrollTo({ top: place.scrollHeight }));
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      const href = await page.locator('.map-node.completed').nth(1).getAttribute('href');
      await page.evaluate((hash) => void (location.hash = hash ?? ''), href);
      await page.locator(`.map-node[aria-current][href="${href}"]`).waitFor({ state: 'attached' });
      await card.waitFor();
      t.ok(await isSeen(page.locator('#node-title')), `the title of the next node at ${width} pixels`);
    }
  });

  t.test('the slider shows the course as it stood, and goes back to now', async (t) => {
    const { page } = await openPage(browser);
    await page.goto(url);
    await page.waitForSelector('.course-head .status.completed');
    await page.locator('#instant').focus();
    for (const key of ['Home', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    await page.getByText('event 3 of').waitFor();
    t.equal(await page.locator('.map-node.completed').count(), 0, 'planned just now');
    await page.keyboard.press('Home');
    await page.getByText('The map is being planned').waitFor();
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.waitForSelector('.course-head .status.completed');
  });

  t.test('by the keyboard alone: a course is asked for, stopped with a reason, and the reason stands in its story', async (t) => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${url}/#/courses`);
    await page.waitForSelector('.course-row');
    const tabTo = async (name: string): Promise<void> => {
      for (let step = 0; step < 60; step += 1) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate(() => document.activeElement?.textContent || document.activeElement?.id || document.activeElement?.getAttribute('name') || '');
        if (focused.startsWith(name)) return;
      }
      throw new Error(`"${name}" is not reached by the keyboard`);
    };
    await tabTo('New course');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#field-topic');
    for (const [field, text] of [['field-topic', 'Keyboards'], ['field-focus', 'Typing'], ['field-verified_concept', 'Keys']] as const) {
      await tabTo(field);
      await page.keyboard.type(text);
    }
    await tabTo('What would it be?');
    await page.keyboard.press('Enter');
    await page.getByText('of which').waitFor();
    await page.locator('#field-topic').focus();
    // A course of five cards is over in a second and a half: it stands still, as soon as the log has its map, until the keyboard has walked to the button.
    const { processes } = await client.ask(client.api.GET('/api/v1/local/processes'));
    const all = (fault: 'freeze' | 'thaw') => Promise.all(processes.map(({ name }) => client.ask(client.api.POST('/api/v1/local/faults', { body: { fault, process: name } }))));
    const watching = new AbortController();
    const frozen = (async () => {
      for await (const news of client.watchEverything({ signal: watching.signal })) {
        if (news.kind === 'snapshot') await page.keyboard.press('Enter');
        if (news.kind === 'event' && news.event.type === 'CourseMapPlanned') return all('freeze');
      }
      return undefined;
    })();
    await frozen;
    watching.abort();
    await page.waitForSelector('.map-node');
    await tabTo('Stop the course');
    await page.keyboard.press('Enter');
    await page.keyboard.type('the keyboard says so');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.course-head .status.cancelled');
    await all('thaw');
    await until('both workers are back', async () => {
      const { workers } = await client.ask(client.api.GET('/api/v1/admin/workers'));
      return workers.filter(({ alive }) => alive).length === processes.length;
    });
    await page.locator('.story', { hasText: 'the keyboard says so' }).waitFor();
    const { course_maps: [newest] } = await client.ask(client.api.GET('/api/v1/course-map/list', { params: { query: { limit: 1 } } }));
    const { entries } = await client.ask(client.api.GET('/api/v1/course-map/{course_map_id}/history', { params: { path: { course_map_id: newest?.course_map_id ?? '' } } }));
    t.match(entries.find(({ what }) => what === 'CourseMapCancelled'), { why: 'the keyboard says so', via: 'http' });
    t.strictSame(complaints, []);
  });

  t.test('an operator sees who works and what waits, and recovers, after a look at what that would take, with a reason', async (t) => {
    const { page, complaints } = await openPage(browser);
    await page.addInitScript(() => {
      const drawn = ((globalThis as unknown as { drawn: string[] }).drawn = []) as string[];
      const fill = CanvasRenderingContext2D.prototype.fillText;
      CanvasRenderingContext2D.prototype.fillText = function (text, ...where) {
        drawn.push(text);
        fill.call(this, text, ...where);
      };
    });
    await page.goto(`${url}/#/operations`);
    await page.waitForSelector('.desk table');
    await page.waitForFunction(() => (globalThis as unknown as { drawn: string[] }).drawn.length > 0);
    t.strictSame(await page.evaluate(() => (globalThis as unknown as { drawn: string[] }).drawn.filter((text) => /^\d{4}$/.test(text))), [], 'the axis of the chart has no years');
    t.equal(await page.locator('td', { hasText: '● alive' }).count(), 2);
    await page.locator('section', { has: page.getByRole('heading', { name: 'Subscriptions' }) }).getByText('generation').first().waitFor();
    await page.getByRole('button', { name: 'What would it take?' }).click();
    await page.getByText('with somebody who lives').waitFor();
    await page.getByLabel('Why?').fill('the page asks');
    await page.getByRole('button', { name: 'Recover', exact: true }).click();
    await page.getByText(/^Done: \d+ courses/).waitFor();
    await page.goto(`${url}/#/log?type=RecoveryRequested`);
    await page.locator('.event-row a').first().click();
    await page.locator('.event-detail', { hasText: 'the page asks' }).waitFor();
    t.strictSame(complaints, []);
  });

  t.test('what is wrong with a request is said at its field, and nothing is asked for', async (t) => {
    const { page } = await openPage(browser);
    await page.goto(`${url}/#/courses/new`);
    await page.waitForSelector('#field-topic');
    for (const name of ['topic', 'focus', 'verified_concept']) await page.fill(`#field-${name}`, 'x');
    await page.fill('#concepts', 'c\n'.repeat(21));
    await page.getByRole('button', { name: 'Make the course' }).click();
    await page.locator('.problem').first().waitFor();
    t.match(await page.locator('#concepts + .problem').innerText(), /20/);
    t.match(page.url(), '#/courses/new');
  });

  t.test('a card that means harm is harmless, and the policy of the page has nothing to forbid', async (t) => {
    const { page, complaints } = await openPage(browser);
    const markdown = [
      '## A card', '<script>document.title = "taken"</script>', '<img src=x onerror="document.title=\'taken\'">', '[a link](javascript:document.title="taken")',
      '![far away](https://evil.example/pixel.png)', `| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(5000)}`,
    ].join('\n\n');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.route('**/nodes/*', (route) => route.fulfill({ json: { type: 'knowledge_card', node_id: 'n1', totalPagesInCard: 2, markdown, yaml: 'x' } }));
    const { course_maps: courses } = await client.ask(client.api.GET('/api/v1/course-map/list', { params: { query: { status: 'completed' } } }));
    await page.goto(`${url}/#/courses/${courses[0]?.course_map_id ?? ''}/n1`);
    await page.waitForSelector('.knowledge-card table');
    t.equal(await page.title(), 'A course · Coursewright');
    t.equal(await page.locator('.knowledge-card :is(script, img, [onerror], [style])').count(), 0);
    t.equal(await page.locator('.knowledge-card a[href^="javascript:"]').count(), 0);
    t.strictSame(asked.filter((each) => each.includes('evil')), []);
    t.strictSame(complaints, []);
  });

  t.test('nobody is kept out: axe finds no barrier on any view, in either theme', async (t) => {
    const { course_maps: courses } = await client.ask(client.api.GET('/api/v1/course-map/list', { params: { query: { status: 'completed' } } }));
    const id = courses[0]?.course_map_id ?? '';
    const views = [['now', '#/', '.map-node'], ['courses', '#/courses', '.course-row'], ['new course', '#/courses/new', 'form'], ['course', `#/courses/${id}/n1`, '.knowledge-card'],
      ['log', '#/log', '.event-row'], ['event', '#/log?position=3', '.event-detail'], ['operations', '#/operations', '.desk table'], ['unknown', '#/nowhere', '.state']] as const;
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openPage(browser, { colorScheme, reducedMotion: 'reduce' });
      for (const [name, hash, sign] of views) {
        await page.goto(`${url}/${hash}`);
        await page.waitForSelector(sign);
        t.strictSame(await barriers(page), [], `${name}, ${colorScheme}`);
      }
    }
  });

  t.test('on a phone, a desk and a wall, in both themes, nothing runs out of the screen', async (t) => {
    await mkdir(EVIDENCE, { recursive: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, height] of [[360, 740], [1280, 800], [3840, 2160]] as const) {
        const { page } = await openPage(browser, { colorScheme, viewport: { width, height }, reducedMotion: 'reduce' });
        for (const [name, hash, sign] of [['now', '#/', '.map-node'], ['courses', '#/courses', '.course-row'], ['new-course', '#/courses/new', 'form'], ['log', '#/log', '.event-row'], ['operations', '#/operations', '.desk table']] as const) {
          await page.goto(`${url}/${hash}`);
          await page.waitForSelector(sign);
          const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          t.ok(tooWide <= 0, `${name} at ${width} pixels, ${colorScheme}`);
          await page.screenshot({ path: join(EVIDENCE, `${name}-${width}-${colorScheme}.png`) });
        }
        await page.context().close();
      }
    }
  });
});
