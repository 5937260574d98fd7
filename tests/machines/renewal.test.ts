import { describe, expect, it } from 'vitest';
import { accountId, activate, day, orderActors, plus, price, subscribe } from './simulated.ts';

const noticed = '2027-12-11T16:00:00.000Z';
const expires = '2028-03-10T16:00:00.000Z';
const inWindow = (setting = {}) => activate(setting).to(noticed);

describe('the renewal notice', () => {
  it('is posted 90 days before expiry, to the millisecond and once [R1]', () => {
    expect(activate().to(plus(noticed, -1)).notices('renewalNotice')).toEqual([]);
    expect(activate().to(noticed).notices('renewalNotice')).toEqual([noticed]);
    const later = activate().to(plus(noticed, 1));
    expect(later.notices('renewalNotice')).toEqual([noticed]);
    expect(later.to(plus(expires, -1)).notices('renewalNotice')).toEqual([noticed]);
  });

  it('is delivered at the moment of its posting, which is the answer’s [A6, R1]', () => {
    const subscription = activate({ unanswered: ['postNotice'] });
    subscription.pending[0]?.done({ noticeId: 'activated-1' });
    subscription.to(plus(noticed, 5_000));
    expect(subscription.in('inForce.notice.posting')).toBe(true);
    expect(subscription.context().notice).toBeNull();
    subscription.pending[0]?.done({ noticeId: 'renewalNotice-2' });
    expect(subscription.context().notice).toEqual({ noticeId: 'renewalNotice-2', deliveredAt: plus(noticed, 5_000) });
  });

  it('is posted at once when the term is entered later than 90 days before expiry [R1]', () => {
    const short = activate({ terms: { billingPeriod: 'P60D' } }).by(0);
    expect(short.notices('renewalNotice')).toEqual(['2027-03-10T02:00:00.000Z']);
    const slow = subscribe({ terms: { termAnchor: 'confirmation', billingPeriod: 'P3M', registrationDue: 'P60D' } });
    slow
      .confirm()
      .verify()
      .by(40 * day);
    slow.pay();
    slow.by(0);
    expect(slow.notices('renewalNotice')).toEqual(['2027-04-19T02:00:00.000Z']);
  });

  it('is posted exactly once for every term [R1]', () => {
    const subscription = inWindow();
    subscription.renew();
    subscription.pay();
    subscription.verifyRenewal();
    expect(subscription.notices('renewalNotice')).toEqual([noticed]);
    subscription.to('2029-03-10T15:59:59.999Z');
    expect(subscription.notices('renewalNotice')).toEqual([noticed, '2028-12-10T16:00:00.000Z']);
  });
});

describe('an application for renewal', () => {
  it('is refused before the notice and taken after it [R2]', () => {
    const early = activate().to(plus(noticed, -1));
    expect(early.can({ type: 'renewal.requested', years: 1 })).toBe(false);
    expect(early.context().noticeAt).toBe(noticed);
    expect(inWindow().can({ type: 'renewal.requested', years: 1 })).toBe(true);
  });

  it('makes an order at the price in effect then, due at expiry and never earlier [R2, C5, C8]', () => {
    const subscription = inWindow({ priceAt: (at: string) => (at < '2027-06' ? 100_000 : 130_000) }).renew(3);
    expect(subscription.recorded('recordOrder').at(-1)).toMatchObject({
      orderId: `${accountId}.o2`,
      kind: 'renewal',
      years: 3,
      unitPrice: 130_000,
      total: 390_000,
      issuedAt: noticed,
      dueAt: expires,
    });
  });

  it('is one at a time [R2]', () => {
    const waiting = inWindow({ unanswered: [] }).renew();
    expect(waiting.can({ type: 'renewal.requested', years: 2 })).toBe(false);
    waiting.pay();
    expect(waiting.can({ type: 'renewal.requested', years: 2 })).toBe(false);
    waiting.verifyRenewal();
    expect(waiting.recorded('recordOrder')).toHaveLength(2);
  });

  it('is verified or rejected by its own order only [R3]', () => {
    const subscription = inWindow().renew();
    const orderId = `${accountId}.o1`;
    expect(subscription.can({ type: 'renewal.verified', orderId })).toBe(false);
    expect(subscription.can({ type: 'renewal.rejected', orderId, reason: 'incomplete' })).toBe(false);
  });
});

describe('the term is extended', () => {
  it.each([
    ['paid, then verified', ['pay', 'verify']],
    ['verified, then paid', ['verify', 'pay']],
  ])('when the renewal is %s [R3]', (_, order) => {
    const subscription = inWindow().renew();
    for (const [index, step] of order.entries()) {
      if (index === 1) expect(subscription.context().expiresAt).toBe(expires);
      if (step === 'pay') subscription.pay();
      else subscription.verifyRenewal();
      subscription.by(day);
    }
    expect(subscription.context().expiresAt).toBe('2029-03-10T16:00:00.000Z');
    expect(subscription.recorded('recordTerm').at(-1)).toMatchObject({
      n: 2,
      orderId: `${accountId}.o2`,
      startsAt: expires,
      endsAt: '2029-03-10T16:00:00.000Z',
    });
    expect(subscription.to(plus(expires, day)).has('service')).toBe(true);
    expect(subscription.notices('renewed')).toHaveLength(1);
  });

  it('by the years bought, all counted from the anchor [R3, C2, C4]', () => {
    const subscription = inWindow().renew(3);
    subscription.pay(3 * price);
    subscription.verifyRenewal();
    expect(subscription.context().expiresAt).toBe('2031-03-10T16:00:00.000Z');
    expect(subscription.to('2031-03-10T15:59:59.999Z').has('service')).toBe(true);
    expect(subscription.to('2031-03-10T16:00:00.000Z').has('service')).toBe(false);
  });

  it('only when the whole price is paid [C4, R3]', () => {
    const subscription = inWindow().renew();
    subscription.pay(price - 1);
    subscription.verifyRenewal();
    expect(subscription.context().expiresAt).toBe(expires);
    expect(subscription.to(expires).has('service')).toBe(false);
  });

  it('at once when the order is covered by credit [C6, R3]', () => {
    const subscription = activate();
    subscription.pay(price, 1);
    subscription.to(noticed).renew();
    expect(subscription.in('inForce.renewal.open.payment.paid')).toBe(true);
    subscription.verifyRenewal();
    expect(subscription.context().expiresAt).toBe('2029-03-10T16:00:00.000Z');
  });

  it('also when paid in the overdue days, never counted from the day of payment [R3]', () => {
    const subscription = activate().to(plus(expires, 3 * day));
    expect(subscription.has('service')).toBe(false);
    subscription.renew().verifyRenewal();
    subscription.pay();
    expect(subscription.has('service')).toBe(true);
    expect(subscription.has('overdue')).toBe(false);
    expect(subscription.context()).toMatchObject({ expiresAt: '2029-03-10T16:00:00.000Z', deletesAt: null });
    expect(subscription.to(plus(expires, 30 * day)).has('service')).toBe(true);
  });
});

describe('a rejected application', () => {
  it('cancels its order and keeps the money as credit for the next one [C6, R3]', () => {
    const subscription = inWindow().renew();
    const receipt = subscription.pay();
    subscription.send({ type: 'renewal.rejected', orderId: `${accountId}.o2`, reason: 'incomplete' });
    expect(subscription.in('inForce.renewal.idle')).toBe(true);
    expect(subscription.recorded('recordOrderStatus').at(-1)).toMatchObject({ status: 'cancelled', received: 0 });
    expect(subscription.recorded('recordCredit').at(-1)).toMatchObject({ balance: price });
    expect(subscription.told(receipt).at(-1)).toMatchObject({ type: 'receipt.applied', applied: 0, credited: price });
    subscription.renew().verifyRenewal();
    expect(subscription.context().expiresAt).toBe('2029-03-10T16:00:00.000Z');
    expect(subscription.told(receipt).at(-1)).toMatchObject({ applied: price, credited: 0 });
  });

  it('leaves no actor of an old order behind [R2]', () => {
    const subscription = inWindow().renew();
    subscription.send({ type: 'renewal.rejected', orderId: `${accountId}.o2`, reason: 'incomplete' });
    subscription.renew();
    subscription.pay();
    subscription.verifyRenewal();
    expect(orderActors(subscription)).toEqual([]);
  });
});

describe('a renewal paid but not verified at expiry', () => {
  const late = () => {
    const subscription = inWindow().renew();
    subscription.pay();
    return subscription.to(expires);
  };

  it('has no service and is not deleted, as nothing is unpaid [R3, R4]', () => {
    const subscription = late();
    expect(subscription.in('inForce.standing.awaitingRenewalVerification')).toBe(true);
    expect([subscription.has('service'), subscription.has('overdue')]).toEqual([false, false]);
    expect(subscription.by(60 * day).ended()).toBe(false);
  });

  it('has service again when it is verified [R3]', () => {
    const subscription = late()
      .by(10 * day)
      .verifyRenewal();
    expect(subscription.has('service')).toBe(true);
    expect(subscription.context().expiresAt).toBe('2029-03-10T16:00:00.000Z');
  });

  it('is overdue when it is rejected, and warned before anything is deleted [R4, C5]', () => {
    const subscription = late().by(10 * day);
    subscription.send({ type: 'renewal.rejected', orderId: `${accountId}.o2`, reason: 'incomplete' });
    expect(subscription.in('inForce.standing.overdue.warned')).toBe(true);
    expect(subscription.context().deletesAt).toBe(plus(expires, 17 * day));
  });

  it('paid in the overdue days stops the deletion until the platform has verified it [R3, C5]', () => {
    const subscription = activate().to(plus(expires, day)).renew();
    subscription.pay();
    expect(subscription.in('inForce.standing.awaitingRenewalVerification')).toBe(true);
    expect(subscription.by(30 * day).ended()).toBe(false);
    expect(subscription.verifyRenewal().has('service')).toBe(true);
  });
});
