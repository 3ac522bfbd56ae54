/**
 * What the page is built from, and where it is put.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const DIST = join(ROOT, 'dist');
/** In `dist`: the fingerprint of the sources that it was built from. */
export const BUILT_FROM = 'built-from';

/** Relative to the package: its own, the client's, and every library by its version. */
const SOURCES = ['src', 'build', 'index.html', 'vite.config.ts', 'package.json', '../../../packages/client/src', '../../../pnpm-lock.yaml'];

/** Another content of any source, another fingerprint. Times and places do not count: a clone has its own. */
export async function fingerprintOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of await filesOf(join(ROOT, source))) hash.update(`${file.name}\0`).update(await readFile(file.path)).update('\0');
  }
  return hash.digest('hex');
}

/** The file itself, or all files of a folder, in one order on every machine. */
async function filesOf(path: string): Promise<readonly { readonly name: string; readonly path: string }[]> {
  try {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return names.map((name) => ({ name: name.slice(path.length), path: name })).sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
    return [{ name: '', path }];
  }
}
