import { createActor, SimulatedClock } from 'xstate';
import { describe, expect, it } from 'vitest';
import { host } from '../../engine/machine.ts';
import type { Json } from '../../engine/machine.ts';
import { resolveTerms } from '../../machines/terms.ts';
import { subscriptionMachine } from '../../machines/subscription.ts';
import { accountId, day, price, textHash } from './simulated.ts';

/** A subscription in force whose clock jumps: all that fell due on the way is late, and sees the time of arrival. */
function inForce(answers: { posting: boolean }) {
  const clock = new SimulatedClock();
  clock.set(Date.parse('2027-03-10T02:00:00.000Z'));
  const at = () => new Date(clock.now()).toISOString();
  const posted: { kind: string; at: string }[] = [];
  const started: Json[] = [];
  const later: (() => void)[] = [];
  const actor = createActor(subscriptionMachine, {
    clock,
    input: {
      accountId,
      role: 'manufacturer',
      edition: 'standard',
      agreement: { version: '1', textHash },
      terms: resolveTerms(),
      missing: [],
    },
  });
  host(actor.system, {
    effect: () => {},
    message: (_actor, message) => message.start !== undefined && started.push(message.start),
    nextInvocation: () => 1,
    invoke: (_actor, { name, input }, settle) => {
      if (name === 'issueOrder') {
        settle.done({ priceListId: 'p', unitPrice: price, currency: 'CNY', reference: 'RF', counterpartyId: 'c' });
      } else if (name === 'assignAccountNumber') settle.done({ number: '10000017' });
      else if (name === 'awaitReceipts') settle.done({ decided: true });
      else {
        const answer = () => {
          posted.push({ kind: (input as { kind: string }).kind, at: at() });
          settle.done({ noticeId: `n${posted.length}`, certificateNumber: 'E-1' });
        };
        if (answers.posting) answer();
        else later.push(answer);
      }
    },
    cancelInvocation: () => {},
  });
  actor.start();
  actor.send({ type: 'agreement.confirmed', version: '1', textHash });
  actor.send({ type: 'information.verified' });
  actor.send({ type: 'receipt.received', receiptId: 'r1', orderId: `${accountId}.o1`, amount: price, currency: 'CNY' });
  return {
    jump: (instant: string) => clock.set(Date.parse(instant)),
    by: (milliseconds: number) => clock.increment(milliseconds),
    status: () => actor.getSnapshot().status,
    context: () => actor.getSnapshot().context,
    hasService: () => actor.getSnapshot().hasTag('service'),
    posted,
    started,
    /** Answers what waits to be posted, and what that asks for in turn. */
    post: () => {
      for (let one = later.shift(); one; one = later.shift()) one();
    },
  };
}

const back = '2028-05-01T08:00:00.000Z';

describe('after a stop over notice and expiry', () => {
  it('the service is off, notice and warning are posted once and at once, and both stand before the deletion [C5, R1, R4]', () => {
    const subscription = inForce({ posting: true });
    expect(subscription.hasService()).toBe(true);
    subscription.jump(back);
    expect(subscription.hasService()).toBe(false);
    expect(subscription.posted.slice(1)).toEqual([
      { kind: 'renewalNotice', at: back },
      { kind: 'overdueWarning', at: back },
    ]);
    expect(subscription.context().deletesAt).toBe('2028-05-31T08:00:00.000Z');
    subscription.by(30 * day - 1);
    expect(subscription.status()).toBe('active');
    subscription.by(1);
    expect(subscription.status()).toBe('done');
    expect(subscription.started).toHaveLength(1);
  });

  it('nothing is deleted while the warning cannot be posted, however late it is [C5]', () => {
    const subscription = inForce({ posting: false });
    subscription.post();
    subscription.jump(back);
    subscription.by(100 * day);
    expect(subscription.status()).toBe('active');
    expect(subscription.started).toEqual([]);
    subscription.post();
    expect(subscription.posted.map((one) => one.kind)).toEqual(['activated', 'renewalNotice', 'overdueWarning']);
    subscription.by(30 * day - 1);
    expect(subscription.status()).toBe('active');
    subscription.by(1);
    expect(subscription.started).toHaveLength(1);
  });

  it('also over the moment of deletion: a deletion that was warned of happens at once, and once [C5]', () => {
    const subscription = inForce({ posting: true });
    subscription.jump('2027-12-11T16:00:00.000Z');
    subscription.jump('2028-03-10T16:00:00.000Z');
    expect(subscription.posted.at(-1)).toEqual({ kind: 'overdueWarning', at: '2028-03-10T16:00:00.000Z' });
    subscription.jump(back);
    expect(subscription.status()).toBe('done');
    expect(subscription.started).toHaveLength(1);
    expect(subscription.context().end?.decidedAt).toBe(back);
  });
});
