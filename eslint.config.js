// Style, and which way dependencies point. Every rule that is not a default carries its reason.
import js from '@eslint/js';
import react from 'eslint-plugin-react-hooks';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/** Forbids imports, with the sentence that a developer reads. */
const forbid = (...patterns) => ({
  'no-restricted-imports': ['error', { patterns: patterns.map(([group, message]) => ({ group, message })) }],
});

const QUEUE = [['pg-boss'], 'pg-boss is known to infrastructure/pg-boss-dispatcher.ts and db/src/install-queue.ts alone.'];
const CONTAINER = [['tsyringe', 'reflect-metadata'], 'The container appears once, in composition.ts.'];
const OTHER_SERVICE = [
  ['@coursewright/generation*', '@coursewright/gateway*', '@coursewright/relay*', '**/services/*'],
  'Services meet in the log; none imports another.',
];
const NO_TESTING = [['@coursewright/*/testing'], 'What serves tests stays out of production.'];
const INTERNALS = [['@coursewright/*/src/*'], 'Import a package by its public surface.'];

export default tseslint.config(
  { ignores: ['**/node_modules', '**/.tap', '.data', 'test-evidence', 'packages/client/src/openapi.ts', '**/dist', '**/.dist-*'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.{ts,tsx}'] })),
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { project: ['./tsconfig.json', './services/gateway/web/tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    plugins: { regexp },
    rules: {
      // A pattern that takes for ever on a text that somebody chose is a way to stop a process.
      'regexp/no-super-linear-backtracking': 'error',
      // A union without a branch for each member is a bug that waits for the next member.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Types are erased; an import that is only a type must say so.
      '@typescript-eslint/consistent-type-imports': 'error',
      // `${count}` of a number reads as it should.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // What is unused on purpose is named _.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // `void promise` is how a fire-and-forget is written here; arrow functions may return it.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // Functions that satisfy an async port need not await.
      '@typescript-eslint/require-await': 'off',
      // It takes a flag that a closure sets during an await for a constant.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // process.env is read through its index signature.
      '@typescript-eslint/dot-notation': 'off',
      // Errors that came in as unknown go out as they came.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // A file is a screen or two; a longer one does two jobs.
      'max-lines': ['error', { max: 260, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
    },
  },
  {
    files: ['packages/events/src/**'],
    ignores: ['**/testing/**'],
    rules: forbid(QUEUE, CONTAINER, OTHER_SERVICE, INTERNALS, NO_TESTING, [['@coursewright/*', '!@coursewright/postgres'], 'The vocabulary depends on nobody; its store reaches Postgres as all do.']),
  },
  {
    files: ['packages/postgres/src/**'],
    rules: forbid(QUEUE, CONTAINER, OTHER_SERVICE, INTERNALS, NO_TESTING, [['@coursewright/*'], 'It knows Postgres, and nobody who uses it.']),
  },
  {
    files: ['services/generation/src/domain/**'],
    rules: {
      ...forbid(QUEUE, CONTAINER, OTHER_SERVICE, INTERNALS, NO_TESTING, [
        ['pg', 'node:*', '!node:crypto', '**/application/**', '**/infrastructure/**'],
        'The domain never asks the world: time, ids and chance come in the command. (Hashing is arithmetic.)',
      ]),
      // The same, for what needs no import.
      'no-restricted-globals': ['error', 'Date', 'process', 'setTimeout', 'setInterval', 'fetch', 'performance'],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
    },
  },
  {
    files: ['services/generation/src/application/**'],
    rules: forbid(QUEUE, CONTAINER, OTHER_SERVICE, INTERNALS, NO_TESTING, [
      ['**/infrastructure/**', '**/http/**', '**/composition.ts', '**/config.ts'],
      'The application speaks to ports; composition.ts plugs them.',
    ]),
  },
  {
    files: ['services/*/src/{infrastructure,http,routes,queries}/**'],
    ignores: ['services/generation/src/infrastructure/pg-boss-dispatcher.ts'],
    rules: forbid(QUEUE, CONTAINER, OTHER_SERVICE, INTERNALS, NO_TESTING),
  },
  {
    files: ['services/gateway/src/**'],
    ignores: ['services/gateway/src/composition.ts'],
    rules: forbid(CONTAINER, OTHER_SERVICE, INTERNALS, NO_TESTING, [['pg-boss'], 'The gateway knows no queue.']),
  },
  {
    files: ['services/relay/src/**'],
    rules: forbid(QUEUE, CONTAINER, OTHER_SERVICE, INTERNALS, NO_TESTING),
  },
  {
    files: ['services/relay/src/**'],
    ignores: ['services/relay/src/nats/**'],
    rules: { 'no-restricted-syntax': ['error', { selector: "ImportDeclaration[source.value=/^@nats-io/]", message: 'NATS is known to nats/ alone, and loaded only where it is wanted.' }] },
  },
  {
    // What the page can do, any client can.
    files: ['services/gateway/web/src/**'],
    ...react.configs.flat['recommended-latest'],
    rules: {
      ...react.configs.flat['recommended-latest'].rules,
      // For the compiler of React, which does not build this page.
      'react-hooks/incompatible-library': 'off',
      ...forbid(QUEUE, CONTAINER, OTHER_SERVICE, INTERNALS, NO_TESTING, [
        ['pg', 'node:*', '@coursewright/events', '@coursewright/db', '@coursewright/process', '**/gateway/src/**'],
        'The page knows the API and nothing behind it.',
      ]),
    },
  },
  {
    files: ['packages/client/src/**', 'packages/cli/src/**'],
    rules: forbid(QUEUE, CONTAINER, OTHER_SERVICE, INTERNALS, NO_TESTING, [
      ['pg', '@coursewright/events', '@coursewright/db', '@coursewright/process'],
      'A client knows the API and nothing behind it.',
    ]),
  },
  {
    // What others send is searched in time that grows with its length, and not with its square.
    files: ['services/*/src/**', 'packages/*/src/**'],
    rules: { 'regexp/no-super-linear-move': 'error' },
  },
  {
    // A service's environment is read in one place.
    files: ['services/*/src/**'],
    ignores: ['services/*/src/config.ts', 'services/*/src/main.ts'],
    rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Only config.ts reads the environment.' }] },
  },
  {
    files: ['**/test/**', 'services/gateway/web/scripts/**', 'bench/**', 'chaos/**', 'scripts/**', 'db/scripts/**', 'db/src/*-command.ts', 'db/src/on-database.ts', 'launcher/**', 'db/src/main.ts', 'prove/src/main.ts', '**/testing/**'],
    rules: {
      // These talk to a person at a terminal, or build odd values on purpose.
      'no-console': 'off',
      'max-lines': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-useless-default-assignment': 'off',
      // tap's t.test() returns a promise that tap itself awaits.
      '@typescript-eslint/no-floating-promises': 'off',
    },
  },
);
