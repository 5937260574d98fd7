import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Contracts,
  eventually,
  startProduct,
  type CertificateAnswer,
  type Holder,
  type NoticeAnswer,
  type Product,
} from '../support/http.ts';

/** Seconds instead of days, so that a worker can really be away over notice and expiry. */
const TERMS = {
  billingPeriod: 'PT14S',
  renewalNotice: 'PT8S',
  overduePeriod: 'PT3S',
  warningStands: 'PT5S',
  noticeStands: 'PT9S',
};

describe('a worker that is away over notice and expiry, in real time', () => {
  let product: Product;
  let contracts: Contracts;
  beforeAll(async () => {
    product = await startProduct();
    contracts = new Contracts(product);
    await contracts.setPrices();
    await product.operator.post('/agreements', {
      version: 'seconds',
      text: 'The same agreement, in a hurry.',
      terms: TERMS,
      counterparty: { id: 'company', name: 'Example Warranty Cloud Co., Ltd.' },
      bankAccount: { receivingUnit: 'Example', bank: 'Bank of Examples', accountNumber: '000000000000' },
    });
  });
  afterAll(() => product?.close());

  it('posts the notice once and then the warning, and erases nobody who has not been warned long enough [R1, C5, A6]', async () => {
    const { holder } = await contracts.active();
    const { term } = await contracts.account(holder);
    const endsAt = Date.parse(term!.endsAt);
    expect(endsAt - Date.parse(term!.startsAt)).toBe(14_000);
    await product.stop('worker', 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, endsAt - Date.now() + 1500));
    expect((await notices()).map(({ kind }) => kind)).toEqual(['activated']);

    const backAt = Date.now();
    await product.start('worker');
    const warned = await eventually('the warning', async () => {
      const all = await notices();
      return all.some(({ kind, deletesAt }) => kind === 'overdueWarning' && deletesAt !== null) && all;
    });
    expect(warned.map(({ kind }) => kind)).toEqual(['overdueWarning', 'renewalNotice', 'activated']);
    const [warning, notice] = warned;
    const [warnedAt, noticedAt] = [Date.parse(warning!.deliveredAt!), Date.parse(notice!.deliveredAt!)];
    expect(noticedAt).toBeGreaterThanOrEqual(backAt);
    expect(warnedAt).toBeGreaterThanOrEqual(noticedAt);
    const deletesAt = Math.max(endsAt + 3000, warnedAt + 5000, noticedAt + 9000);
    expect(Date.parse(warning!.deletesAt!)).toBe(deletesAt);
    expect((await contracts.account(holder)).entitlements.canWrite).toBe(false);

    const certificate = await product.anyone.get<CertificateAnswer>(await contracts.erased(holder));
    expect(certificate).toMatchObject({ number: warning!.certificateNumber, reason: 'overdue', clause: 'C5' });
    const decidedAt = Date.parse(certificate.decidedAt);
    expect(decidedAt).toBeGreaterThanOrEqual(deletesAt);
    expect(decidedAt).toBeLessThan(deletesAt + 2000);

    function notices(): Promise<NoticeAnswer[]> {
      return noticesOf(holder);
    }
  }, 120_000);

  it('renews an account whose money was confirmed before the deletion, though nobody ran at that moment [C5, C6, R3]', async () => {
    const { holder } = await contracts.active();
    // Delivered, and not only posted: the contract takes the application from then on.
    await eventually('the renewal notice', async () =>
      (await noticesOf(holder)).some(({ kind, deliveredAt }) => kind === 'renewalNotice' && deliveredAt !== null),
    );
    await holder.as.post(`${holder.path}/renewals`, { years: 1 });
    const order = await eventually('the order', async () =>
      (await contracts.account(holder)).orders.find(({ kind }) => kind === 'renewal'),
    );
    await product.operator.post(`${holder.path}/renewals/${order.n}/verification`, { outcome: 'verified' });
    const warning = await eventually('the warning', async () =>
      (await noticesOf(holder)).find(({ kind, deletesAt }) => kind === 'overdueWarning' && deletesAt !== null),
    );
    await product.stop('worker', 'SIGKILL');
    const { body } = await contracts.bank([
      { id: `T-${order.orderId}`, amount: order.total, currency: 'CNY', bookedOn: '2030-01-10', text: order.reference },
    ]);
    const deletesAt = Date.parse(warning.deletesAt!);
    expect(Date.now()).toBeLessThan(deletesAt);
    await new Promise((resolve) => setTimeout(resolve, deletesAt - Date.now() + 1000));
    await product.start('worker');
    expect(await contracts.decided(body.receipts[0]!.receiptId)).toMatchObject({ state: 'applied' });
    const { term, orders } = await eventually('the renewal', async () => {
      const account = await contracts.account(holder);
      return account.term !== null && account.term.years === 2 && account;
    });
    expect(term).not.toBeNull();
    expect(orders.map(({ status }) => status)).toEqual(['paid', 'paid']);
  }, 120_000);

  const noticesOf = (holder: Holder): Promise<NoticeAnswer[]> => product.operator.get(`${holder.path}/notices`);
});
