import { describe, expect, it } from 'vitest';
import type { Edition } from '../../machines/agreement.ts';
import { entitlements } from '../../machines/entitlements.ts';
import { accountId, activate, day, orderActors, plus, subscribe } from './simulated.ts';
import type { Setting, Subscription } from './simulated.ts';

const yearly: { readonly [edition in Edition]: number } = {
  standard: 36_500,
  professional: 73_000,
  enterprise: 146_000,
};
const priced: Setting = { priceAt: (_, edition) => yearly[edition ?? 'standard'] };
const began = '2027-03-10T02:00:00.000Z';
const noticed = '2027-12-11T16:00:00.000Z';
const expires = '2028-03-10T16:00:00.000Z';
const second = '2029-03-10T16:00:00.000Z';

const inForce = (setting: Setting = {}) => activate({ ...priced, ...setting }).by(0);
const renewed = (one: Subscription) => {
  one.renew();
  one.pay(one.context().order?.total);
  return one.verifyRenewal();
};
const payUpgrade = (one: Subscription) => one.pay(one.context().order?.total);
const changes = (one: Subscription) =>
  one.recorded('recordEditionChange').map(({ n, kind, to, state, effectiveAt }) => [n, kind, to, state, effectiveAt]);
const functionsOf = (one: Subscription) =>
  entitlements({ role: 'manufacturer', edition: one.context().edition, tags: one.tags() }).functions.length;
const can = (one: Subscription, edition: Edition) => one.can({ type: 'edition.requested', edition });

describe('an upgrade', () => {
  it('is in effect when the difference for the rest of the term is paid, at once [E2]', () => {
    const half = plus(expires, -(Date.parse(expires) - Date.parse(began)) / 2);
    const one = inForce().to(half).change('enterprise');
    expect(one.recorded('recordOrder').at(-1)).toMatchObject({
      orderId: `${accountId}.o2`,
      kind: 'upgrade',
      edition: 'enterprise',
      replaces: 'professional',
      years: 0,
      unitPrice: 73_000,
      total: 36_500,
      dueAt: '2027-09-23T16:00:00.000Z',
    });
    expect([one.context().edition, functionsOf(one)]).toEqual(['professional', 2]);
    payUpgrade(one);
    expect([one.context().edition, functionsOf(one), one.context().order]).toEqual(['enterprise', 3, null]);
    expect(orderActors(one)).toEqual([]);
    expect(changes(one)).toEqual([
      [1, 'upgrade', 'enterprise', 'requested', null],
      [1, 'upgrade', 'enterprise', 'requested', null],
      [1, 'upgrade', 'enterprise', 'done', half],
    ]);
    expect(one.notices('editionChanged')).toEqual([half]);
    expect(one.context().expiresAt).toBe(expires);
  });

  it('costs the whole difference for a year that has not begun, and nothing is rounded up [E2]', () => {
    const one = renewed(inForce().to(noticed));
    expect(one.context().expiresAt).toBe(second);
    one.change('enterprise');
    const left = Date.parse(expires) - Date.parse(noticed);
    const whole = Date.parse(expires) - Date.parse(began);
    const { total = 0 } = one.context().order ?? {};
    expect(total).toBe(73_000 + Math.floor((73_000 * left) / whole));
  });

  it('in the first and the last millisecond of its term costs all and next to nothing [E2]', () => {
    expect(inForce().change('enterprise').context().order?.total).toBe(73_000);
    const last = inForce().to(plus(expires, -1)).change('enterprise');
    // Nothing is to be paid of a millisecond: it is in effect until the term ends.
    expect([last.context().edition, last.context().order]).toEqual(['enterprise', null]);
    expect(can(inForce().to(expires), 'enterprise')).toBe(false);
  });

  it('takes credit first, and what is left of a receipt becomes credit [C6, E2]', () => {
    const one = inForce();
    one.pay(100_000);
    expect(one.change('enterprise').context()).toMatchObject({ edition: 'enterprise', order: null });
    expect(one.recorded('recordCredit').at(-1)?.balance).toBe(27_000);
  });

  it('only lapses when it is not paid until its due date, to the millisecond [C5, E2]', () => {
    const due = '2027-03-24T16:00:00.000Z';
    const open = () => {
      const one = inForce().change('enterprise');
      one.pay(1_000);
      return one;
    };
    expect(open().to(plus(due, -1)).context().order?.received).toBe(1_000);
    for (const late of [due, plus(due, 1)]) {
      const one = open().to(late);
      expect(one.context()).toMatchObject({ edition: 'professional', order: null, editionChange: null });
      expect(one.recorded('recordOrderStatus').at(-1)).toMatchObject({ orderId: `${accountId}.o2`, status: 'lapsed' });
      expect(one.recorded('recordCredit').at(-1)?.balance).toBe(1_000);
      expect(changes(one).at(-1)).toEqual([1, 'upgrade', 'enterprise', 'lapsed', null]);
      expect([one.has('service'), one.has('overdue')]).toEqual([true, false]);
    }
    const paid = open().to(plus(due, -1));
    paid.pay(72_000);
    expect(paid.context().edition).toBe('enterprise');
  });

  it('takes the period in which it lapses from the terms [C5]', () => {
    const one = inForce({ terms: { upgradeDue: 'P2D' } }).change('enterprise');
    expect(one.context().order?.dueAt).toBe('2027-03-12T16:00:00.000Z');
  });

  it('lapses with its term, so that nothing unpaid outlives it, and a renewal is possible [C5, R4]', () => {
    const one = inForce().to(plus(expires, -day)).change('enterprise');
    expect(one.context().order?.dueAt).toBe(expires);
    one.to(expires);
    expect([one.context().order, one.context().edition, one.has('overdue')]).toEqual([null, 'professional', true]);
    expect(one.renew().context().order).toMatchObject({ kind: 'renewal', edition: 'professional', total: 73_000 });
  });

  it('whose price is awaited goes with its term too, or when it is withdrawn [E2, R4]', () => {
    const one = subscribe({ ...priced, unanswered: ['issueOrder'] })
      .confirm()
      .verify();
    one.pending[0]?.done({
      priceListId: 'p',
      unitPrice: 73_000,
      currency: 'CNY',
      reference: 'RF',
      counterpartyId: 'c',
    });
    one.pay(73_000);
    one.by(0);
    one.change('enterprise');
    expect(one.pending.map(({ name }) => name)).toEqual(['issueOrder']);
    one.keep();
    expect([one.pending.length, one.context().editionChange]).toEqual([0, null]);
    one.change('enterprise').to(expires);
    expect([one.pending.length, one.context().editionChange, one.has('overdue')]).toEqual([0, null, true]);
    expect(changes(one).map(([n, , , state]) => [n, state])).toEqual([
      [1, 'requested'],
      [1, 'withdrawn'],
      [2, 'requested'],
      [2, 'lapsed'],
    ]);
  });

  it('without a price comes to nothing at once, and says so; another can be asked for [E2, C8]', () => {
    const one = inForce({ isPriced: false }).change('enterprise');
    expect(one.context()).toMatchObject({ edition: 'professional', editionChange: null, order: null, orders: 1 });
    expect(changes(one).map(([n, , , state]) => [n, state])).toEqual([
      [1, 'requested'],
      [1, 'unpriced'],
    ]);
    expect([can(one, 'enterprise'), can(one, 'standard')]).toEqual([true, true]);
  });

  it('whose price is looked up can be withdrawn, and goes with its term [E2, R4]', () => {
    const asking = () => inForce({ unanswered: ['askUpgradePrice'] }).change('enterprise');
    const kept = asking().keep();
    expect([kept.pending.length, kept.context().editionChange]).toEqual([0, null]);
    const late = asking().to(expires);
    expect([late.pending.length, late.context().editionChange, late.has('overdue')]).toEqual([0, null, true]);
  });

  it('can be withdrawn until it is paid: what was paid of it becomes credit [E2, C6]', () => {
    const one = inForce().change('enterprise');
    one.pay(1_000);
    one.keep();
    expect(one.recorded('recordOrderStatus').at(-1)).toMatchObject({ status: 'cancelled', received: 0 });
    expect(one.recorded('recordCredit').at(-1)?.balance).toBe(1_000);
    expect(one.can({ type: 'edition.kept' })).toBe(false);
    // Money that comes for it later is kept for the next order.
    one.pay(5_000, 2);
    expect(one.recorded('recordCredit').at(-1)?.balance).toBe(6_000);
    expect(one.change('enterprise').context().order).toMatchObject({ orderId: `${accountId}.o3`, received: 6_000 });
  });

  it('and a renewal exclude each other: one order is open at a time [E2, R2]', () => {
    const upgrading = inForce().to(noticed).change('enterprise');
    expect(upgrading.can({ type: 'renewal.requested', years: 1 })).toBe(false);
    expect(upgrading.keep().can({ type: 'renewal.requested', years: 1 })).toBe(true);
    const renewing = inForce().to(noticed).renew();
    expect([can(renewing, 'enterprise'), can(renewing, 'standard')]).toEqual([false, false]);
    renewing.pay(73_000);
    expect(can(renewing.verifyRenewal(), 'enterprise')).toBe(true);
  });

  it('is no change to the edition that is there, and only of who has editions [E2]', () => {
    expect([can(inForce(), 'professional'), can(inForce(), 'standard')]).toEqual([false, true]);
    expect(can(activate({ role: 'customer' }), 'enterprise')).toBe(false);
    expect(can(activate({ role: 'serviceCenter' }), 'standard')).toBe(false);
    expect(can(subscribe(), 'enterprise')).toBe(false);
  });

  it('is at once where the role does not pay [C1, E2]', () => {
    const one = inForce({ terms: { payingRoles: ['serviceCenter'] } }).change('enterprise');
    expect([one.context().edition, one.context().order]).toEqual(['enterprise', null]);
    expect(one.by(0).change('standard').context().edition).toBe('standard');
  });

  it('is paid back for what is unused of it where the terms say so [A5, E2]', () => {
    const ending = (refundUnusedTerm: boolean) => {
      const one = inForce({ terms: { refundUnusedTerm } }).change('enterprise');
      payUpgrade(one);
      return one.leave().recorded('recordStatement').at(-1);
    };
    expect(ending(false)).toMatchObject({ paid: 146_000, refunded: 0 });
    expect(ending(true)).toMatchObject({ paid: 146_000, refunded: 146_000 });
  });

  it('is paid back for terms that have not begun, to the minor unit, and kept once they have [A5, E2]', () => {
    const ending = (refundUnusedTerm: boolean, left: string) => {
      const one = renewed(inForce({ terms: { refundUnusedTerm } }).to(noticed)).change('enterprise');
      payUpgrade(one);
      const { paid, refunded } = one.to(left).leave().recorded('recordStatement').at(-1) ?? { paid: 0, refunded: 0 };
      return [paid, refunded];
    };
    // Of the year that runs 90 days are left, of 366 and 14 hours.
    const share = Math.floor((73_000 * 90 * 24) / (366 * 24 + 14));
    const paid = 73_000 + 73_000 + 73_000 + share;
    expect(ending(false, noticed)).toEqual([paid, 73_000 + 73_000]);
    expect(ending(false, plus(expires, -1))).toEqual([paid, 73_000 + 73_000]);
    expect(ending(false, expires)).toEqual([paid, 0]);
    expect(ending(false, plus(expires, 1))).toEqual([paid, 0]);
    expect(ending(true, noticed)).toEqual([paid, paid - 73_000 + share]);
    expect(ending(true, expires)).toEqual([paid, 73_000 + 73_000]);
  });

  it('that is open when the agreement ends is cancelled, and what was paid of it is owed back [A5, C6]', () => {
    const one = inForce().change('enterprise');
    const receipt = one.pay(1_000);
    one.leave();
    expect(one.recorded('recordOrderStatus').at(-1)).toMatchObject({ status: 'cancelled' });
    expect([changes(one).at(-1)?.[3], one.context().editionChange]).toEqual(['withdrawn', null]);
    expect(one.told(receipt).at(-1)).toMatchObject({ type: 'refund.due', amount: 1_000 });
  });
});

describe('a downgrade', () => {
  it('is of the next renewal, at its price, and begins with its term, to the millisecond [E2, C8]', () => {
    const agreed = () => inForce().change('standard').to(noticed);
    const one = agreed();
    expect([one.context().edition, one.context().order]).toEqual(['professional', null]);
    one.renew(2);
    expect(one.context().order).toMatchObject({ kind: 'renewal', edition: 'standard', total: 73_000 });
    one.pay(73_000);
    one.verifyRenewal();
    expect(one.context().editionChange?.effectiveAt).toBe(expires);
    expect([one.to(plus(expires, -1)).context().edition, functionsOf(one)]).toEqual(['professional', 2]);
    expect([one.to(expires).context().edition, functionsOf(one), one.has('service')]).toEqual(['standard', 1, true]);
    expect(changes(one)).toEqual([
      [1, 'downgrade', 'standard', 'agreed', null],
      [1, 'downgrade', 'standard', 'agreed', expires],
      [1, 'downgrade', 'standard', 'done', expires],
    ]);
    expect(one.to(plus(expires, 1)).notices('editionChanged')).toEqual([expires]);
    expect(can(one, 'professional')).toBe(true);
  });

  it('can be agreed in the overdue days, and is then in effect when the renewal is [R3, E2]', () => {
    const one = inForce().to(plus(expires, day)).change('standard');
    renewed(one).by(0);
    expect([one.context().edition, one.has('service')]).toEqual(['standard', true]);
    expect(one.recorded('recordEditionChange').at(-1)).toMatchObject({
      state: 'done',
      effectiveAt: plus(expires, day),
    });
  });

  it('can be withdrawn until its renewal is applied for [E2]', () => {
    const one = inForce().change('standard');
    expect([can(one, 'enterprise'), can(one, 'standard')]).toEqual([false, false]);
    expect(renewed(one.keep().to(noticed)).recorded('recordOrder').at(-1)).toMatchObject({ edition: 'professional' });
    const applied = inForce().change('standard').to(noticed).renew();
    expect(applied.can({ type: 'edition.kept' })).toBe(false);
    applied.send({ type: 'renewal.rejected', orderId: `${accountId}.o2`, reason: 'withdrawn' });
    expect(applied.can({ type: 'edition.kept' })).toBe(true);
  });

  it('stands over a term that is bought before it begins [E2, R3]', () => {
    const long = { renewalNotice: 'P300D' };
    const one = inForce({ terms: long }).change('standard').to('2027-06-15T00:00:00.000Z');
    renewed(one);
    expect([one.in('inForce.edition.downgradePaid'), can(one, 'enterprise')]).toEqual([true, false]);
    expect(one.can({ type: 'edition.kept' })).toBe(false);
    one.to(expires);
    expect(one.context().edition).toBe('standard');
  });
});
