import { describe, expect, it } from 'vitest';
import { accountId, activate, day, orderActors, plus, price, subscribe } from './simulated.ts';

const left = '2027-09-01T02:00:00.000Z';
const erased = '2027-09-15T16:00:00.000Z';

describe('a user who', () => {
  it.each([
    ['ends the service', { type: 'termination.requested' } as const, 'terminated', 'V5'],
    ['does not agree', { type: 'agreement.disagreed', version: '2' } as const, 'disagreed', 'A5'],
  ])(
    '%s can export for the wind-down, to the millisecond, and is deleted then [A2, A5, V5]',
    (_, event, reason, clause) => {
      const leave = () => activate().to(left).send(event);
      const leaving = leave();
      expect(leaving.tags()).toEqual(['exportable', 'readable', 'windingDown']);
      expect(leaving.context().windDownEndsAt).toBe(erased);
      expect(leaving.notices('windDownStatement')).toEqual([left]);
      expect(leaving.to(plus(erased, -1)).ended()).toBe(false);
      for (const at of [erased, plus(erased, 1)]) {
        const gone = leave().to(at);
        expect(gone.value()).toBe('erasing');
        expect(gone.recorded('recordEnd')).toEqual([{ accountId, reason, clause, at: left }]);
        expect(gone.messages.at(-1)?.message.start).toMatchObject({ reason, clause, decidedAt: left });
      }
    },
  );

  it('leaves gets a statement: paid, nothing owed, and no refund of the begun term unless the terms say so [A5]', () => {
    expect(activate().to(left).leave().recorded('recordStatement')).toEqual([
      { accountId, currency: 'CNY', paid: price, owed: 0, refunded: 0, at: left },
    ]);
  });

  it('leaves gets the unused part of the term back where the terms say so [A5]', () => {
    const subscription = activate({ terms: { refundUnusedTerm: true } }).to(left);
    const { anchor, expiresAt } = subscription.context();
    const whole = Date.parse(expiresAt ?? '') - Date.parse(anchor ?? '');
    const unused = Date.parse(expiresAt ?? '') - Date.parse(left);
    const refund = Math.floor((price * unused) / whole);
    expect(subscription.leave().recorded('recordStatement')[0]).toMatchObject({ paid: price, refunded: refund });
    expect(subscription.told('r1').at(-1)).toMatchObject({ type: 'refund.due', amount: refund });
  });

  it('leaves with a renewal paid in advance gets all of it back: its term has not begun [A5, C6]', () => {
    const subscription = activate().to('2028-01-10T00:00:00.000Z').renew();
    const receipt = subscription.pay();
    subscription.verifyRenewal().leave();
    expect(subscription.recorded('recordStatement')[0]).toMatchObject({ paid: 2 * price, refunded: price });
    expect(subscription.told(receipt).at(-1)).toMatchObject({
      type: 'refund.due',
      amount: price,
      reason: 'terminated',
    });
    expect(subscription.told('r1').at(-1)).toEqual({ type: 'receipt.settled' });
  });

  it('leaves with a renewal applied for has its order cancelled and the money back [A5, C6]', () => {
    const subscription = activate().to('2028-01-10T00:00:00.000Z').renew();
    const receipt = subscription.pay(price - 1);
    subscription.leave();
    expect(subscription.recorded('recordOrderStatus').at(-1)).toMatchObject({
      status: 'cancelled',
      received: 0,
    });
    expect(subscription.recorded('recordCredit').at(-1)).toMatchObject({ balance: 0 });
    expect(subscription.told(receipt).at(-1)).toMatchObject({ type: 'refund.due', amount: price - 1 });
  });

  it('leaves cannot write, apply, leave again, or be paid for [A5, C6]', () => {
    const subscription = activate().to(left).leave();
    expect(subscription.can({ type: 'termination.requested' })).toBe(false);
    expect(subscription.can({ type: 'agreement.disagreed', version: '1' })).toBe(false);
    expect(subscription.can({ type: 'renewal.requested', years: 1 })).toBe(false);
    const receipt = subscription.pay();
    expect(subscription.told(receipt)).toEqual([{ type: 'receipt.declined', reason: 'closedAccount' }]);
  });

  it('has never paid gets a statement of nothing [A5]', () => {
    expect(activate({ role: 'customer' }).leave().recorded('recordStatement')).toEqual([
      expect.objectContaining({ currency: 'XXX', paid: 0, owed: 0, refunded: 0 }),
    ]);
  });
});

describe('the user’s data', () => {
  it('can be exported from registration on, in force, and in the overdue days to their last millisecond [P3]', () => {
    const subscription = subscribe();
    const open = () => expect([subscription.has('readable'), subscription.has('exportable')]).toEqual([true, true]);
    open();
    subscription.confirm().verify().pay();
    open();
    subscription.to(subscription.context().expiresAt ?? '');
    open();
    subscription.to(plus(subscription.context().deletesAt, -1));
    open();
  });

  it('can be exported in the wind-down to its last millisecond [P3, A5]', () => {
    const subscription = activate().leave();
    subscription.to(plus(subscription.context().windDownEndsAt, -1));
    expect([subscription.has('readable'), subscription.has('exportable')]).toEqual([true, true]);
    expect(subscription.by(1).has('exportable')).toBe(false);
  });
});

describe('the service can be ended at any time', () => {
  it.each([
    ['before confirmation', () => subscribe()],
    ['before verification', () => subscribe().confirm()],
    ['before payment', () => subscribe().confirm().verify()],
    ['by a customer', () => activate({ role: 'customer' })],
    ['in force', () => activate()],
    ['in the notice window', () => activate().to('2028-01-10T00:00:00.000Z').renew()],
    ['in the overdue days', () => activate().to('2028-03-12T00:00:00.000Z')],
  ])('%s, and everything is deleted after the wind-down [V5]', (_, begin) => {
    const subscription = begin().leave();
    expect(subscription.in('windingDown')).toBe(true);
    expect(orderActors(subscription)).toEqual([]);
    subscription.by(15 * day);
    expect(subscription.value()).toBe('erasing');
    expect(subscription.recorded('recordEnd')).toHaveLength(1);
    expect(subscription.messages.filter((one) => one.message.to.machine === 'erasure')).toHaveLength(1);
  });

  it('also when the statement cannot be posted: the wind-down does not wait for it [V5]', () => {
    const subscription = activate({ unanswered: ['postNotice'] });
    subscription.leave();
    expect(subscription.pending.map((one) => one.input)).toMatchObject([{ kind: 'windDownStatement' }]);
    expect(subscription.by(15 * day).value()).toBe('erasing');
  });
});
