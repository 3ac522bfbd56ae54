/**
 * The page, built from the sources that are here: by whoever needs it, when it is missing or stale.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BUILT_FROM, DIST, fingerprintOfSources, ROOT } from './sources.ts';

/** It could not be built; what the bundler said is the message. */
export class PageNotBuiltError extends Error {
  override readonly name = 'PageNotBuiltError';
  readonly code = 'page_not_built';
}

/**
 * Builds the page unless it is built from these very sources. May be called by several processes at once: each puts a whole page in place.
 *
 * @param onBuild told before it is built, which takes a few seconds
 * @throws PageNotBuiltError; the page of before is left as it was
 */
export async function ensureBuilt(onBuild: () => void = () => undefined): Promise<void> {
  if ((await builtFrom()) === (await fingerprintOfSources())) return;
  onBuild();
  try {
    // In a process of its own: what bundles takes memory that its caller would keep.
    await promisify(execFile)(process.execPath, [join(ROOT, 'build/main.ts')], { env: { ...process.env, NODE_ENV: 'production' } });
  } catch (error) {
    const said = (error as { readonly stderr?: string }).stderr?.trim() ?? '';
    throw new PageNotBuiltError(`The page could not be built${said === '' ? '' : `: ${said}`}`, { cause: error });
  }
}

async function builtFrom(): Promise<string | undefined> {
  return readFile(join(DIST, BUILT_FROM), 'utf8').catch(() => undefined);
}
