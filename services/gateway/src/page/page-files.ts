/**
 * The files of the page, as its build left them: they change with a release only, so whoever serves them reads them once.
 */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tagOf } from '../api/if-none-match.ts';

export type Encoding = 'br' | 'gzip' | 'identity';

export interface PageFile {
  readonly mediaType: string;
  /** Another content, another tag. */
  readonly etag: string;
  /** As it is, and compressed where that was worth it. */
  readonly content: Readonly<Partial<Record<Encoding, Buffer>>> & { readonly identity: Buffer };
}

const DIST = fileURLToPath(new URL('../../web/dist', import.meta.url));

export const PAGE_MEDIA_TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' } as const;

/** By their names within the build: `index.html`, `assets/…`. None when it is not built. */
export async function readPageFiles(folder = DIST): Promise<ReadonlyMap<string, PageFile>> {
  const names = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const served = names.filter((name) => Object.hasOwn(PAGE_MEDIA_TYPES, extname(name)));
  return new Map(await Promise.all(served.map(async (name) => [name, await readPageFile(folder, name, new Set(names))] as const)));
}

async function readPageFile(folder: string, name: string, names: ReadonlySet<string>): Promise<PageFile> {
  const read = (suffix: string): Promise<Buffer> => readFile(join(folder, `${name}${suffix}`));
  const compressed = async (encoding: Encoding, suffix: string) => (names.has(`${name}${suffix}`) ? { [encoding]: await read(suffix) } : {});
  const identity = await read('');
  return {
    mediaType: PAGE_MEDIA_TYPES[extname(name) as keyof typeof PAGE_MEDIA_TYPES],
    // Weak: compressed it has other bytes.
    etag: `W/${tagOf(identity)}`,
    content: { identity, ...(await compressed('br', '.br')), ...(await compressed('gzip', '.gz')) },
  };
}
