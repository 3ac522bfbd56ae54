/**
 * Which test files there are, by kind: the kind is the name of the folder under `test/`.
 */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** In the order in which they run: what is quick to fail comes first. */
export const KINDS = ['unit', 'integration', 'e2e'] as const;
export type Kind = (typeof KINDS)[number];

const PROJECT_FOLDER = fileURLToPath(new URL('..', import.meta.url));
const PACKAGES = ['packages/*', 'db', 'services/*', 'services/gateway/web', 'launcher', 'prove', 'chaos', 'scripts'];

export interface Selection {
  readonly kinds: readonly Kind[];
  /** A file is run when its path contains one of these, or there are none, and none of those that begin with `!`. */
  readonly filters: readonly string[];
}

/** Reads the command line: an optional kind, then parts of paths. A `--` that a package manager passes on is ignored. */
export function readSelection(args: readonly string[]): Selection {
  const words = args.filter((word) => word !== '--');
  const kind = KINDS.find((name) => name === words[0]);
  return kind === undefined ? { kinds: KINDS, filters: words } : { kinds: [kind], filters: words.slice(1) };
}

/** The files of one kind that are selected, as paths from the project folder, sorted. */
export function findTestFiles(kind: Kind, filters: readonly string[], project = PROJECT_FOLDER): string[] {
  const wanted = filters.filter((part) => !part.startsWith('!'));
  const unwanted = filters.filter((part) => part.startsWith('!')).map((part) => part.slice(1));
  const patterns = PACKAGES.map((folder) => `${folder}/test/${kind}/**/*.test.ts`);
  return globSync(patterns, { cwd: project, exclude: (name) => name === 'node_modules' || name === 'fixtures' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
    .filter((file) => !unwanted.some((part) => file.includes(part)))
    .sort();
}
