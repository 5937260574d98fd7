import { describe, expect, it } from 'vitest';
import { activate, day, plus, subscribe } from './simulated.ts';

describe('the term', () => {
  it('counts one year from activation and ends at 24:00 of its last day in the agreement’s zone [C2]', () => {
    const subscription = activate({ at: '2027-03-10T02:00:00.000Z' });
    expect(subscription.context()).toMatchObject({
      anchor: '2027-03-10T02:00:00.000Z',
      expiresAt: '2028-03-10T16:00:00.000Z',
    });
    expect(subscription.recorded('recordTerm')).toEqual([
      expect.objectContaining({ n: 1, years: 1, endsAt: '2028-03-10T16:00:00.000Z' }),
    ]);
  });

  it.each([
    ['endOfDay', '2028-03-10T16:00:00.000Z'],
    ['sameInstant', '2028-03-10T02:00:00.000Z'],
  ])('ends as the term periodEnd = %s says, to the millisecond [C2, R4]', (periodEnd, expires) => {
    const begin = () => activate({ terms: { periodEnd } });
    expect(begin().to(plus(expires, -1)).has('service')).toBe(true);
    for (const at of [expires, plus(expires, 1)]) {
      const expired = begin().to(at);
      expect(expired.has('service')).toBe(false);
      expect(expired.in('inForce.standing.overdue')).toBe(true);
      expect(expired.notices('overdueWarning')).toEqual([expires]);
    }
  });

  it.each([
    ['activation', '2028-03-20T16:00:00.000Z'],
    ['confirmation', '2028-03-10T16:00:00.000Z'],
  ])('counts from %s where the term termAnchor says so [C2]', (termAnchor, expires) => {
    const subscription = subscribe({ terms: { termAnchor } })
      .confirm()
      .verify()
      .by(10 * day);
    subscription.pay();
    expect(subscription.context().expiresAt).toBe(expires);
  });

  it('that began on 29 February ends on the 28th, and on the 29th in a leap year, renewed year by year [C2]', () => {
    const subscription = activate({ at: '2028-02-29T04:00:00.000Z' });
    const ends = [subscription.context().expiresAt];
    for (let year = 2; year <= 4; year += 1) {
      subscription.to(subscription.context().noticeAt ?? '').renew();
      subscription.pay();
      subscription.verifyRenewal();
      ends.push(subscription.context().expiresAt);
    }
    expect(ends).toEqual([
      '2029-02-28T16:00:00.000Z',
      '2030-02-28T16:00:00.000Z',
      '2031-02-28T16:00:00.000Z',
      '2032-02-29T16:00:00.000Z',
    ]);
    expect(subscription.to('2032-02-29T15:59:59.999Z').has('service')).toBe(true);
    expect(subscription.to('2032-02-29T16:00:00.000Z').has('service')).toBe(false);
  });

  it('that began on 29 February ends at the same time of day where the terms say so [C2]', () => {
    const subscription = activate({ at: '2028-02-29T04:00:00.000Z', terms: { periodEnd: 'sameInstant' } });
    expect(subscription.context().expiresAt).toBe('2029-02-28T04:00:00.000Z');
  });

  it('is counted in the agreement’s zone, over changes of daylight saving time [C2]', () => {
    const berlin = activate({
      at: '2027-03-10T23:30:00.000Z',
      terms: { timeZone: 'Europe/Berlin', billingPeriod: 'P6M' },
    });
    expect(berlin.context().expiresAt).toBe('2027-09-11T22:00:00.000Z');
    expect(berlin.context().noticeAt).toBe('2027-06-13T22:00:00.000Z');
    const winter = activate({
      at: '2027-09-10T10:00:00.000Z',
      terms: { timeZone: 'Europe/Berlin', billingPeriod: 'P6M' },
    });
    expect(winter.context().expiresAt).toBe('2028-03-10T23:00:00.000Z');
    expect(winter.context().noticeAt).toBe('2027-12-11T23:00:00.000Z');
  });

  it('of seconds is exact, from the notice to the deletion [C2, C5, R1]', () => {
    const subscription = activate({
      at: '2027-03-10T02:00:00.123Z',
      terms: {
        billingPeriod: 'PT20S',
        renewalNotice: 'PT8S',
        overduePeriod: 'PT5S',
        warningStands: 'PT5S',
        noticeStands: 'PT6S',
      },
    });
    expect(subscription.context()).toMatchObject({
      expiresAt: '2027-03-10T02:00:20.123Z',
      noticeAt: '2027-03-10T02:00:12.123Z',
    });
    subscription.to('2027-03-10T02:00:25.122Z');
    expect(subscription.notices('renewalNotice')).toEqual(['2027-03-10T02:00:12.123Z']);
    expect(subscription.ended()).toBe(false);
    expect(subscription.to('2027-03-10T02:00:25.123Z').ended()).toBe(true);
  });

  it('keeps the terms the contract was made with: they are part of its context [A2]', () => {
    const subscription = activate({ terms: { overduePeriod: 'P3D' } });
    expect(subscription.context().terms.overduePeriod).toBe('P3D');
    expect(subscription.context().terms.warningStands).toBe('P7D');
  });
});
