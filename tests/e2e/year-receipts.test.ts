import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noticeBefore } from '../../dev/demo/expected-dates.ts';
import {
  Contracts,
  eventually,
  hoursAfter,
  PRICES,
  startProduct,
  transfer,
  type OrderAnswer,
  type Product,
  type ReceiptAnswer,
} from '../support/http.ts';

const START = '2032-03-01T02:00:00.000Z';

let product: Product;
let contracts: Contracts;
beforeAll(async () => {
  product = await startProduct();
  contracts = new Contracts(product);
  await contracts.setPrices();
});
afterAll(() => product?.close());

it('adds partial receipts up, and begins the term with the one that completes them [C6]', async () => {
  const { holder, order } = await contracts.ordered({ clock: await contracts.clock(START) });
  await contracts.receipt({ amount: 500_000, text: order.reference });
  expect((await contracts.account(holder)).orders[0]).toMatchObject({
    status: 'partlyPaid',
    received: 500_000,
    outstanding: 700_000,
  });
  expect((await contracts.account(holder)).term).toBeNull();
  await contracts.receipt({ amount: 700_000, text: order.reference });
  const account = await eventually('the activation', async () => {
    const found = await contracts.account(holder);
    return found.term !== null && found;
  });
  expect(account.orders[0]).toMatchObject({ status: 'paid', received: 1_200_000, outstanding: 0 });
});

it('counts a bank transaction once through whichever door it comes, and notices other particulars [C6]', async () => {
  const { holder, order } = await contracts.ordered({ clock: await contracts.clock(START) });
  const id = `BOC-${randomUUID()}`;
  const told = { id, amount: 500_000, currency: 'CNY', bookedOn: '2032-03-02', text: order.reference };
  const answers = await Promise.all([contracts.bank([told, told]), contracts.bank([told]), contracts.bank([told])]);
  const receipts = answers.flatMap(({ body }) => body.receipts);
  expect(receipts.map(({ outcome }) => outcome).toSorted()).toEqual(['accepted', 'known', 'known', 'known']);
  expect(new Set(receipts.map(({ receiptId }) => receiptId)).size).toBe(1);
  const byHand = await product.operator.request<ReceiptAnswer>('POST', '/receipts', {
    body: transfer({ bankTransactionId: id, amount: 500_000, text: order.reference }),
  });
  expect([byHand.status, byHand.body.receiptId]).toEqual([200, receipts[0]!.receiptId]);
  const differing = await contracts.bank([{ ...told, amount: 700_000 }]);
  expect(differing.body.receipts[0]!.outcome).toBe('conflict');
  await contracts.decided(receipts[0]!.receiptId);
  expect((await contracts.account(holder)).orders[0]).toMatchObject({ status: 'partlyPaid', received: 500_000 });
});

it('keeps an excess as credit, and pays the next order with it first [C6]', async () => {
  const clock = await contracts.clock(START);
  const { holder, order } = await contracts.ordered({ clock });
  const excess = await contracts.receipt({ amount: PRICES.manufacturer + 300_000, text: order.reference });
  expect(excess).toMatchObject({ state: 'applied', applied: PRICES.manufacturer, credited: 300_000 });
  const active = await eventually('the activation', async () => {
    const account = await contracts.account(holder);
    return account.term !== null && account;
  });
  expect(active.credit).toEqual({ amount: 300_000, currency: 'CNY' });
  await contracts.advance(clock, hoursAfter(noticeBefore(active.term!.endsAt), 1));
  const { order: renewal } = await holder.as.post<{ order: OrderAnswer }>(`${holder.path}/renewals`, { years: 1 });
  await eventually('the credit on the order', async () => {
    const found = (await contracts.account(holder)).orders.find(({ n }) => n === renewal.n);
    return found?.outstanding === PRICES.manufacturer - 300_000;
  });
  expect((await contracts.account(holder)).credit).toBeNull();
  const after = await eventually('the receipt', async () => {
    const receipt = await product.operator.get<ReceiptAnswer>(`/receipts/${excess.receiptId}`);
    return receipt.credited === 0 && receipt;
  });
  expect(after).toMatchObject({ applied: PRICES.manufacturer + 300_000, credited: 0 });
});

it('keeps what cannot be applied for the operator, who assigns it or has it paid back [C6]', async () => {
  const { holder, order } = await contracts.ordered({ clock: await contracts.clock(START) });
  const { reference } = order;
  const digit = reference.at(-1) === '0' ? '1' : '0';
  const without = await contracts.receipt({ amount: 1_200_000, text: 'for the service' });
  const mistyped = await contracts.receipt({ amount: 1_200_000, text: reference.slice(0, -1) + digit });
  const dollars = await contracts.receipt({ amount: 1_200_000, currency: 'USD', text: reference });
  expect(without).toMatchObject({ state: 'unapplied', reason: 'noReference' });
  expect(mistyped).toMatchObject({ state: 'unapplied', reason: 'noReference' });
  expect(dollars).toMatchObject({ state: 'unapplied', reason: 'wrongCurrency' });
  expect((await contracts.account(holder)).orders[0]).toMatchObject({ status: 'open', received: 0 });
  const listed = await product.operator.get<ReceiptAnswer[]>('/receipts?state=unapplied');
  const ids = [without, mistyped, dollars].map(({ receiptId }) => receiptId);
  expect(listed.map(({ receiptId }) => receiptId)).toEqual(expect.arrayContaining(ids));

  await product.operator.post(`/receipts/${mistyped.receiptId}/assignment`, { reference });
  expect(await contracts.decided(mistyped.receiptId)).toMatchObject({ state: 'applied', orderId: order.orderId });
  await product.operator.post(`/receipts/${dollars.receiptId}/refund`, {});
  const due = await product.operator.get<ReceiptAnswer>(`/receipts/${dollars.receiptId}`);
  expect(due).toMatchObject({ state: 'refundDue', refundDue: 1_200_000, refunded: 0, currency: 'USD' });
  const confirm = async (bankTransactionId: string) => {
    const path = `/receipts/${dollars.receiptId}/refund/confirmation`;
    const { status, body: answer } = await product.operator.request('POST', path, { body: { bankTransactionId } });
    return [status, answer] as const;
  };
  const { bankTransactionId } = await product.operator.get<{ bankTransactionId: string }>(
    `/receipts/${dollars.receiptId}`,
  );
  expect(await confirm(bankTransactionId)).toMatchObject([400, { field: '/bankTransactionId' }]);
  const paidBack = [200, { receipt: { state: 'refunded', refundDue: 0, refunded: 1_200_000 } }];
  expect(await confirm(`${bankTransactionId}-back`)).toMatchObject(paidBack);
  await eventually('the activation', async () => (await contracts.account(holder)).term !== null);
});

it('believes only a bank that signs [C6]', async () => {
  const body = JSON.stringify({ transactions: [{ id: 'X', amount: 1, currency: 'CNY', bookedOn: '2032-03-02' }] });
  const headers = { 'bank-signature': `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}` };
  const { status } = await product.anyone.request('POST', '/webhooks/bank', { body, headers });
  expect(status).toBe(401);
});
