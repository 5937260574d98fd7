import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../dev/stack.ts';
import { startProduct } from '../support/http.ts';
import type { Product } from '../support/http.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await product.close();
});

it('leads from registration to the renewal notice, as the README says, and again when it is run again [A1, C3, C6, R1]', () => {
  for (let run = 0; run < 2; run += 1) {
    const { status, stdout, stderr } = spawnSync('bash', ['docs/first-contract.sh'], {
      cwd: PROJECT_ROOT,
      encoding: 'utf8',
      timeout: 50_000,
      env: {
        ...process.env,
        PATH: `${join(PROJECT_ROOT, 'node_modules/.bin')}:${process.env['PATH']}`,
        API: product.url,
        KEY: product.env.PACTA_OPERATOR_KEY,
      },
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('"kind":"renewalNotice"');
    expect(stdout).toContain('"canWrite":true');
  }
});
