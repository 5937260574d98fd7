import { Client, Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
import { yearCost } from '../../bench/year-cost.ts';
import { startProduct } from '../support/crash-driver.ts';
import { temporalAddress } from '../support/stack.ts';

/**
 * 15 steps, each with a commit, 6 activities (order, number, notice of activation, renewal notice, order, notice of
 * renewal), 7 updates (confirmed, verified, two transfers, renewal, its transfer, its verification), 1 deadline that fires.
 * Start 1, updates 2 each, commits and activities 3 each, a task of 3 at most for the start and for each of these (what
 * comes at the same time shares one), timers started 7 and cancelled 5 and fired 1, search attributes 14 times.
 */
const subscription = 1 + 7 * 2 + (15 + 6) * 3 + (1 + 7 + 15 + 6 + 1) * 3 + (7 + 5 + 1) + 14;

/** 3 steps (received, offered, applied), 1 activity (its order is looked up), 1 update (applied). */
const receipt = 1 + 1 * 2 + (3 + 1) * 3 + (1 + 1 + 3 + 1) * 3 + 3;

it('a whole paid year costs at most the stated history events [C2, R1, R3]', { timeout: 120_000 }, async () => {
  const product = await startProduct();
  const connection = await Connection.connect({ address: temporalAddress() });
  try {
    const name = `cost-${process.pid}-${Date.now()}`;
    const cost = await yearCost(product.api, product.db, new Client({ connection }), name);
    const kinds = Object.values(cost.subscription).reduce((all, one) => all + one, 0);
    expect(cost.commits).toBe(15);
    expect(kinds).toBeLessThanOrEqual(subscription);
    expect(cost.receipts).toHaveLength(3);
    expect(Math.max(...cost.receipts)).toBeLessThanOrEqual(receipt);
    expect(cost.total).toBeLessThanOrEqual(subscription + 3 * receipt);
    // What docs/performance.md says.
    expect([subscription, receipt, subscription + 3 * receipt]).toEqual([195, 36, 303]);
  } finally {
    await connection.close();
    await product.close();
  }
});
