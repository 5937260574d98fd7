import { defineConfig } from 'vitest/config';

// The pure tests as `npm run check:clauses` runs them: with one transition missing, until the first test notices.
// The model's graph is left out: it takes many seconds, and a promise should be shown by a test that names it.
export default defineConfig({
  test: {
    include: ['tests/machines/**/*.test.ts'],
    exclude: ['tests/machines/*model.test.ts'],
    setupFiles: ['tests/support/without-transition.ts'],
    bail: 1,
    maxWorkers: 1,
    testTimeout: 30_000,
  },
});
