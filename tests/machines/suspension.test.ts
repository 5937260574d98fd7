import { describe, expect, it } from 'vitest';
import { entitlements } from '../../machines/entitlements.ts';
import { subscribe } from './simulated.ts';
import type { Subscription } from './simulated.ts';

const inForce = () => {
  const one = subscribe().confirm().verify();
  one.pay();
  return one;
};
const suspend = (one: Subscription, reason: string) => one.send({ type: 'subscription.suspended', reason });
const lift = (one: Subscription, reason: string) => one.send({ type: 'suspension.lifted', reason });
const isIn = (one: Subscription) => {
  const { role, edition } = one.context();
  const { functions, canWrite } = entitlements({ role, edition, tags: one.tags() });
  return { service: functions.length > 0, canWrite };
};

describe('a suspension', () => {
  it('takes the service away while any reason stands, each lifted by its own remedy only [V1, W7]', () => {
    const one = inForce();
    expect(isIn(one)).toEqual({ service: true, canWrite: true });
    suspend(suspend(one, 'unpaidInvoice'), 'authorityOrder');
    expect(isIn(one)).toEqual({ service: false, canWrite: false });
    expect(one.can({ type: 'suspension.lifted', reason: 'other' })).toBe(false);
    lift(one, 'unpaidInvoice');
    expect([one.has('suspended'), isIn(one).service]).toEqual([true, false]);
    lift(one, 'authorityOrder');
    expect([one.has('suspended'), isIn(one).service]).toEqual([false, true]);
    expect(one.recorded('recordSuspension').map(({ reason, stands }) => [reason, stands])).toEqual([
      ['unpaidInvoice', true],
      ['authorityOrder', true],
      ['unpaidInvoice', false],
      ['authorityOrder', false],
    ]);
  });

  it('is there once for each reason, and again after its remedy [V1]', () => {
    const one = suspend(inForce(), 'unpaidInvoice');
    expect(one.can({ type: 'subscription.suspended', reason: 'unpaidInvoice' })).toBe(false);
    suspend(lift(one, 'unpaidInvoice'), 'unpaidInvoice');
    expect(one.context().suspensions).toHaveLength(1);
  });

  it('leaves reading, export, payments and periods as they are [C5, P3, V1]', () => {
    const one = suspend(inForce(), 'unpaidInvoice');
    expect([one.has('readable'), one.has('exportable')]).toEqual([true, true]);
    one.to(one.context().expiresAt ?? '');
    expect([one.has('overdue'), one.has('suspended')]).toEqual([true, true]);
  });

  it('is of no agreement that is not in force [V1]', () => {
    expect(subscribe().can({ type: 'subscription.suspended', reason: 'unpaidInvoice' })).toBe(false);
    const leaving = inForce().send({ type: 'termination.requested' });
    expect(leaving.can({ type: 'subscription.suspended', reason: 'unpaidInvoice' })).toBe(false);
  });
});

describe('the end of the service', () => {
  it('is told once, at expiry and when the user leaves, for repairs that have not begun [W7]', () => {
    const one = inForce();
    const expiresAt = one.context().expiresAt ?? '';
    one.to(new Date(Date.parse(expiresAt) - 1).toISOString());
    expect(one.recorded('recordServiceEnd')).toEqual([]);
    one.to(expiresAt);
    expect(one.recorded('recordServiceEnd').map(({ at }) => at)).toEqual([expiresAt]);
    const leaving = inForce().send({ type: 'termination.requested' });
    expect(leaving.recorded('recordServiceEnd')).toHaveLength(1);
  });
});
