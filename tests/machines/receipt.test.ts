import { describe, expect, it } from 'vitest';
import { simulate } from '../../engine/simulate.ts';
import type { MatchedReference } from '../../machines/activities.ts';
import type { Effects } from '../../machines/effects.ts';
import { receiptMachine } from '../../machines/receipt.ts';
import type { ReceiptPublicEvent } from '../../machines/receipt-events.ts';

const matched: MatchedReference = { matched: true, accountId: 'account', orderId: 'account.o1' };

/** A receipt of CNY 500.00 whose reference is answered like this, one answer for each look-up. */
function receive(...answers: MatchedReference[]) {
  const simulation = simulate(receiptMachine, {
    at: '2027-03-10T02:00:00.000Z',
    input: {
      receiptId: 'r1',
      source: 'bank',
      amount: 50_000,
      currency: 'CNY',
      reference: 'RF180000539007547034',
      bookedOn: '2027-03-10',
    },
    answers: { matchReference: () => answers.shift() },
  });
  const self = {
    ...simulation,
    snapshot: () => simulation.actor.getSnapshot(),
    state: () => simulation.actor.getSnapshot().value,
    can: (event: ReceiptPublicEvent) => simulation.actor.getSnapshot().can(event),
    send(event: ReceiptPublicEvent) {
      expect(self.can(event), `${event.type} is taken in ${JSON.stringify(self.state())}`).toBe(true);
      simulation.actor.send(event);
      const { context } = self.snapshot();
      expect(JSON.parse(JSON.stringify(context))).toEqual(context);
      return self;
    },
    recorded: () => simulation.effects.map((one) => one.params as Effects['recordReceipt']),
  };
  return self;
}

const appliedAll = { type: 'receipt.applied', orderId: 'account.o1', applied: 50_000, credited: 0 } as const;

describe('a receipt with the reference of an order', () => {
  it('is offered to its subscription and waits for the decision [C6]', () => {
    const receipt = receive(matched);
    expect(receipt.state()).toBe('offering');
    expect(receipt.messages.map((one) => one.message)).toEqual([
      {
        to: { machine: 'subscription', id: 'subscription-account' },
        event: { type: 'receipt.received', receiptId: 'r1', orderId: 'account.o1', amount: 50_000, currency: 'CNY' },
      },
    ]);
  });

  it('is applied when the subscription takes it, and keeps to its later figures [C6]', () => {
    const receipt = receive(matched).send({ ...appliedAll, applied: 40_000, credited: 10_000 });
    expect(receipt.recorded().at(-1)).toMatchObject({
      state: 'applied',
      applied: 40_000,
      credited: 10_000,
      refundDue: 0,
    });
    receipt.send(appliedAll);
    expect(receipt.recorded().at(-1)).toMatchObject({ state: 'applied', applied: 50_000, credited: 0 });
  });

  it.each([
    ['declines it', { type: 'receipt.declined', reason: 'closedAccount' } as const],
    [
      'is gone',
      {
        type: 'message.refused',
        messageId: 'm1',
        to: 'subscription-account',
        eventType: 'receipt.received',
        reason: 'ended',
      } as const,
    ],
  ])('is unapplied when the subscription %s [C6]', (_, event) => {
    const receipt = receive(matched).send(event);
    expect(receipt.state()).toBe('unapplied');
    expect(receipt.recorded().at(-1)).toMatchObject({ state: 'unapplied', reason: 'closedAccount', refundDue: 0 });
  });

  it('takes only its own offer’s return as a refusal [C6]', () => {
    const other = { type: 'message.refused', messageId: 'm1', to: 'x', eventType: 'other', reason: 'ended' } as const;
    expect(receive(matched).can(other)).toBe(false);
  });

  it('is owed back in part when the account ends, until the transfer is confirmed [C6]', () => {
    const receipt = receive(matched).send({ ...appliedAll, applied: 40_000, credited: 10_000 });
    receipt.send({ type: 'refund.due', amount: 10_000, currency: 'CNY', reason: 'terminated' });
    expect(receipt.state()).toBe('refundDue');
    expect(receipt.snapshot().hasTag('refundDue')).toBe(true);
    expect(receipt.recorded().at(-1)).toMatchObject({
      state: 'refundDue',
      applied: 40_000,
      credited: 0,
      refundDue: 10_000,
    });
    receipt.send({ type: 'refund.confirmed', bankTransactionId: 'out-1' });
    expect(receipt.snapshot().status).toBe('done');
    expect(receipt.recorded().at(-1)).toMatchObject({
      state: 'refunded',
      refundDue: 10_000,
      refundTransactionId: 'out-1',
    });
  });

  it('is never owed back for more than it was, or in another currency [C6]', () => {
    const receipt = receive(matched).send(appliedAll);
    expect(receipt.can({ type: 'refund.due', amount: 50_001, currency: 'CNY', reason: 'overdue' })).toBe(false);
    expect(receipt.can({ type: 'refund.due', amount: 50_000, currency: 'USD', reason: 'overdue' })).toBe(false);
    expect(receipt.can({ type: 'refund.due', amount: 50_000, currency: 'CNY', reason: 'overdue' })).toBe(true);
  });

  it('is settled when the account ends and nothing is owed back [C6]', () => {
    const receipt = receive(matched).send(appliedAll).send({ type: 'receipt.settled' });
    expect(receipt.snapshot()).toMatchObject({ value: 'settled', status: 'done' });
  });
});

describe('an unapplied receipt', () => {
  it.each(['noReference', 'unknownReference', 'wrongCurrency', 'closedAccount'] as const)(
    'is kept and listed with its reason: %s [C6]',
    (reason) => {
      const receipt = receive({ matched: false, reason });
      expect(receipt.state()).toBe('unapplied');
      expect(receipt.snapshot().hasTag('unapplied')).toBe(true);
      expect(receipt.recorded().at(-1)).toMatchObject({ state: 'unapplied', accountId: null, orderId: null, reason });
    },
  );

  it('is applied when an operator assigns it to an order [C6]', () => {
    const receipt = receive({ matched: false, reason: 'noReference' }, matched);
    receipt.send({ type: 'receipt.assigned', reference: 'RF600000000000000017' });
    expect(receipt.snapshot().context).toMatchObject({ reference: 'RF600000000000000017', reason: null });
    receipt.send(appliedAll);
    expect(receipt.recorded().map((one) => one.state)).toEqual(['received', 'unapplied', 'received', 'applied']);
  });

  it('is owed back whole when an operator decides so [C6]', () => {
    const receipt = receive({ matched: false, reason: 'unknownReference' }).send({ type: 'refund.requested' });
    expect(receipt.recorded().at(-1)).toMatchObject({ state: 'refundDue', refundDue: 50_000, applied: 0 });
  });

  it('alone can be assigned or paid back by an operator [C6]', () => {
    const receipt = receive(matched).send(appliedAll);
    expect(receipt.can({ type: 'receipt.assigned', reference: 'RF600000000000000017' })).toBe(false);
    expect(receipt.can({ type: 'refund.requested' })).toBe(false);
    expect(receipt.can({ type: 'refund.confirmed', bankTransactionId: 'out-1' })).toBe(false);
  });
});
