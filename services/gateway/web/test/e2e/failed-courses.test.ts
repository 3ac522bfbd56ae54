/**
 * Courses that did not end well are told so, wherever they are shown.
 */
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { courseMapStream, nodeStream } from '@coursewright/events';
import { ensureBuilt } from '@coursewright/web/build';
import { generationByHand } from '../../../test/fixtures/generation-by-hand.ts';
import { NODES } from '../../../test/fixtures/sample-course.ts';
import { startGateway } from '../../../test/fixtures/running-gateway.ts';
import { cutOff, NO_BROWSER, openBrowser, openPage } from '../fixtures/browser.ts';

t.test('courses that did not end well', { skip: NO_BROWSER ?? false }, async (t) => {
  await ensureBuilt();
  const database = await testDatabase(t);
  const generation = generationByHand(t, database.url);
  const { port } = await startGateway(t, { DATABASE_URL: database.url });
  const { page } = await openPage(await openBrowser(t), { reducedMotion: 'reduce' });
  const url = `http://127.0.0.1:${port}`;

  t.test('one with a failed node is nowhere called completed, and in nothing green', async (t) => {
    const id = await generation.requestCourse();
    await generation.plan(id);
    for (const node of ['start', 'left', 'right']) await generation.completeNode(id, node);
    await generation.failNode(id, 'end', 'no');
    await generation.completeCourse(id, 1);
    await page.goto(`${url}/#/courses/${id}`);
    await page.locator('.course-head .status.partial_failed').waitFor();
    t.match(await page.locator('.course-head .cards').innerText(), '3 of 4 cards, 1 failed');
    const newest = page.locator('.story li').first();
    t.match(await newest.innerText(), 'course ended: 3 cards done, 1 failed');
    t.equal(await newest.getAttribute('class'), 'trouble');
    await page.goto(`${url}/#/log?type=CourseMapCompleted`);
    const row = page.locator('.event-row').last();
    t.match(await row.innerText(), '1 failed');
    t.match(await row.getAttribute('class'), 'trouble');
    await row.locator('a').click();
    t.match(await page.locator('#event-title').innerText(), '1 failed');
  });

  t.test('while the provider is out the head says since when, and promises no time', async (t) => {
    const courseMapId = await generation.requestCourse();
    await generation.plan(courseMapId);
    for (const node of ['start', 'left']) await generation.completeNode(courseMapId, node);
    await generation.startNode(courseMapId, 'right');
    const head = page.locator('.course-head .facts');
    await page.goto(`${url}/#/courses/${courseMapId}`);
    await head.filter({ hasText: / left$/ }).waitFor();
    await generation.append(nodeStream({ courseMapId, nodeId: 'right' }), {
      type: 'GenerationFailed',
      data: { attempt: 1, error: { code: 'model_unavailable', message: '503' }, retryable: true, final: false, counts: false, outage_since: new Date().toISOString() },
    });
    await head.filter({ hasText: /the provider is out since \d\d:\d\d:\d\d/ }).waitFor();
    t.notMatch(await head.innerText(), / left/);
    t.match(await page.locator('.story li').first().innerText(), "failed by the provider's fault");
  });

  t.test('what a node says of its attempts is cut off on no screen', async (t) => {
    const courseMapId = await generation.requestCourse();
    await generation.plan(courseMapId, NODES.map((node) => ({ ...node, title: 'Paging through joins by type, eagerly' })));
    for (const nodeId of ['start', 'left']) {
      await generation.startNode(courseMapId, nodeId);
      await generation.append(
        nodeStream({ courseMapId, nodeId }),
        { type: 'GenerationInterrupted', data: { attempt: 1, cause: 'worker_lost', worker_id: 'worker-by-hand', detected_after_ms: 300 } },
        { type: 'GenerationStarted', data: { attempt: 2, worker_id: 'generation-0123456789', job_id: randomUUID(), deadline: '2099-01-01T00:00:00.000Z' } },
      );
    }
    const done = (await generation.log()).findLast((event) => event.type === 'GenerationCompleted');
    if (done?.type !== 'GenerationCompleted') throw new Error('there is no card yet');
    await generation.append(nodeStream({ courseMapId, nodeId: 'start' }), { type: 'GenerationCompleted', data: { ...done.data, attempt: 2 } });
    for (const width of [1440, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${url}/#/courses/${courseMapId}`);
      await page.locator('.map-node', { hasText: 'rescued' }).waitFor();
      await page.locator('.map-node .held').waitFor();
      t.strictSame(await cutOff(page), [], `at ${width} pixels`);
    }
  });

  t.test('one without a map says why', async (t) => {
    const failed = await generation.requestCourse();
    await generation.failPlanning(failed, 'no plan');
    const stopped = await generation.requestCourse();
    await generation.append(courseMapStream(stopped), { type: 'CourseMapCancelled', data: { reason: 'not wanted' } });
    for (const [id, words] of [[failed, 'planning failed for good'], [stopped, 'stopped before it was planned']] as const) {
      await page.goto(`${url}/#/courses/${id}`);
      await page.locator('.map', { hasText: words }).waitFor();
      t.equal(await page.getByText('is being planned').count(), 0);
    }
  });
});
