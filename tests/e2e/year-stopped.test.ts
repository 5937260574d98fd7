import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Contracts,
  eventually,
  startProduct,
  type CertificateAnswer,
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
      return product.operator.get(`${holder.path}/notices`);
    }
  }, 120_000);
});
