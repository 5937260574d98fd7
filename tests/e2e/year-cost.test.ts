import { Client, Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
import { yearCost } from '../../bench/year-cost.ts';
import { startProduct } from '../support/crash-driver.ts';
import { temporalAddress } from '../support/stack.ts';

it('a whole paid year costs at most the stated history events [C2, R1, R3]', { timeout: 120_000 }, async () => {
  const product = await startProduct();
  const connection = await Connection.connect({ address: temporalAddress() });
  try {
    const cost = await yearCost(
      product.api,
      product.db,
      new Client({ connection }),
      `cost-${process.pid}-${Date.now()}`,
    );
    process.stderr.write(JSON.stringify(cost, null, 1));
    expect(cost.total).toBeGreaterThan(0);
  } finally {
    await connection.close();
    await product.close();
  }
});
