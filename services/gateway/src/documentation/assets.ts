/**
 * What the pages of `/docs` load: Swagger UI from its package, and a few lines of ours. Read when they are first asked for.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { tagOf } from '../api/if-none-match.ts';
import { PLAIN_STYLE, SHOW_API } from './pages.ts';

export interface Asset {
  readonly content: Buffer;
  readonly mediaType: string;
  /** Another content, another tag. */
  readonly etag: string;
}

const fromPackage = (name: string) => () => readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)));

const SOURCES: Readonly<Record<string, () => Promise<Buffer>>> = {
  'swagger-ui-bundle.js': fromPackage('swagger-ui-bundle.js'),
  'swagger-ui.css': fromPackage('swagger-ui.css'),
  'show-api.js': async () => Buffer.from(SHOW_API),
  'plain.css': async () => Buffer.from(PLAIN_STYLE),
};

const read = new Map<string, Promise<Asset>>();

/** The asset of this name, if there is one. */
export function findAsset(name: string): Promise<Asset> | undefined {
  const source = Object.hasOwn(SOURCES, name) ? SOURCES[name] : undefined;
  if (source === undefined) return undefined;
  const asset = read.get(name) ?? source().then((content) => assetOf(name, content));
  read.set(name, asset);
  asset.catch(() => read.delete(name));
  return asset;
}

function assetOf(name: string, content: Buffer): Asset {
  return { content, etag: tagOf(content), mediaType: name.endsWith('.css') ? 'text/css' : 'text/javascript' };
}
