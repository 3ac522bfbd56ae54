/**
 * A thousand courses in the list, and two hundred events a second: the page keeps up. How smoothly is told and not claimed. Alone, so that it says something.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Page } from 'playwright-core';
import { testDatabase } from '@coursewright/db/testing';
import { until } from '@coursewright/events/testing';
import { ensureBuilt } from '@coursewright/web/build';
import { generationByHand } from '../../../../test/fixtures/generation-by-hand.ts';
import { startGateway } from '../../../../test/fixtures/running-gateway.ts';
import { NO_BROWSER, openBrowser, openPage } from '../../fixtures/browser.ts';

const COURSES = 1000;
const EVENTS_PER_SECOND = 200;
const MEASURED_MS = 5000;

/** Frames of each whole second, while something is scrolled by `step` pixels a frame. */
async function framesPerSecond(page: Page, scroller: string, step: number): Promise<readonly number[]> {
  return page.evaluate(async ([selector, pixels, ms]) => {
    const place = document.querySelector(selector);
    const seconds: number[] = [];
    const begun = performance.now();
    for (let now = begun; now - begun < ms; now = await new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.now())))) {
      const second = Math.floor((now - begun) / 1000);
      seconds[second] = (seconds[second] ?? 0) + 1;
      if (pixels !== 0 && place !== null) place.scrollTop = (place.scrollTop + pixels) % Math.max(1, place.scrollHeight - place.clientHeight);
    }
    return seconds;
  }, [scroller, step, MEASURED_MS] as const);
}

t.test('a page with much to show', { skip: NO_BROWSER ?? false }, async (t) => {
  await ensureBuilt();
  const database = await testDatabase(t);
  const generation = generationByHand(t, database.url);
  const gateway = await startGateway(t, { DATABASE_URL: database.url });
  const ids: string[] = [];
  for (let made = 0; made < COURSES; made += 20) {
    await Promise.all(Array.from({ length: 20 }, async () => {
      const id = await generation.requestCourse();
      await generation.plan(id);
      ids.push(id);
    }));
  }
  const browser = await openBrowser(t);

  /** Cards are begun and done, one after the other, until it is told to stop; returns how many events that were. */
  function work(): () => Promise<number> {
    let isOn = true;
    const going = (async () => {
      const begun = performance.now();
      let events = 0;
      for (const id of ids) {
        for (const node of ['start', 'left', 'right', 'end']) {
          if (!isOn) return events;
          await generation.completeNode(id, node);
          events += 3;
          await sleep(Math.max(0, (events / EVENTS_PER_SECOND) * 1000 - (performance.now() - begun)));
        }
      }
      return events;
    })();
    return () => {
      isOn = false;
      return going;
    };
  }

  for (const [name, hash, sign, step] of [['the list of courses', '#/courses', '.course-row', 40], ['the log', '#/log', '.event-row', 0]] as const) {
    t.test(`${name} moves on at ${EVENTS_PER_SECOND} events a second`, async (t) => {
      const { page, complaints } = await openPage(browser);
      await page.goto(`http://127.0.0.1:${gateway.port}/${hash}`);
      await page.waitForSelector(sign);
      const stop = work();
      await sleep(1000);
      const frames = await framesPerSecond(page, '.scroller', step);
      const events = await stop();
      t.comment(`${name}: frames a second ${frames.join(', ')}; ${events} events`);
      // How smooth it was is told, and claimed of no machine: what else runs on it is not known.
      t.ok(frames.every((count) => count > 0), 'it was drawn all along');
      const last = (await generation.log()).at(-1);
      const shown = hash === '#/log' ? page.locator('.log .facts', { hasText: `to ${last?.position} ` }) : page.locator('.course-row').first();
      await shown.waitFor();
      t.strictSame(complaints, []);
    });
  }

  t.test('all courses can be reached in the list', async (t) => {
    const { page } = await openPage(browser);
    await page.goto(`http://127.0.0.1:${gateway.port}/#/courses`);
    await page.waitForSelector('.course-row');
    await until('the last course is there', async () => {
      await page.locator('.scroller').evaluate((place) => place.scrollTo({ top: place.scrollHeight }));
      return (await page.locator('main .facts').first().innerText()) === `${COURSES} courses`;
    });
    t.pass(`${COURSES} courses`);
  });
});
