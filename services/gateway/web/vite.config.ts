/**
 * How the page is built: static files with the hash of their content in their names, and nothing in the page itself that a strict policy
 * would have to allow.
 */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: {
    alias: [
      // sanitize-html loads it for styles, which a card may not have: they are never parsed.
      { find: /^postcss$/, replacement: `${import.meta.dirname}/src/course/no-styles.ts` },
    ],
  },
  build: {
    target: 'es2023',
    // Nothing as a data: URL, which the policy refuses.
    assetsInlineLimit: 0,
    // One file of styles, with the page: of one that cannot be loaded later, Vite never asks again.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  logLevel: 'warn',
});
