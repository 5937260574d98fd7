import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deletionAfter, expiryAfter, firstOrderDue, noticeBefore } from '../../dev/demo/expected-dates.ts';
import {
  Contracts,
  eventually,
  expectRightAfter,
  hoursAfter,
  startProduct,
  type CertificateAnswer,
  type ExportAnswer,
  type Holder,
  type NoticeAnswer,
  type OrderAnswer,
  type ProblemBody,
  type Product,
  type ReceiptAnswer,
} from '../support/http.ts';
import { stackUrls } from '../support/stack.ts';
import { allRows, countKeys, executions } from '../support/traces.ts';

/** Unlike anything else in the product, so that finding one of them anywhere means that it has leaked. */
const PERSONAL = {
  organisation: { name: 'Zyxwquell Machinery', address: '77 Quuxfeld Lane, Tianjin' },
  contact: { name: 'Wilhelmina Zyxwquell', email: 'wilhelmina@zyxwquell.example', phone: '+86 22 7777 0133' },
  payer: 'Zyxwquell Treasury',
  text: 'with regards from Wilhelmina',
};
const TRACES = ['zyxwquell', 'quuxfeld', 'wilhelmina', '7777 0133'];
const START = '2031-03-10T01:00:00.000Z';

const tracesIn = (text: string): string[] => TRACES.filter((trace) => text.toLowerCase().includes(trace));

describe('a paid year over HTTP, renewed once and then left unpaid', () => {
  let product: Product;
  let contracts: Contracts;
  let clock: string;
  let holder: Holder;
  let order: OrderAnswer;
  let activatedAt: string;
  let renewal: OrderAnswer;
  const receipts: ReceiptAnswer[] = [];
  /** How late, in milliseconds of contract time, deadlines of this year were recorded. */
  const lateness: number[] = [];

  beforeAll(async () => {
    product = await startProduct({ PACTA_LOG_LEVEL: 'debug' });
    contracts = new Contracts(product);
    await contracts.setPrices();
    clock = await contracts.clock(START);
  });
  afterAll(() => product?.close());

  const notices = async (kind: string): Promise<NoticeAnswer[]> =>
    (await contracts.account(holder)).notices.filter((one) => one.kind === kind);
  const oneNotice = (kind: string, count = 1): Promise<NoticeAnswer> =>
    eventually(kind, async () => {
      const found = (await notices(kind)).filter(({ deliveredAt }) => deliveredAt !== null);
      return found.length === count && found[0];
    });
  const workflows = (): string[] => [
    `subscription-${holder.accountId}`,
    ...receipts.map(({ receiptId }) => `receipt-${receiptId}`),
  ];

  it('gives no service before confirmation, verification and payment, and says what is next [A1, C1]', async () => {
    const { organisation, contact } = PERSONAL;
    holder = await contracts.register({ clock, organisation, contact });
    const registered = await contracts.account(holder);
    expect(registered).toMatchObject({
      accountNumber: null,
      term: null,
      entitlements: { functions: [], canWrite: false },
    });
    expect(registered.nextDeadline?.clauses).toContain('C5');
    await contracts.confirm(holder);
    expect((await contracts.account(holder)).agreement.confirmedAt).toMatch(/^2031-03-10T01:/);
    expect((await contracts.account(holder)).entitlements.functions).toEqual([]);
    order = await contracts.verified(holder);
    expect(order).toMatchObject({ kind: 'registration', total: 1_200_000, currency: 'CNY', status: 'open' });
    expect(order.dueAt).toBe(firstOrderDue(order.issuedAt));
    expect((await contracts.account(holder)).entitlements.functions).toEqual([]);
  });

  it('shows the order page as JSON and as HTML to the account alone [C3]', async () => {
    const page = await holder.as.get<Record<string, unknown>>(`${holder.path}/orders/1`);
    expect(page).toMatchObject({ role: 'manufacturer', edition: 'professional', reference: order.reference });
    const html = await holder.as.request<string>('GET', `${holder.path}/orders/1`, {
      headers: { accept: 'text/html' },
    });
    expect(html.headers.get('content-type')).toContain('text/html');
    expect(html.body.replaceAll(' ', '')).toContain(order.reference);
    const stranger = await contracts.register({ clock, role: 'customer' });
    expect((await stranger.as.request('GET', `${holder.path}/orders/1`)).status).toBe(404);
    expect((await product.anyone.request('GET', `${holder.path}/orders/1`)).status).toBe(401);
  });

  it('begins the term with the confirmed payment and assigns the number [C2, C6, U2]', async () => {
    const { payer, text } = PERSONAL;
    receipts.push(await contracts.receipt({ amount: order.total, text: `${text} ${order.reference}`, payer }));
    expect(receipts[0]).toMatchObject({ state: 'applied', applied: order.total, orderId: order.orderId });
    const active = await eventually('the activation', async () => {
      const account = await contracts.account(holder);
      return account.accountNumber !== null && account;
    });
    activatedAt = active.term!.startsAt;
    expect(active.accountNumber).toMatch(/^\d+$/);
    expect(active.term).toMatchObject({ endsAt: expiryAfter(activatedAt, 1), years: 1 });
    expect(active.entitlements.functions).toEqual(['warrantyManagement', 'repairServices']);
  });

  it('refuses an application before the notice, naming the date [R2]', async () => {
    const noticeAt = noticeBefore(expiryAfter(activatedAt, 1));
    await contracts.advance(clock, hoursAfter(noticeAt, -1));
    expect(await notices('renewalNotice')).toEqual([]);
    const refused = await holder.as.request<ProblemBody>('POST', `${holder.path}/renewals`, { body: { years: 1 } });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ type: '/problems/event-refused', notBefore: noticeAt });
  });

  it('posts the notice 90 days before expiry, not an hour earlier, and sends a copy [R1, A6]', async () => {
    const noticeAt = noticeBefore(expiryAfter(activatedAt, 1));
    await contracts.advance(clock, hoursAfter(noticeAt, 1));
    const notice = await oneNotice('renewalNotice');
    lateness.push(expectRightAfter(notice.postedAt, noticeAt));
    expect(notice.params).toEqual({ expiresAt: expiryAfter(activatedAt, 1) });
    const announced = await product.anyone.get<NoticeAnswer[]>('/announcements');
    expect(announced.map(({ noticeId }) => noticeId)).not.toContain(notice.noticeId);
    await eventually('the e-mail copy', async () => {
      const mails = await fetch(`${stackUrls().mail}/mails.json`);
      return (await mails.text()).includes(`<mail-${notice.noticeId}@`);
    });
  });

  it('extends the expiry once the renewal is both paid and verified [R3, C2]', async () => {
    const answer = await holder.as.post<{ order: OrderAnswer }>(`${holder.path}/renewals`, { years: 1 });
    renewal = answer.order;
    expect(renewal).toMatchObject({ kind: 'renewal', status: 'open', dueAt: expiryAfter(activatedAt, 1) });
    await product.operator.post(`${holder.path}/renewals/${renewal.n}/verification`, { outcome: 'verified' });
    expect((await contracts.account(holder)).term!.endsAt).toBe(expiryAfter(activatedAt, 1));
    receipts.push(await contracts.paid(renewal));
    await eventually('the extension', async () => (await contracts.account(holder)).term!.years === 2);
    expect((await contracts.account(holder)).term!.endsAt).toBe(expiryAfter(activatedAt, 2));
    await contracts.advance(clock, hoursAfter(expiryAfter(activatedAt, 1), 24));
    expect((await contracts.account(holder)).entitlements.canWrite).toBe(true);
  });

  it('keeps personal data out of Temporal, of all rows and of the logs [V8]', async () => {
    const histories = await executions(product, workflows());
    expect(histories.map((history) => typeof history)).toEqual(['string', 'string', 'string']);
    // What is not personal is found in this way.
    expect(histories.join('').includes(order.reference)).toBe(true);
    expect(tracesIn(histories.join(''))).toEqual([]);
    expect(tracesIn(await allRows(product))).toEqual([]);
    expect(product.log('api')).toContain('answered');
    expect(tracesIn(product.log('api') + product.log('worker'))).toEqual([]);
  });

  it('exports everything under the account, decrypted [P3]', async () => {
    const exported = await holder.as.get<ExportAnswer>(`${holder.path}/export`);
    const { organisation, contact } = PERSONAL;
    expect(exported.sections['information']).toEqual([{ organisation, contact }]);
    expect(exported.sections['orders']).toHaveLength(2);
    expect(JSON.stringify(exported.sections['receipts'])).toContain(PERSONAL.payer);
  });

  it('ends service at the expiry of the unpaid year, and warns with the moment of deletion [R4, C5]', async () => {
    const expiry = expiryAfter(activatedAt, 2);
    await contracts.advance(clock, hoursAfter(noticeBefore(expiry), 1));
    const notice = await oneNotice('renewalNotice', 2);
    lateness.push(expectRightAfter(notice.postedAt, noticeBefore(expiry)));
    await contracts.advance(clock, hoursAfter(expiry, -1));
    expect((await contracts.account(holder)).entitlements.canWrite).toBe(true);
    expect(await notices('overdueWarning')).toEqual([]);
    await contracts.advance(clock, hoursAfter(expiry, 1));
    const warning = await oneNotice('overdueWarning');
    lateness.push(expectRightAfter(warning.postedAt, expiry));
    expect(warning.deletesAt).toBe(deletionAfter(expiry, warning.deliveredAt!, notice.deliveredAt!));
    expect(warning.certificateNumber).toMatch(/^EC\d+$/);
    const overdue = await contracts.account(holder);
    expect(overdue.tags).toContain('overdue');
    expect(overdue.entitlements).toMatchObject({ functions: [], canWrite: false, canExport: true });
  });

  it('erases at the moment named, not an hour earlier, with a certificate for whoever has its number [C5, V5]', async () => {
    const [warning] = await notices('overdueWarning');
    const { accountNumber } = await contracts.account(holder);
    const path = `/certificates/${warning!.certificateNumber}`;
    await contracts.advance(clock, hoursAfter(warning!.deletesAt!, -1));
    expect((await contracts.account(holder)).accountNumber).toBe(accountNumber);
    expect((await product.anyone.request('GET', path)).status).toBe(404);

    await contracts.advance(clock, hoursAfter(warning!.deletesAt!, 1));
    expect(await contracts.erased(holder)).toBe(path);
    const certificate = await product.anyone.get<CertificateAnswer>(path);
    expect(certificate).toMatchObject({ accountNumber, reason: 'overdue', clause: 'C5' });
    lateness.push(expectRightAfter(certificate.decidedAt, warning!.deletesAt!));
    expect(Date.parse(certificate.erasedAt)).toBeGreaterThanOrEqual(Date.parse(certificate.decidedAt));
    expect(Object.values(certificate.counts).every((count) => count >= 0)).toBe(true);
    const page = await product.anyone.request<string>('GET', path, { headers: { accept: 'text/html' } });
    expect(page.body).toContain(certificate.number);
  });

  it('leaves nothing of the account: no key, no execution, no row, no credentials [C5, V5]', async () => {
    for (const caller of [holder.as, product.operator, product.anyone]) {
      expect((await caller.request('GET', holder.path)).status).toBe(410);
    }
    expect((await holder.as.request('GET', '/receipts')).status).toBe(401);
    const gone = await executions(product, workflows());
    expect(gone).toEqual([undefined, undefined, undefined]);
    // The other account of this test was never confirmed, and lapsed long ago.
    expect(countKeys(product)).toBe(0);
    const rows = await allRows(product);
    expect(tracesIn(rows)).toEqual([]);
    const left = rows.split('\n').filter((row) => row.includes(holder.accountId));
    // The tombstone and the number, by which nothing comes back or is used again; the certificate; the erasure's own steps.
    expect(new Set(left.map((row) => row.split(' ', 1)[0]))).toEqual(
      new Set(['public.account_numbers', 'public.accounts', 'public.audit', 'public.certificates', 'public.instances']),
    );
    const steps = left.filter((row) => /^public\.(instances|audit) /.test(row));
    expect(steps.filter((row) => !row.includes(`erasure-${holder.accountId}`))).toEqual([]);
    expect(tracesIn(product.log('api') + product.log('worker'))).toEqual([]);
  });

  it('records deadlines within a second after they are due [C2, R1, C5]', () => {
    expect(lateness).toHaveLength(4);
    // The middle ones: another test may have the processors for a moment.
    expect(lateness.toSorted((a, b) => a - b)[2]).toBeLessThan(1000);
  });

  it('keeps money for the erased account as unapplied until it is paid back [C6]', async () => {
    const late = await contracts.receipt({ amount: 1_200_000, text: `${PERSONAL.text} ${order.reference}` });
    expect(late).toMatchObject({ state: 'unapplied', reason: 'closedAccount', accountId: null });
    const refund = await product.operator.post<{ receipt: ReceiptAnswer }>(`/receipts/${late.receiptId}/refund`, {});
    expect(refund.receipt).toMatchObject({ state: 'refundDue', refundDue: 1_200_000 });
    const due = await product.operator.get<ReceiptAnswer[]>('/receipts?state=refundDue');
    expect(due.map(({ receiptId }) => receiptId)).toEqual([late.receiptId]);
    const { receipt } = await product.operator.post<{ receipt: ReceiptAnswer }>(
      `/receipts/${late.receiptId}/refund/confirmation`,
      { bankTransactionId: 'BACK-1' },
    );
    expect(receipt.state).toBe('refunded');
    expect((await product.operator.request('GET', holder.path)).status).toBe(410);
  });
});
