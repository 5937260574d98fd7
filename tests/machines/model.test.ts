import fc from 'fast-check';
import { fromTransition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { describe, expect, it } from 'vitest';
import { day, holds, orderActors, price, subscribe, textHash } from './simulated.ts';
import type { Subscription } from './simulated.ts';

/**
 * The subscription as a graph: what anybody may do next, with postings that are answered whenever the model likes. A
 * state of the graph is the way that leads to it, and two ways are the same when nothing that matters differs.
 */
type Step = { type: string; ahead?: number };

/** Does the step where it can be done: gives what would do it, or null. */
type Try = (subscription: Subscription, step: Step) => (() => void) | null;

const does: { [step: string]: Try } = {
  confirm: (one) => sends(one, { type: 'agreement.confirmed', version: '1', textHash }),
  'find incorrect': (one) => sends(one, { type: 'information.rejected', fields: ['name'] }),
  correct: (one) =>
    sends(one, {
      type: 'information.provided',
      missing: [],
      digest: 'd'.repeat(64),
      revision: one.context().informationRevision + 1,
    }),
  verify: (one) => sends(one, { type: 'information.verified' }),
  'pay half': (one) => pays(one, price / 2),
  'pay all': (one) => pays(one, price),
  apply: (one) => (one.context().orders < 3 ? sends(one, { type: 'renewal.requested', years: 1 }) : null),
  'verify renewal': (one) => sends(one, { type: 'renewal.verified', orderId: openOrder(one) }),
  'reject renewal': (one) => sends(one, { type: 'renewal.rejected', orderId: openOrder(one), reason: 'incomplete' }),
  'ask for more': (one) =>
    one.context().orders < 3 ? sends(one, { type: 'edition.requested', edition: 'enterprise' }) : null,
  'ask for less': (one) => sends(one, { type: 'edition.requested', edition: 'standard' }),
  'keep the edition': (one) => sends(one, { type: 'edition.kept' }),
  leave: (one) => sends(one, { type: 'termination.requested' }),
  disagree: (one) => sends(one, { type: 'agreement.disagreed', version: '2' }),
  'post notice': (one) => {
    const pending = one.pending.find(({ name }) => name === 'postNotice');
    const { kind } = (pending?.input ?? { kind: null }) as { kind: string | null };
    return pending ? () => pending.done({ noticeId: `${kind}-${one.effects.length}`, certificateNumber: 'E-1' }) : null;
  },
  'wait for the next due time': (one) => {
    const [next] = one.due();
    return next === undefined ? null : () => one.to(next);
  },
};

const waits: Try = (one, { ahead }) => (ahead === undefined ? null : () => one.by(ahead));

const openOrder = (one: Subscription) => one.context().order?.orderId ?? 'none';

function sends(one: Subscription, event: Parameters<Subscription['can']>[0]) {
  return one.can(event) ? () => one.send(event) : null;
}

function pays(one: Subscription, amount: number) {
  const { order, receipts } = one.context();
  return one.ended() || order === null || receipts.length >= 6 ? null : () => one.pay(amount);
}

/** In Shanghai; the last moment of a term belongs to its last day. */
const yearOf = (instant: string | null, milliseconds = 0) =>
  new Date(Date.parse(instant ?? '') + 8 * 3_600_000 + milliseconds).getUTCFullYear();

/** What must hold over a whole life, whatever its steps. */
function livedRight(one: Subscription): void {
  holds(one);
  const { paidTerms, end, anchor, expiresAt } = one.context();
  expect(one.notices('renewalNotice').length, 'at most one renewal notice for every term').toBeLessThanOrEqual(
    paidTerms.length,
  );
  expect(one.recorded('recordTerm').map((term) => term.n)).toEqual(paidTerms.map((term) => term.n));
  const years = paidTerms.reduce((sum, term) => sum + term.years, 0);
  if (years > 0) expect(yearOf(expiresAt, -1), 'years add up').toBe(yearOf(anchor) + years);
  expect(orderActors(one).length, 'at most one order is open').toBeLessThanOrEqual(1);
  const open = one.recorded('recordOrder').filter(({ orderId }) => {
    const last = one.recorded('recordOrderStatus').findLast((status) => status.orderId === orderId);
    return !['paid', 'cancelled', 'lapsed'].includes(last?.status ?? 'open');
  });
  expect(open.length, 'at most one order is unpaid').toBeLessThanOrEqual(1);
  if (one.ended()) {
    expect(open, 'no order is open after the end').toEqual([]);
    expect(one.messages.filter(({ message }) => message.to.machine === 'erasure')).toHaveLength(1);
    expect(one.recorded('recordEnd')).toHaveLength(1);
    for (const { receiptId, refundDue } of one.context().receipts) {
      const ends = one
        .told(receiptId)
        .filter((told) => told?.type === 'refund.due' || told?.type === 'receipt.settled');
      expect(
        ends.map((told) => told?.type),
        'every receipt hears the end, once',
      ).toEqual([refundDue > 0 ? 'refund.due' : 'receipt.settled']);
    }
    if (end?.reason === 'overdue') {
      const warned = one.notices('overdueWarning').at(-1) ?? one.notices('registrationOverdueWarning').at(-1) ?? '';
      expect(Date.parse(one.now()) - Date.parse(warned), 'the warning stood').toBeGreaterThanOrEqual(7 * day);
    }
  } else expect(one.messages.every(({ message }) => message.to.machine === 'receipt')).toBe(true);
}

function play(steps: readonly Step[], role: 'manufacturer' | 'customer', checked = true): Subscription {
  const one = subscribe({ role, unanswered: ['postNotice'], checked });
  for (const step of steps) (does[step.type] ?? waits)(one, step)?.();
  return one;
}

/** What tells two lives apart for what may happen next. */
function kindOf(one: Subscription): string {
  const { order, receipts, paidTerms, orders, missing, end, edition, editionChange } = one.context();
  return JSON.stringify([
    one.value(),
    order === null ? null : [order.isPaid, order.received > 0],
    receipts.some((entry) => entry.credit > 0),
    [paidTerms.length, orders, missing.length, end?.reason, edition, editionChange?.to],
    one.pending.map(({ input }) => (input as { kind?: string }).kind),
  ]);
}

function lives(role: 'manufacturer' | 'customer') {
  const state = (steps: readonly Step[]) => {
    const one = play(steps, role, false);
    const next = Object.keys(does).filter((type) => does[type]?.(one, { type }) !== null);
    return { steps, kind: kindOf(one), next: next.map((type): Step => ({ type })) };
  };
  const model = fromTransition((from: ReturnType<typeof state>, step: Step) => state([...from.steps, step]), state([]));
  return getShortestPaths(model, {
    events: (snapshot) => snapshot.context.next,
    serializeState: (snapshot) => snapshot.context.kind,
    limit: 20_000,
  });
}

describe('every state that a subscription can reach', () => {
  it('keeps its promises, on the shortest way to it [A2, C5, C6, R1, R3, R4]', { timeout: 300_000 }, () => {
    const paths = lives('manufacturer');
    const reached = new Set<string>();
    for (const path of paths) {
      const one = play(path.state.context.steps, 'manufacturer');
      livedRight(one);
      reached.add(JSON.stringify(one.value()));
    }
    // A smaller number means that the model has lost a way: every resting state of the chart is among these.
    expect([paths.length, reached.size]).toEqual([669, 57]);
  });

  it('as a customer has no order, no term and no overdue days [C1]', () => {
    for (const path of lives('customer')) {
      const one = play(path.state.context.steps, 'customer');
      livedRight(one);
      expect([one.context().order, one.context().expiresAt, one.has('overdue')]).toEqual([null, null, false]);
    }
  });

  it('keeps its promises on random ways, at random times [A2, C5, C6, R1, R3, R4]', { timeout: 300_000 }, () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ type: fc.constantFrom(...Object.keys(does)) }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('wait'), ahead: fc.integer({ min: 0, max: 200 * day }) }) },
    );
    const beginning = ['confirm', 'verify', 'pay all', 'post notice'].map((type) => ({ type }));
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 40, size: 'max' }), (inForce, steps) => {
        livedRight(play([...(inForce ? beginning : []), ...steps], 'manufacturer'));
      }),
      { numRuns: 400 },
    );
  });
});
