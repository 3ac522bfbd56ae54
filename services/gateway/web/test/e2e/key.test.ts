/**
 * A gateway that wants to know who asks: the page asks for a key, keeps it for the tab alone, and says what the key may not do.
 */
import pg from 'pg';
import t from 'tap';
import { testDatabase } from '@coursewright/db/testing';
import { ensureBuilt } from '@coursewright/web/build';
import { generationByHand } from '../../../test/fixtures/generation-by-hand.ts';
import { startGateway } from '../../../test/fixtures/running-gateway.ts';
import { barriers, NO_BROWSER, openBrowser, openPage } from '../fixtures/browser.ts';

t.test('a page behind a key', { skip: NO_BROWSER ?? false }, async (t) => {
  await ensureBuilt();
  const database = await testDatabase(t);
  const generation = generationByHand(t, database.url);
  const { port } = await startGateway(t, { DATABASE_URL: database.url, AUTH: 'required' });
  const owner = new pg.Pool({ connectionString: database.url, max: 1 });
  t.teardown(() => owner.end());
  const makeKey = async (...scopes: readonly string[]): Promise<string> =>
    (await owner.query<{ key: string }>("SELECT make_api_key('test', $1, NULL) AS key", [scopes])).rows[0]?.key ?? '';
  const all = await makeKey('courses:read', 'courses:write', 'events:read', 'admin');
  const reader = await makeKey('courses:read');
  const course = await generation.requestCourse();
  await generation.plan(course);
  const browser = await openBrowser(t);
  const url = `http://127.0.0.1:${port}`;

  t.test('a wrong key is refused in words; a right one opens the page, is kept when it is loaded again, and is in no other tab', async (t) => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${url}/#/courses`);
    await page.getByLabel('Key').fill('cw_wrong');
    t.strictSame(await barriers(page), []);
    await page.keyboard.press('Enter');
    await page.getByText('The key was refused').waitFor();
    await page.getByLabel('Key').fill(all);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.course-row');
    await page.locator('.connection.live').waitFor();
    await page.reload();
    await page.waitForSelector('.course-row');
    t.strictSame([await page.evaluate(() => localStorage.length), await page.evaluate(() => document.cookie), page.url().includes(all)], [0, '', false]);

    const other = await page.context().newPage();
    await other.goto(`${url}/#/courses`);
    await other.getByLabel('Key').waitFor();
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByLabel('Key').waitFor();
    t.equal(await page.evaluate(() => sessionStorage.length), 0);
    // The browser itself writes down each 401.
    t.strictSame(complaints.filter((each) => !each.includes('401')), []);
  });

  t.test('a key that reads courses alone sees them, is told that nothing is live, and keeps up all the same', async (t) => {
    const { page } = await openPage(browser);
    await page.goto(`${url}/#/courses`);
    await page.getByLabel('Key').fill(reader);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.course-row');
    await page.getByText('the key may not read events').waitFor();
    t.match(await page.locator('.course-row .number').first().innerText(), '0/');
    await generation.completeNode(course, 'start');
    await page.locator('.course-row .number', { hasText: '1/' }).waitFor({ timeout: 20_000 });
    await page.goto(`${url}/#/operations`);
    await page.getByText('Your key may not see this').waitFor();
    await page.goto(`${url}/#/log`);
    await page.getByText('Your key may not see this').waitFor();
  });
});
