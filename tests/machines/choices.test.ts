import { describe, expect, it } from 'vitest';
import { activate, price, subscribe } from './simulated.ts';

describe('who pays is a term', () => {
  it('that can make customers pay: they have an order, a term, a notice and an expiry [C1]', () => {
    const customer = subscribe({
      role: 'customer',
      terms: { payingRoles: ['manufacturer', 'serviceCenter', 'customer'] },
    });
    customer.confirm().verify();
    expect(customer.has('service')).toBe(false);
    customer.pay();
    expect(customer.has('service')).toBe(true);
    customer.to(customer.context().expiresAt ?? '');
    expect(customer.has('overdue')).toBe(true);
    expect(customer.notices('renewalNotice')).toHaveLength(1);
  });

  it('that can leave service centers out: they are active on verification and have no term [C1]', () => {
    const center = activate({ role: 'serviceCenter', terms: { payingRoles: ['manufacturer'] } });
    expect(center.has('service')).toBe(true);
    expect(center.context()).toMatchObject({ order: null, expiresAt: null, paidTerms: [] });
  });

  it('that can leave everybody out [C1]', () => {
    expect(activate({ terms: { payingRoles: [] } }).in('inForce.standing.active.unlimited')).toBe(true);
  });
});

describe('periods are terms', () => {
  it('so that another notice, due date, lapse and wind-down are only data [C5, R1, A5]', () => {
    const terms = {
      renewalNotice: 'P60D',
      registrationDue: 'P7D',
      registrationLapse: 'P10D',
      windDown: 'P1M',
      overduePeriod: 'P14D',
      warningStands: 'P3D',
      noticeStands: 'P1D',
    };
    const registering = subscribe({ terms });
    expect(registering.context().registrationLapsesAt).toBe('2027-03-20T16:00:00.000Z');
    registering.confirm().verify();
    expect(registering.context().order?.dueAt).toBe('2027-03-17T16:00:00.000Z');
    registering.pay(price);
    expect(registering.context().noticeAt).toBe('2028-01-10T16:00:00.000Z');
    registering.to('2028-03-10T16:00:00.000Z');
    expect(registering.context().deletesAt).toBe('2028-03-24T16:00:00.000Z');
    expect(registering.leave().context().windDownEndsAt).toBe('2028-04-11T16:00:00.000Z');
  });
});
