import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deletionAfter, expiryAfter, firstOrderDue, noticeBefore, windDownEnd } from '../../dev/demo/expected-dates.ts';
import {
  Contracts,
  eventually,
  expectRightAfter,
  hoursAfter,
  PRICES,
  startProduct,
  type CertificateAnswer,
  type ExportAnswer,
  type Holder,
  type NoticeAnswer,
  type OrderAnswer,
  type Product,
  type ReceiptAnswer,
} from '../support/http.ts';
import { executions } from '../support/traces.ts';

const START = '2031-05-04T02:00:00.000Z';
const DAY = 24;

let product: Product;
let contracts: Contracts;
beforeAll(async () => {
  product = await startProduct();
  contracts = new Contracts(product);
  await contracts.setPrices();
});
afterAll(() => product?.close());

const certificateOf = async (holder: Holder): Promise<CertificateAnswer> =>
  product.anyone.get(await contracts.erased(holder));

async function expectGone(holder: Holder): Promise<void> {
  expect(await executions(product, [`subscription-${holder.accountId}`])).toEqual([undefined]);
}

describe('an agreement ends', () => {
  it('when a registration is never confirmed: it lapses after 30 days [C5]', async () => {
    const clock = await contracts.clock(START);
    const holder = await contracts.register({ clock });
    const { nextDeadline } = await contracts.account(holder);
    await contracts.advance(clock, hoursAfter(nextDeadline!.at, -1));
    expect((await contracts.account(holder)).tags).toContain('readable');
    await contracts.advance(clock, hoursAfter(nextDeadline!.at, 1));
    const certificate = await certificateOf(holder);
    expect(certificate).toMatchObject({ accountNumber: null, reason: 'lapsed', clause: 'C5' });
    expectRightAfter(certificate.decidedAt, nextDeadline!.at);
    // 30 days after 4 May, at 24:00.
    expect(nextDeadline!.at).toBe('2031-06-03T16:00:00.000Z');
    await expectGone(holder);
  });

  it('when the first order stays unpaid: due, warned, erased after seven days [C5]', async () => {
    const clock = await contracts.clock(START);
    const { holder, order } = await contracts.ordered({ clock });
    const part = await contracts.receipt({ amount: 1000, text: order.reference });
    expect(part.state).toBe('applied');
    const dueAt = firstOrderDue(order.issuedAt);
    await contracts.advance(clock, hoursAfter(dueAt, -1));
    expect((await contracts.account(holder)).tags).not.toContain('overdue');
    await contracts.advance(clock, hoursAfter(dueAt, 1));
    const warning = await delivered(holder, 'registrationOverdueWarning');
    expectRightAfter(warning.postedAt, dueAt);
    expect(warning.deletesAt).toBe(deletionAfter(dueAt, warning.deliveredAt!, order.issuedAt.replace('2031', '2030')));
    await contracts.advance(clock, hoursAfter(warning.deletesAt!, -1));
    expect((await contracts.account(holder)).tags).toContain('payable');
    await contracts.advance(clock, hoursAfter(warning.deletesAt!, 1));
    const certificate = await certificateOf(holder);
    expect(certificate).toMatchObject({ number: warning.certificateNumber, reason: 'overdue', clause: 'C5' });
    expectRightAfter(certificate.decidedAt, warning.deletesAt!);
    // What was paid in part buys nothing, and is owed back beyond the erasure.
    const receipt = await eventually('the refund', async () => {
      const found = await product.operator.get<ReceiptAnswer>(`/receipts/${part.receiptId}`);
      return found.state === 'refundDue' && found;
    });
    expect(receipt).toMatchObject({ refundDue: 1000, accountId: null, orderId: null });
    await expectGone(holder);
  });

  it('when the user leaves: costs settled, export open for 14 days, then erased [V5, A5, P3]', async () => {
    const clock = await contracts.clock(START);
    const { holder } = await contracts.active({ clock });
    await contracts.advance(clock, hoursAfter(START, 40 * DAY));
    await holder.as.post(`${holder.path}/termination`, {});
    const { sections, exportedAt } = await holder.as.get<ExportAnswer>(`${holder.path}/export`);
    expect(sections.statements).toMatchObject([{ paid: PRICES.manufacturer, owed: 0, refunded: 0, currency: 'CNY' }]);
    const left = await contracts.account(holder);
    expect(left.entitlements).toMatchObject({ functions: [], canWrite: false, canExport: true });
    const change = await holder.as.request('PUT', `${holder.path}/information`, {
      body: { organisation: { name: 'Other' }, contact: {} },
    });
    expect(change.status).toBe(409);
    expect(left.nextDeadline?.at).toBe(windDownEnd(exportedAt));
    await endsWith(clock, holder, windDownEnd(exportedAt), { reason: 'terminated', clause: 'V5' });
  });

  it('when the user disagrees with a version: the same wind-down, for that reason [A5]', async () => {
    const clock = await contracts.clock(START);
    const holder = await contracts.register({ clock, role: 'customer' });
    await contracts.confirm(holder);
    await product.operator.post(`${holder.path}/verification`, { outcome: 'verified' });
    await eventually('the activation', async () => (await contracts.account(holder)).accountNumber !== null);
    const unknown = await holder.as.request('POST', `${holder.path}/disagreement`, { body: { version: 'none' } });
    expect(unknown.status).toBe(422);
    await holder.as.post(`${holder.path}/disagreement`, { version: '1' });
    const { end } = await contracts.account(holder);
    const { exportedAt, sections } = await holder.as.get<ExportAnswer>(`${holder.path}/export`);
    expect(sections.statements).toMatchObject([{ paid: 0, owed: 0, refunded: 0, currency: 'XXX' }]);
    expect(end ?? { reason: 'disagreed' }).toMatchObject({ reason: 'disagreed' });
    await endsWith(clock, holder, windDownEnd(exportedAt), { reason: 'disagreed', clause: 'A5' });
  });

  it('not while a renewal is paid in the overdue days: the years count from the activation [R3, R4]', async () => {
    const clock = await contracts.clock(START);
    const { holder } = await contracts.active({ clock, role: 'serviceCenter' });
    const { term } = await contracts.account(holder);
    const expiry = expiryAfter(term!.startsAt, 1);
    await contracts.advance(clock, hoursAfter(expiry, 3 * DAY));
    const overdue = await contracts.account(holder);
    expect(overdue.tags).toContain('overdue');
    expect(overdue.notices.filter(({ kind }) => kind === 'renewalNotice')).toHaveLength(1);
    const { order } = await holder.as.post<{ order: OrderAnswer }>(`${holder.path}/renewals`, { years: 1 });
    await contracts.paid(order);
    await product.operator.post(`${holder.path}/renewals/${order.n}/verification`, { outcome: 'verified' });
    const renewed = await eventually('the extension', async () => {
      const account = await contracts.account(holder);
      return account.term?.years === 2 && account;
    });
    expect(renewed.term!.endsAt).toBe(expiryAfter(term!.startsAt, 2));
    expect(renewed.entitlements.canWrite).toBe(true);
    await contracts.advance(clock, hoursAfter(expiry, 30 * DAY));
    expect((await contracts.account(holder)).tags).toContain('service');
    const second = noticeBefore(renewed.term!.endsAt);
    await contracts.advance(clock, hoursAfter(second, 1));
    expectRightAfter((await delivered(holder, 'renewalNotice', 2)).postedAt, second);
  });
});

function delivered(holder: Holder, kind: string, count = 1): Promise<NoticeAnswer> {
  return eventually(kind, async () => {
    const { notices } = await contracts.account(holder);
    const found = notices.filter((one) => one.kind === kind && one.deliveredAt !== null);
    return found.length === count && found[0];
  });
}

async function endsWith(
  clock: string,
  holder: Holder,
  at: string,
  how: { reason: string; clause: string },
): Promise<void> {
  await contracts.advance(clock, hoursAfter(at, -1));
  await holder.as.get(`${holder.path}/export`);
  await contracts.advance(clock, hoursAfter(at, 1));
  const certificate = await certificateOf(holder);
  expect(certificate).toMatchObject(how);
  expect(Date.parse(certificate.erasedAt)).toBeGreaterThanOrEqual(Date.parse(at));
  await expectGone(holder);
}
