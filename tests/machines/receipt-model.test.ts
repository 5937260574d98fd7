import { fromTransition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { describe, expect, it } from 'vitest';
import { simulate } from '../../engine/simulate.ts';
import type { Effects } from '../../machines/effects.ts';
import { receiptMachine } from '../../machines/receipt.ts';
import type { ReceiptPublicEvent } from '../../machines/receipt-events.ts';

const orderId = 'account.o1';

/** A finite set of events, and of answers to the look-up of the reference. */
const steps = {
  'answer.matched': { matched: true, accountId: 'account', orderId },
  'answer.unmatched': { matched: false, reason: 'unknownReference' },
  'all is applied': { type: 'receipt.applied', orderId, applied: 100, credited: 0 },
  'half is credit': { type: 'receipt.applied', orderId, applied: 50, credited: 50 },
  'it is declined': { type: 'receipt.declined', reason: 'closedAccount' },
  'the offer comes back': {
    type: 'message.refused',
    messageId: 'm',
    to: 's',
    eventType: 'receipt.received',
    reason: 'gone',
  },
  'it is assigned': { type: 'receipt.assigned', reference: 'RF180000539007547034' },
  'a refund is requested': { type: 'refund.requested' },
  'half is owed back': { type: 'refund.due', amount: 50, currency: 'CNY', reason: 'terminated' },
  'too much is owed back': { type: 'refund.due', amount: 101, currency: 'CNY', reason: 'terminated' },
  'the account ends': { type: 'receipt.settled' },
  'the refund is confirmed': { type: 'refund.confirmed', bankTransactionId: 'out-1' },
} as const;
type Step = { type: keyof typeof steps };

function play(way: readonly Step[]) {
  const receipt = simulate(receiptMachine, {
    at: '2027-03-10T02:00:00.000Z',
    input: { receiptId: 'r', source: 'bank', amount: 100, currency: 'CNY', reference: null, bookedOn: '2027-03-10' },
  });
  let last = true;
  for (const { type } of way) {
    const step = steps[type];
    const snapshot = receipt.actor.getSnapshot();
    if ('matched' in step) {
      last = receipt.pending.length === 1;
      receipt.pending[0]?.done(step);
    } else {
      last = snapshot.status === 'active' && snapshot.can(step as ReceiptPublicEvent);
      if (last) receipt.actor.send(step as ReceiptPublicEvent);
    }
  }
  return { receipt, last, snapshot: receipt.actor.getSnapshot() };
}

describe('every state that a receipt can reach', () => {
  const first = { way: [] as Step[], kind: 'received' };
  const model = fromTransition((state: typeof first, step: Step) => {
    const way = [...state.way, step];
    const { snapshot, last } = play(way);
    if (!last) return state;
    const { applied, credited, refundDue, reason } = snapshot.context;
    return { way, kind: JSON.stringify([snapshot.value, applied, credited, refundDue, reason]) };
  }, first);
  const paths = getShortestPaths(model, {
    events: (Object.keys(steps) as (keyof typeof steps)[]).map((type) => ({ type })),
    serializeState: (snapshot) => snapshot.context.kind,
  });

  it('keeps the money whole: it is applied, credit, owed back, or not decided yet [C6]', () => {
    const reached = new Set<string>();
    for (const path of paths) {
      const { receipt, snapshot } = play(path.state.context.way);
      const { amount, applied, credited, refundDue } = snapshot.context;
      expect(receipt.errors).toEqual([]);
      expect(JSON.parse(JSON.stringify(snapshot.context))).toEqual(snapshot.context);
      const undecided = ['received', 'offering', 'unapplied'].includes(snapshot.value);
      expect(applied + credited + refundDue, snapshot.value).toBe(undecided ? 0 : amount);
      reached.add(snapshot.value);
    }
    expect([...reached].toSorted()).toEqual(Object.keys(receiptMachine.states).toSorted());
  });

  it('is recorded as what it is [C6]', () => {
    for (const path of paths) {
      const { receipt, snapshot } = play(path.state.context.way);
      const recorded = receipt.effects.at(-1)?.params as Effects['recordReceipt'];
      const { applied, credited, refundDue, reason } = snapshot.context;
      if (snapshot.value === 'offering') expect(recorded.state).toBe('received');
      else expect(recorded).toMatchObject({ state: snapshot.value, applied, credited, refundDue, reason });
    }
  });
});
