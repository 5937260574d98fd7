import { defineConfig } from 'vitest/config';

// Tests of pure code run without any server; all others share one real Temporal, Postgres and mail catcher.
const pure = [
  'tests/machines/**/*.test.ts',
  'tests/analysis/**/*.test.ts',
  'tests/engine/pure*.test.ts',
  'tests/config.test.ts',
  'tests/conformance/language.test.ts',
  'tests/dev/!(stack*).test.ts',
];

// .ci/run counts the tests from this file.
const report = process.env.PACTA_TEST_REPORT;
const counted: ['json', { outputFile: string }][] = report ? [['json', { outputFile: report }]] : [];

export default defineConfig({
  test: {
    environment: 'node',
    maxWorkers: 2,
    retry: 0,
    reporters: ['default', './tests/support/clauses-reporter.ts', ...counted],
    projects: [
      { extends: true, test: { name: 'pure', include: pure, testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['tests/**/*.test.ts'],
          exclude: pure,
          globalSetup: ['tests/support/stack.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
