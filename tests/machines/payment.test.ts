import { createActor, setup } from 'xstate';
import type { ActorRefFrom } from 'xstate';
import { describe, expect, it } from 'vitest';
import { orderMachine } from '../../machines/order.ts';
import type { OrderEvent } from '../../machines/order.ts';
import { accountId, activate, day, price, subscribe } from './simulated.ts';

const awaitingPayment = (setting = {}) => subscribe(setting).confirm().verify();

describe('receipts', () => {
  it('add up until the order is paid [C6]', () => {
    const subscription = awaitingPayment();
    const first = subscription.pay(40_000);
    expect(subscription.context().order).toMatchObject({ received: 40_000, isPaid: false });
    const second = subscription.pay(60_000);
    expect(subscription.has('service')).toBe(true);
    expect(subscription.recorded('recordAllocation')).toMatchObject([
      { receiptId: first, amount: 40_000 },
      { receiptId: second, amount: 60_000 },
    ]);
    expect(subscription.recorded('recordOrderStatus').map((one) => [one.status, one.received])).toEqual([
      ['partlyPaid', 40_000],
      ['paid', 100_000],
    ]);
    expect(subscription.told(second)).toEqual([
      { type: 'receipt.applied', orderId: `${accountId}.o1`, applied: 60_000, credited: 0 },
    ]);
  });

  it('short by no more than the tolerance count as paid [C6]', () => {
    const terms = { shortfallTolerance: 500 };
    const tolerated = awaitingPayment({ terms });
    tolerated.pay(price - 500);
    expect(tolerated.has('service')).toBe(true);
    const short = awaitingPayment({ terms });
    short.pay(price - 501);
    expect(short.has('service')).toBe(false);
  });

  it('are needed where all of the price is within the tolerance [C6]', () => {
    const terms = { shortfallTolerance: price };
    const waiting = awaitingPayment({ terms });
    expect(waiting.has('service')).toBe(false);
    waiting.pay(1);
    expect(waiting.has('service')).toBe(true);
  });

  it('above the price become credit, which the next order uses first [C6]', () => {
    const subscription = awaitingPayment();
    const receipt = subscription.pay(price + 30_000);
    expect(subscription.recorded('recordCredit').at(-1)).toMatchObject({ balance: 30_000, currency: 'CNY' });
    expect(subscription.told(receipt)).toMatchObject([{ applied: price, credited: 30_000 }]);
    subscription.to(subscription.context().noticeAt ?? '').renew();
    expect(subscription.context().order).toMatchObject({ received: 30_000 });
    expect(subscription.recorded('recordAllocation').at(-1)).toMatchObject({
      orderId: `${accountId}.o2`,
      receiptId: receipt,
      amount: 30_000,
    });
    subscription.pay(70_000);
    expect(subscription.context().order?.isPaid).toBe(true);
    expect(subscription.recorded('recordCredit').at(-1)).toMatchObject({ balance: 0 });
  });

  it('for an order that is paid already are kept as credit [C6]', () => {
    const subscription = activate();
    const receipt = subscription.pay(5_000, 1);
    expect(subscription.told(receipt)).toEqual([
      { type: 'receipt.applied', orderId: `${accountId}.o1`, applied: 0, credited: 5_000 },
    ]);
  });

  it('that were counted are answered again and never counted twice [C6]', () => {
    const subscription = awaitingPayment();
    const receipt = subscription.pay(40_000);
    const again = {
      type: 'receipt.received' as const,
      receiptId: receipt,
      orderId: `${accountId}.o1`,
      amount: 40_000,
      currency: 'CNY',
    };
    subscription.send(again).send(again);
    expect(subscription.context().order?.received).toBe(40_000);
    expect(subscription.told(receipt)).toEqual(
      Array.from({ length: 3 }, () => ({
        type: 'receipt.applied',
        orderId: `${accountId}.o1`,
        applied: 40_000,
        credited: 0,
      })),
    );
    expect(subscription.recorded('recordAllocation')).toHaveLength(1);
    const told = subscription.leave().send(again).told(receipt);
    expect(told.slice(3).map((answer) => answer?.type)).toEqual(['refund.due', 'receipt.applied']);
  });

  it('in another currency than the order’s, or for an order of nobody, are declined [C6]', () => {
    const subscription = awaitingPayment();
    const wrong = subscription.pay(price, 1, 'USD');
    expect(subscription.told(wrong)).toEqual([{ type: 'receipt.declined', reason: 'wrongCurrency' }]);
    const unknown = subscription.pay(price, 7);
    expect(subscription.told(unknown)).toEqual([{ type: 'receipt.declined', reason: 'unknownOrder' }]);
    expect(subscription.context().receipts).toEqual([]);
    const customer = activate({ role: 'customer' });
    expect(customer.told(customer.pay(price, 1))).toEqual([{ type: 'receipt.declined', reason: 'unknownOrder' }]);
  });

  it('whose order is free of charge are not waited for [C4]', () => {
    const subscription = awaitingPayment({ priceAt: () => 0 });
    expect(subscription.has('service')).toBe(true);
    subscription
      .to(subscription.context().noticeAt ?? '')
      .renew()
      .verifyRenewal();
    expect(subscription.context().paidTerms).toHaveLength(2);
  });
});

describe('an order', () => {
  it('can be cancelled while it waits and after it is paid, and is fulfilled once its term is entered [C4, C6]', () => {
    const steps = (total: number, ...events: OrderEvent['type'][]) => {
      const account = setup({ actors: { order: orderMachine } }).createMachine({
        invoke: { id: 'order', src: 'order', input: { orderId: 'o1', total, shortfallTolerance: 0 } },
      });
      const order = createActor(account).start().getSnapshot().children['order'] as ActorRefFrom<typeof orderMachine>;
      for (const type of events) order.send({ type, offers: [] });
      return order.getSnapshot().value;
    };
    expect(steps(100)).toBe('awaitingPayment');
    expect(steps(100, 'order.fulfilled')).toBe('awaitingPayment');
    expect(steps(100, 'order.cancelled')).toBe('cancelled');
    expect(steps(0)).toBe('paid');
    expect(steps(0, 'order.fulfilled')).toBe('fulfilled');
    expect(steps(0, 'order.cancelled')).toBe('cancelled');
  });
});

describe('a message that comes back', () => {
  it('is kept for an operator to look into, the last twenty of them', () => {
    const subscription = activate();
    for (let n = 1; n <= 25; n += 1) {
      const to = `receipt-${n}`;
      subscription.send({
        type: 'message.refused',
        messageId: `m${n}`,
        to,
        eventType: 'receipt.applied',
        reason: 'gone',
      });
    }
    expect(subscription.context().undelivered).toHaveLength(20);
    expect(subscription.context().undelivered.at(-1)).toEqual({
      to: 'receipt-25',
      eventType: 'receipt.applied',
      reason: 'gone',
    });
    expect(subscription.by(day).has('service')).toBe(true);
  });
});
