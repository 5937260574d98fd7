import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { eventually } from '../../bench/api.ts';
import { live, prepare, PRICE } from '../../bench/contract-life.ts';
import { listEditionChanges } from '../../db/edition-changes.ts';
import { startProduct } from '../support/crash-driver.ts';

interface Account {
  readonly edition: string;
  readonly orders: readonly { n: number; status: string; reference: string; total: number }[];
  readonly notices: readonly { kind: string; deliveredAt: string | null }[];
}

it('an upgrade is ordered, paid, in effect and announced once when the worker dies at each of its steps [E2, C6]', async () => {
  const product = await startProduct();
  try {
    const { api, db } = product;
    const clock = `edition-${randomUUID()}`;
    await prepare(api, clock, '2027-03-01T02:00:00.000Z');
    const price = { currency: 'CNY', yearlyAmount: 2 * PRICE, effectiveFrom: '2026-01-01T00:00:00.000Z' };
    await api.send('POST', '/price-lists', { role: 'manufacturer', edition: 'enterprise', ...price }, 'enterprise');
    const { accountId, token } = await live(api, clock, clock, (_, act) => act(), undefined, 'secondTransfer');
    const path = `/accounts/${accountId}`;
    const account = () => api.get<Account>(path, token);
    const when = (what: string, isSo: (one: Account) => boolean) => eventually(what, async () => isSo(await account()));

    let deaths = await product.diesTwiceAt(['activity.after:issueOrder', 'commit.before'], async () => {
      await api.send('POST', `${path}/edition-changes`, { edition: 'enterprise' }, `${clock}.ask`, token);
      await when('ordered', ({ orders }) => orders.some(({ n, status }) => n === 2 && status === 'open'));
    });
    const { reference, total } = (await account()).orders.find(({ n }) => n === 2)!;
    deaths += await product.diesTwiceAt(['commit.after', 'activity.after:postNotice'], async () => {
      const transfer = { bankTransactionId: `${clock}.paid`, amount: total, currency: 'CNY', bookedOn: '2027-03-01' };
      await api.send('POST', '/receipts', { ...transfer, reference, clock }, `${clock}.paid`);
      await when('Enterprise', ({ edition }) => edition === 'enterprise');
      await when('announced', ({ notices }) =>
        notices.some(({ kind, deliveredAt }) => kind === 'editionChanged' && deliveredAt !== null),
      );
    });
    expect(deaths).toBe(8);
    const { orders, notices } = await account();
    expect(orders.map(({ status }) => status)).toEqual(['paid', 'paid']);
    expect(notices.map(({ kind }) => kind)).toEqual(['editionChanged', 'activated']);
    expect((await listEditionChanges(db, accountId)).map(({ n, state }) => [n, state])).toEqual([[1, 'done']]);
  } finally {
    await product.close();
  }
}, 300_000);
