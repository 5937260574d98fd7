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

/** Runs the script as the README says. */
function run(env: Readonly<Record<string, string | undefined>> = {}) {
  return spawnSync('bash', ['docs/first-contract.sh'], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
    timeout: 50_000,
    env: {
      ...process.env,
      PATH: `${join(PROJECT_ROOT, 'node_modules/.bin')}:${process.env['PATH']}`,
      API: product.url,
      KEY: product.env.PACTA_OPERATOR_KEY,
      ...env,
    },
  });
}

it('leads from registration to the renewal notice, as the README says, and again when it is run again [A1, C3, C6, R1]', async () => {
  for (let n = 0; n < 2; n += 1) {
    const { status, stdout, stderr } = run();
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('"kind":"renewalNotice"');
    expect(stdout).toContain('"canWrite":true');
    const [, id] = /^ACCOUNT=(.+)$/m.exec(stdout)!;
    const [, token] = /^TOKEN=(.+)$/m.exec(stdout)!;
    expect(await product.as(token!).get(`/accounts/${id}`)).toMatchObject({ accountId: id });
  }
});

it('ends at the first step that fails, and says which and why', () => {
  const { status, stdout, stderr } = run({ KEY: 'not-the-operator-key' });
  expect(status).toBe(1);
  expect(stderr).toContain('"status":401');
  expect(stderr).toContain('This step failed, and those after it were not tried: The operator sets a price');
  expect(stdout).not.toContain('A manufacturer registers');
});
