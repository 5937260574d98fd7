import { describe, expect, it } from 'vitest';
import { accountId, activate, day, plus, price, subscribe, textHash } from './simulated.ts';

const otherHash = 'b'.repeat(64);

describe('confirmation', () => {
  it('is waited for: no service and no order before it [A1]', () => {
    const subscription = subscribe();
    expect(subscription.value()).toEqual({ registering: 'awaitingConfirmation' });
    expect(subscription.tags()).toEqual(['exportable', 'readable']);
    expect(subscription.can({ type: 'information.verified' })).toBe(false);
    expect(subscription.effects).toEqual([]);
  });

  it('of the named version and its text is kept with the moment [A1]', () => {
    const subscription = subscribe().by(day).confirm();
    expect(subscription.value()).toEqual({ registering: 'awaitingVerification' });
    expect(subscription.recorded('recordConfirmation')).toEqual([
      { accountId, version: '1', textHash, at: '2027-03-11T02:00:00.000Z' },
    ]);
    expect(subscription.context().confirmedAt).toBe('2027-03-11T02:00:00.000Z');
  });

  it('of another version or another text is refused, and so is a second one [A1]', () => {
    const subscription = subscribe();
    expect(subscription.can({ type: 'agreement.confirmed', version: '2', textHash })).toBe(false);
    expect(subscription.can({ type: 'agreement.confirmed', version: '1', textHash: otherHash })).toBe(false);
    subscription.confirm();
    expect(subscription.can({ type: 'agreement.confirmed', version: '1', textHash })).toBe(false);
  });
});

describe('information', () => {
  it('has to be complete before it can be verified [U1]', () => {
    const subscription = subscribe({ missing: ['address'] }).confirm();
    expect(subscription.can({ type: 'information.verified' })).toBe(false);
    subscription.send({ type: 'information.provided', missing: [], digest: otherHash, revision: 2 }).verify();
    expect(subscription.in('registering.awaitingPayment')).toBe(true);
  });

  it('that was found incorrect has to be given again [U1]', () => {
    const subscription = subscribe()
      .confirm()
      .send({ type: 'information.rejected', fields: ['name', 'address'] });
    expect(subscription.context().missing).toEqual(['name', 'address']);
    expect(subscription.can({ type: 'information.verified' })).toBe(false);
    subscription.send({ type: 'information.provided', missing: ['address'], digest: otherHash, revision: 1 });
    expect(subscription.can({ type: 'information.verified' })).toBe(false);
    subscription.send({ type: 'information.provided', missing: [], digest: otherHash, revision: 2 });
    expect(subscription.can({ type: 'information.verified' })).toBe(true);
  });

  it('is the latest that was given, in whatever order the corrections arrive [U1]', () => {
    const subscription = subscribe({ missing: ['address'] }).confirm();
    subscription.send({ type: 'information.provided', missing: [], digest: otherHash, revision: 2 });
    subscription.send({ type: 'information.provided', missing: ['address'], digest: otherHash, revision: 1 });
    expect(subscription.context()).toMatchObject({ missing: [], informationRevision: 2 });
    expect(subscription.can({ type: 'information.verified' })).toBe(true);
  });

  it('can be corrected in force, and not once the service is ended [U1, A5]', () => {
    const subscription = activate().send({
      type: 'information.provided',
      missing: ['address'],
      digest: otherHash,
      revision: 1,
    });
    expect(subscription.context().missing).toEqual(['address']);
    subscription.leave();
    expect(subscription.can({ type: 'information.provided', missing: [], digest: otherHash, revision: 2 })).toBe(false);
  });
});

describe('a registration that is not completed', () => {
  for (const confirmed of [false, true]) {
    it(`and ${confirmed ? 'not verified' : 'not confirmed'} lapses after 30 days, to the millisecond [C5]`, () => {
      const begin = () => (confirmed ? subscribe().by(day).confirm() : subscribe());
      const lapses = '2027-04-09T16:00:00.000Z';
      expect(begin().context().registrationLapsesAt).toBe(lapses);
      expect(begin().to(plus(lapses, -1)).ended()).toBe(false);
      for (const at of [lapses, plus(lapses, 1)]) {
        const lapsed = begin().to(at);
        expect(lapsed.value()).toBe('erasing');
        expect(lapsed.recorded('recordEnd')).toEqual([{ accountId, reason: 'lapsed', clause: 'C5', at: lapses }]);
        expect(lapsed.messages.map((one) => one.message)).toEqual([
          {
            to: { machine: 'erasure', id: `erasure-${accountId}` },
            start: {
              accountId,
              accountNumber: null,
              certificateNumber: null,
              reason: 'lapsed',
              clause: 'C5',
              decidedAt: lapses,
            },
          },
        ]);
      }
    });
  }

  it('does not lapse once it is verified, but its order falls due [C5]', () => {
    const subscription = subscribe({ terms: { registrationDue: 'P60D' } })
      .confirm()
      .verify();
    expect(subscription.by(31 * day).in('registering.awaitingPayment')).toBe(true);
  });
});

describe('the first order', () => {
  it('is issued on verification at the price in effect, due 14 days after its issue [C3, C4, C8]', () => {
    const subscription = subscribe({ priceAt: (at) => (at < '2027-03-12' ? 90_000 : 120_000) })
      .confirm()
      .by(3 * day)
      .verify();
    expect(subscription.recorded('recordOrder')).toEqual([
      {
        orderId: `${accountId}.o1`,
        accountId,
        kind: 'registration',
        edition: 'professional',
        replaces: null,
        years: 1,
        unitPrice: 120_000,
        total: 120_000,
        currency: 'CNY',
        priceListId: 'list-120000',
        reference: 'RF00o1',
        issuedAt: '2027-03-13T02:00:00.000Z',
        dueAt: '2027-03-27T16:00:00.000Z',
        status: 'open',
      },
    ]);
  });

  it('waits for a price list to be in effect, and the user may leave meanwhile [C3, V5]', () => {
    const subscription = subscribe({ unanswered: ['issueOrder'] })
      .confirm()
      .verify();
    expect(subscription.pending.map((one) => one.name)).toEqual(['issueOrder']);
    expect(subscription.by(40 * day).in('registering.issuingOrder')).toBe(true);
    subscription.leave();
    expect(subscription.pending).toEqual([]);
    expect(subscription.in('windingDown')).toBe(true);
  });

  it('opens the service only when it is paid [C1, C6]', () => {
    const subscription = subscribe().confirm().verify();
    expect(subscription.has('service')).toBe(false);
    subscription.pay(price - 1);
    expect(subscription.has('service')).toBe(false);
    subscription.pay(1);
    expect(subscription.has('service')).toBe(true);
  });

  it('unpaid at its due date is overdue, to the millisecond, and a final warning is posted [C5]', () => {
    const due = '2027-03-24T16:00:00.000Z';
    const begin = () => subscribe().confirm().verify();
    expect(begin().to(plus(due, -1)).in('registering.awaitingPayment')).toBe(true);
    for (const at of [due, plus(due, 1)]) {
      const late = begin().to(at);
      expect(late.in('registering.overdue.warned')).toBe(true);
      expect(late.has('overdue')).toBe(true);
      expect(late.notices('registrationOverdueWarning')).toEqual([due]);
    }
  });

  it('can be paid until the deletion, seven days after it was due and warned of [C5]', () => {
    const deletes = '2027-03-31T16:00:00.000Z';
    const begin = () => subscribe().confirm().verify();
    const paid = begin().to(plus(deletes, -1));
    expect(paid.context().deletesAt).toBe(deletes);
    paid.pay();
    expect(paid.has('service')).toBe(true);
    for (const at of [deletes, plus(deletes, 1)]) {
      const late = begin().to(at);
      expect(late.value()).toBe('erasing');
      expect(late.recorded('recordEnd')).toEqual([{ accountId, reason: 'overdue', clause: 'C5', at: deletes }]);
      expect(late.recorded('recordOrderStatus').at(-1)).toMatchObject({ status: 'cancelled', received: 0 });
    }
  });

  it('is not deleted before its warning has stood, however late it could be posted [C5]', () => {
    const subscription = subscribe({ unanswered: ['postNotice'] })
      .confirm()
      .verify();
    subscription.to('2027-05-01T09:30:00.000Z');
    expect(subscription.in('registering.overdue.warning')).toBe(true);
    subscription.pending[0]?.done({ noticeId: 'late', certificateNumber: 'E-1' });
    expect(subscription.context().deletesAt).toBe('2027-05-08T09:30:00.000Z');
    expect(subscription.to('2027-05-08T09:29:59.999Z').ended()).toBe(false);
    expect(subscription.to('2027-05-08T09:30:00.000Z').ended()).toBe(true);
  });
});

describe('activation', () => {
  it('gives the account the number that the platform assigns, never one that was chosen [U2]', () => {
    const subscription = activate();
    expect(subscription.context().accountNumber).toBe('10000017');
    expect(subscription.recorded('recordAccountNumber')).toEqual([{ accountId, number: '10000017' }]);
  });

  it('waits for the number before any service [U2]', () => {
    const subscription = subscribe({ unanswered: ['assignAccountNumber'] })
      .confirm()
      .verify();
    subscription.pay();
    expect(subscription.in('activating')).toBe(true);
    expect(subscription.has('service')).toBe(false);
    expect(subscription.context().accountNumber).toBeNull();
    subscription.by(day).pending[0]?.done({ number: '10000025' });
    expect(subscription.has('service')).toBe(true);
    expect(subscription.context().anchor).toBe('2027-03-11T02:00:00.000Z');
  });

  it('of a customer follows verification: no order, no term, no notice, no expiry [C1]', () => {
    const customer = activate({ role: 'customer' });
    expect(customer.value()).toEqual({
      inForce: {
        standing: { active: 'unlimited' },
        notice: 'none',
        suspension: 'none',
        edition: 'steady',
        renewal: 'idle',
      },
    });
    expect(customer.tags()).toEqual(['exportable', 'payable', 'readable', 'service']);
    expect(customer.due()).toEqual([]);
    customer.by(4000 * day);
    expect(customer.has('service')).toBe(true);
    expect(customer.effects.map((one) => one.name)).toEqual([
      'recordConfirmation',
      'recordAccountNumber',
      'recordNoticeDelivered',
    ]);
    expect(customer.can({ type: 'renewal.requested', years: 1 })).toBe(false);
  });

  it('of a service center needs the confirmed payment as that of a manufacturer [C1]', () => {
    const center = subscribe({ role: 'serviceCenter' }).confirm().verify();
    expect(center.has('service')).toBe(false);
    center.pay();
    expect(center.has('service')).toBe(true);
  });

  it('is announced on the account’s page at once [A6]', () => {
    expect(activate().notices('activated')).toEqual(['2027-03-10T02:00:00.000Z']);
  });
});
