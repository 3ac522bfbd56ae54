/**
 * `pnpm screenshots`: the pictures of the README, taken from the running product.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openBrowser, openPage } from '../test/fixtures/browser.ts';
import { launchAll } from '../test/fixtures/launched.ts';

const IMAGES = fileURLToPath(new URL('../../../../docs/images', import.meta.url));
const PORT = 22_390;
const LATENCY_MS = 2500;

const endings: (() => Promise<void>)[] = [];
const t = { teardown: (handler: () => Promise<void>) => void endings.unshift(handler) };
try {
  await mkdir(IMAGES, { recursive: true });
  const { url } = await launchAll(t, PORT, LATENCY_MS);
  const browser = await openBrowser(t);
  const { page } = await openPage(browser, { viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  await page.goto(url);
  // A worker is killed while it writes, and its card has gone on elsewhere.
  await page.locator('.map-node.completed').nth(2).waitFor();
  const holder = /by ([0-9a-f]+)/.exec(await page.locator('.map-node.generating .held').first().innerText())?.[1] ?? '';
  await page.locator('.process', { hasText: holder }).getByRole('button', { name: 'Kill' }).click();
  await page.locator('.aftermath', { hasText: 'goes on with' }).waitFor();
  await page.screenshot({ path: `${IMAGES}/course.png` });
  await page.goto(`${url}/#/operations`);
  await page.locator('.desk meter').first().waitFor();
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: `${IMAGES}/operations.png` });
  console.log(`wrote ${IMAGES}`);
} finally {
  for (const end of endings) await end();
}
