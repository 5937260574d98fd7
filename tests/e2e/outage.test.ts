import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseAway } from '../../bench/database-away.ts';
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

describe('a database that is away', () => {
  it(
    'holds up no event, loses none, and costs no history beyond the events themselves',
    { timeout: 120_000 },
    async () => {
      const report = await databaseAway(stack, { seconds: 20, pauseMs: 250 });
      expect(report.events).toBeGreaterThan(20);
      expect(report.lost).toEqual([]);
      expect(report.twice).toEqual([]);
      expect(report.agrees).toBe(true);
      expect(report.apiStatus).toBe(503);
      // The one commit that waits: its activity is scheduled once, however often it is tried.
      expect(report.beyond).toBeLessThanOrEqual(1);
      expect(report.idleGrowth).toBe(0);
      // Retries are at most 5 s apart.
      expect(report.caughtUpMs).toBeLessThan(15_000);
    },
  );
});
