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

/** Runs a script as the README says. */
function run(script: string, env: Readonly<Record<string, string | undefined>> = {}) {
  return spawnSync('bash', [script], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
    timeout: 200_000,
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
    const { status, stdout, stderr } = run('docs/first-contract.sh');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('"kind":"renewalNotice"');
    expect(stdout).toContain('"canWrite":true');
    const [, id] = /^ACCOUNT=(.+)$/m.exec(stdout)!;
    const [, token] = /^TOKEN=(.+)$/m.exec(stdout)!;
    expect(await product.as(token!).get(`/accounts/${id}`)).toMatchObject({ accountId: id });
  }
});

it('leads from a sale to the end of a repaired unit’s claim, as the README says, and again when it is run again [W1, W2, W4, W6]', async () => {
  for (let n = 0; n < 2; n += 1) {
    const { status, stdout, stderr } = run('docs/first-repair.sh');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/"words":"Closed: repaired, replaced or refunded/);
    const [, repair] = /^REPAIR=(.+)$/m.exec(stdout)!;
    for (const party of ['MANUFACTURER', 'CUSTOMER', 'SERVICE_CENTER']) {
      const [, id, token, number] = new RegExp(`^${party}=(.+) TOKEN=(.+) NUMBER=(.+)$`, 'm').exec(stdout)!;
      const seen = await product.as(token!).get<{ [name: string]: unknown }>(`/accounts/${id}/${repair}`);
      expect(seen).toMatchObject({ state: 'closed', outcome: 'repaired' });
      if (party === 'SERVICE_CENTER') expect(seen['center']).toBe(number);
    }
  }
}, 420_000);

it('ends at the first step that fails, and says which and why', () => {
  const { status, stdout, stderr } = run('docs/first-contract.sh', { KEY: 'not-the-operator-key' });
  expect(status).toBe(1);
  expect(stderr).toContain('"status":401');
  expect(stderr).toContain('This step failed, and those after it were not tried: The operator sets a price');
  expect(stdout).not.toContain('A manufacturer registers');
});
