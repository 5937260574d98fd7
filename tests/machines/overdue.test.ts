import { describe, expect, it } from 'vitest';
import { accountId, activate, day, plus, price } from './simulated.ts';

const expires = '2028-03-10T16:00:00.000Z';
const deletes = '2028-03-17T16:00:00.000Z';

describe('an expired term without a paid renewal', () => {
  it('ends the service at once and warns with the moment of deletion and the certificate’s number [R4, C5]', () => {
    const subscription = activate().to(expires);
    expect(subscription.tags()).toEqual(['exportable', 'overdue', 'payable', 'paying', 'readable']);
    expect(subscription.notices('overdueWarning')).toEqual([expires]);
    expect(subscription.recorded('recordNoticeDelivered').at(-1)).toMatchObject({
      deliveredAt: expires,
      deletesAt: deletes,
    });
    expect(subscription.context().warning?.certificateNumber).toMatch(/^E-/);
  });

  it('is deleted seven days later, to the millisecond, with one message that starts the erasure [C5, R4]', () => {
    expect(activate().to(plus(deletes, -1)).ended()).toBe(false);
    for (const at of [deletes, plus(deletes, 1)]) {
      const subscription = activate().to(at);
      expect(subscription.value()).toBe('erasing');
      expect(subscription.recorded('recordEnd')).toEqual([{ accountId, reason: 'overdue', clause: 'C5', at: deletes }]);
      const { certificateNumber } = subscription.context().warning ?? {};
      expect(subscription.messages.filter((one) => one.message.start !== undefined).map((one) => one.message)).toEqual([
        {
          to: { machine: 'erasure', id: `erasure-${accountId}` },
          start: {
            accountId,
            accountNumber: '10000017',
            certificateNumber,
            reason: 'overdue',
            clause: 'C5',
            decidedAt: deletes,
          },
        },
      ]);
    }
  });

  it('is deleted at the same time of day where periods end so [C5, C2]', () => {
    const begin = () => activate({ terms: { periodEnd: 'sameInstant' } });
    expect(begin().to('2028-03-17T01:59:59.999Z').ended()).toBe(false);
    expect(begin().to('2028-03-17T02:00:00.000Z').ended()).toBe(true);
  });

  it('is deleted seven days later also when the term began on a leap day [C5, C2]', () => {
    const begin = () => activate({ at: '2028-02-29T04:00:00.000Z' });
    expect(begin().to('2029-03-07T15:59:59.999Z').ended()).toBe(false);
    expect(begin().to('2029-03-07T16:00:00.000Z').ended()).toBe(true);
  });

  it('can be renewed until the last millisecond, and whichever is taken first wins [R4, C5]', () => {
    const saved = activate().to(plus(deletes, -1)).renew().verifyRenewal();
    saved.pay();
    expect(saved.to(plus(deletes, 1)).has('service')).toBe(true);
    const lost = activate().to(plus(deletes, -1)).renew().verifyRenewal().to(deletes);
    expect(lost.value()).toBe('erasing');
    expect(
      lost.can({ type: 'receipt.received', receiptId: 'x', orderId: `${accountId}.o2`, amount: 1, currency: 'CNY' }),
    ).toBe(false);
  });

  it('waits at the moment of deletion for money that is on its way, and is renewed by it [C5, C6]', () => {
    const late = activate({ unanswered: ['awaitReceipts'] })
      .to(plus(deletes, -1))
      .renew()
      .verifyRenewal()
      .to(deletes);
    expect(late.in('inForce.standing.overdue.awaitingReceipts')).toBe(true);
    expect(late.pending).toMatchObject([{ name: 'awaitReceipts', input: { accountId } }]);
    late.by(60_000).pay(price - 1);
    expect(late.in('inForce.standing.overdue.awaitingReceipts')).toBe(true);
    late.pay(1);
    expect([late.has('service'), late.pending.length]).toEqual([true, 0]);
    expect(late.context().expiresAt).toBe('2029-03-10T16:00:00.000Z');
  });

  it('is deleted when what was on its way is not enough, at the moment that this is known [C5, C6]', () => {
    const late = activate({ unanswered: ['awaitReceipts'] })
      .to(deletes)
      .renew();
    const partial = late.pay(price - 1);
    late.by(1000).pending[0]?.done({ decided: true });
    expect(late.value()).toBe('erasing');
    expect(late.context().end).toEqual({ reason: 'overdue', clause: 'C5', decidedAt: plus(deletes, 1000) });
    expect(late.told(partial).at(-1)).toMatchObject({ type: 'refund.due', amount: price - 1 });
  });

  it('owes partial payments and credit back, receipt by receipt [C6]', () => {
    const subscription = activate().to(expires).renew();
    const partial = subscription.pay(price - 1);
    const first = subscription.context().receipts[0]?.receiptId ?? '';
    subscription.to(deletes);
    expect(subscription.told(partial).at(-1)).toEqual({
      type: 'refund.due',
      amount: price - 1,
      currency: 'CNY',
      reason: 'overdue',
    });
    expect(subscription.told(first).at(-1)).toEqual({ type: 'receipt.settled' });
  });
});

describe('nobody is erased unwarned', () => {
  it('when nobody ran over notice and expiry: both are posted late, and stand [C5, R1]', () => {
    const subscription = activate({ unanswered: ['postNotice'] });
    subscription.pending[0]?.done({ noticeId: 'activated-1' });
    subscription.to('2028-06-01T01:00:00.000Z');
    expect(subscription.in('inForce.standing.overdue.awaitingNotice')).toBe(true);
    expect(subscription.pending.map((one) => one.input)).toMatchObject([{ kind: 'renewalNotice' }]);
    subscription.pending[0]?.done({ noticeId: 'renewalNotice-2' });
    expect(subscription.pending.map((one) => one.input)).toMatchObject([{ kind: 'overdueWarning' }]);
    subscription.to('2028-06-01T01:00:05.000Z');
    subscription.pending[0]?.done({ noticeId: 'overdueWarning-3', certificateNumber: 'E-3' });
    expect(subscription.context().deletesAt).toBe('2028-07-01T01:00:00.000Z');
    expect(subscription.to('2028-07-01T00:59:59.999Z').ended()).toBe(false);
    expect(subscription.to('2028-07-01T01:00:00.000Z').ended()).toBe(true);
  });

  it('when the warning alone is late: it stands seven days by the clock on the wall [C5]', () => {
    const subscription = activate({ unanswered: ['postNotice'] });
    subscription.pending[0]?.done({ noticeId: 'activated-1' });
    subscription.to('2028-01-01T00:00:00.000Z').pending[0]?.done({ noticeId: 'renewalNotice-2' });
    subscription.to('2028-03-20T09:30:15.250Z').pending[0]?.done({ noticeId: 'overdueWarning-3' });
    expect(subscription.context().deletesAt).toBe('2028-03-27T09:30:15.250Z');
    expect(subscription.to('2028-03-27T09:30:15.249Z').ended()).toBe(false);
    expect(subscription.to('2028-03-27T09:30:15.250Z').ended()).toBe(true);
  });

  it('when the notice was late: it stands 30 days [C5, R1]', () => {
    const subscription = activate({ terms: { renewalNotice: 'P10D' } }).to(expires);
    expect(subscription.context().deletesAt).toBe('2028-03-30T16:00:00.000Z');
  });

  it('when the application is rejected after the first warning: a new one is posted and stands [C5]', () => {
    const subscription = activate().to(plus(expires, day)).renew();
    subscription.pay();
    subscription.by(20 * day).send({ type: 'renewal.rejected', orderId: `${accountId}.o2`, reason: 'incomplete' });
    expect(subscription.notices('overdueWarning')).toHaveLength(2);
    expect(subscription.context().deletesAt).toBe(plus(expires, 28 * day));
  });
});
