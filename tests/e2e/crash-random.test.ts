import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killAtRandom } from '../../bench/random-kills.ts';
import { startStack, type Stack } from '../../dev/stack.ts';
import { folder } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  const dataDir = folder();
  // Postgres runs as another user when the tests run as root, and has to get in.
  chmodSync(dataDir, 0o755);
  stack = await startStack({ dataDir, anyPorts: true, fsync: false });
});
afterAll(async () => {
  await stack.stop();
});

/** A small part of `npm run kills`, which has thirty. */
it(
  'contracts end as undisturbed ones do, with everything once, when the worker is killed at random moments [C5, R1, R3]',
  { timeout: 400_000 },
  async () => {
    const report = await killAtRandom(stack, { kills: 6, contracts: 3, seconds: 30, seed: 7 });
    expect(report.differences).toEqual([]);
    expect(report.kills).toHaveLength(6);
    expect(report.load.taken).toBe(report.load.sent);
    expect(report.duringTask).toBeGreaterThan(0);
  },
);
