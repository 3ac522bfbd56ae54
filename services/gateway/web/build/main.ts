/**
 * Builds the page into `dist/`: every file beside itself compressed, once and well, so that the gateway compresses nothing; and what it was
 * built from. It is put in place as a whole, so that whoever reads meanwhile sees the page before or the page after.
 */
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';
import { BUILT_FROM, DIST, fingerprintOfSources, ROOT } from './sources.ts';

const COMPRESSED = /\.(?:js|css|html|svg)$/;

const fingerprint = await fingerprintOfSources();
const making = join(ROOT, `.dist-${process.pid}`);
/** Those that stood in its place. */
const before: string[] = [];
try {
  await build({ configFile: join(ROOT, 'vite.config.ts'), build: { outDir: making, emptyOutDir: true } });
  const files = await readdir(making, { recursive: true });
  await Promise.all(files.filter((file) => COMPRESSED.test(file)).map((file) => compress(join(making, file))));
  await writeFile(join(making, BUILT_FROM), fingerprint);
  await putInPlace();
} finally {
  await Promise.all([making, ...before].map((folder) => rm(folder, { recursive: true, force: true })));
}

/** A folder cannot be renamed onto another that is not empty; and somebody else may put his there between two steps of ours. */
async function putInPlace(): Promise<void> {
  for (;;) {
    const aside = `${making}-${before.push(`${making}-${before.length}`) - 1}`;
    await rename(DIST, aside).catch(unless('ENOENT'));
    const isThere = await rename(making, DIST).then(() => true, unless('ENOTEMPTY', 'EEXIST'));
    if (isThere === true) return;
  }
}

function unless(...codes: readonly string[]): (error: unknown) => void {
  return (error) => {
    if (!codes.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  };
}

async function compress(file: string): Promise<void> {
  const content = await readFile(file);
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
    promisify(gzip)(content, { level: 9 }),
  ]);
  await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
}
