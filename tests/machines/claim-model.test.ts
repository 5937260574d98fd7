import { fromTransition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { describe, expect, it } from 'vitest';
import { claimMachine } from '../../machines/claim.ts';
import type { ClaimPublicEvent } from '../../machines/claim-events.ts';
import { claimId } from './service-inputs.ts';
import { fileClaim, holds } from './simulated-claim.ts';
import type { Setting, SimulatedClaim } from './simulated-claim.ts';

/** What anybody may do to a claim of one line, and what activities may answer. */
const events: { [step: string]: (claim: SimulatedClaim) => ClaimPublicEvent } = {
  decide: () => ({ type: 'line.decided', lineId: 'l1', decidedBy: 'p1' }),
  'decide as another': () => ({ type: 'line.decided', lineId: 'l1', decidedBy: 'p2' }),
  refuse: () => ({ type: 'line.refused', lineId: 'l1', reason: 'fraud', decidedBy: 'p1' }),
  'offer goodwill': () => ({
    type: 'goodwill.offered',
    lineId: 'l1',
    amount: 60_000,
    currency: 'CNY',
    reason: 'loyalty',
    decidedBy: 'p1',
  }),
  'approve goodwill': () => ({
    type: 'goodwill.approved',
    lineId: 'l1',
    amount: 60_000,
    currency: 'CNY',
    decidedBy: 'p2',
  }),
  'decline goodwill': () => ({ type: 'goodwill.declined', lineId: 'l1', decidedBy: 'p2' }),
  'correct facts': () => ({
    type: 'facts.corrected',
    facts: [{ lineId: 'l1', component: 'motor', cause: 'wear', usage: {} }],
  }),
  'ask the customer': () => ({ type: 'information.requested', codes: ['photoOfPlate'] }),
  'answer what was asked': () => ({ type: 'information.provided', facts: [], evidence: [] }),
  'choose repair': () => ({ type: 'outcome.chosen', outcome: 'repair', decidedBy: 'p1' }),
  'choose refund': () => ({ type: 'outcome.chosen', outcome: 'refund', decidedBy: 'p1' }),
  fulfil: () => ({ type: 'outcome.fulfilled', reference: 't' }),
  accept: () => ({ type: 'decision.accepted' }),
  appeal: () => ({ type: 'appeal.filed', reason: 'wrongFacts' }),
  'reject the dispute': () => ({ type: 'dispute.rejected', reason: 'noFault', decidedBy: 'p1' }),
  'ask for arbitration': () => ({ type: 'arbitration.requested', reason: 'wrongFacts' }),
  'award a refund': () => ({
    type: 'arbitration.decided',
    awards: [{ lineId: 'l1', amount: 10, currency: 'CNY' }],
    outcome: 'refund',
    decidedBy: 'a1',
  }),
  'award nothing': () => ({ type: 'arbitration.decided', awards: [], outcome: null, decidedBy: 'a1' }),
  withdraw: () => ({ type: 'claim.withdrawn' }),
  'suspend the customer': () => ({ type: 'party.suspended', party: 'customer', reason: 'unpaidFee' }),
  'lift the suspension': () => ({ type: 'suspension.lifted', party: 'customer', reason: 'unpaidFee' }),
  'erase the customer': () => ({ type: 'party.erased', party: 'customer' }),
  'erase the manufacturer': () => ({ type: 'party.erased', party: 'manufacturer' }),
  ...Object.fromEntries(
    (['repaired', 'noFaultFound', 'beyondRepair', 'notSent', 'withdrawn', 'stopped'] as const).map((result) => [
      `repair ends: ${result}`,
      (claim: SimulatedClaim): ClaimPublicEvent => ({
        type: 'repair.ended',
        repairId: `${claimId}.${claim.context().repairs}`,
        result,
      }),
    ]),
  ),
};

type Try = (claim: SimulatedClaim) => (() => unknown) | null;

const does: { [step: string]: Try } = {
  ...Object.fromEntries(
    Object.entries(events).map(([step, eventOf]): [string, Try] => [
      step,
      (claim) => (claim.can(eventOf(claim)) ? () => claim.send(eventOf(claim)) : null),
    ]),
  ),
  'wait for the next moment': (claim) => {
    const [next] = claim.due();
    return next === undefined ? null : () => claim.to(next);
  },
};

type Step = { type: string };

function play(steps: readonly Step[], setting: Setting): SimulatedClaim {
  const claim = fileClaim(setting);
  for (const { type } of steps) does[type]?.(claim)?.();
  return claim;
}

/** What tells two claims apart for what may happen next. */
function kindOf(claim: SimulatedClaim): string {
  const { lines, round, chosen, outcome, suspensions, customerId, clock, repairs } = claim.context();
  const [line] = lines;
  return JSON.stringify([
    claim.value(),
    [round, chosen, outcome, suspensions.length, customerId === null, clock === null, Math.min(repairs, 2)],
    [line?.decision?.verdict, line?.decision?.decidedBy, line?.before?.verdict, line?.offer !== null],
    claim.clocks(),
  ]);
}

interface State {
  readonly steps: readonly Step[];
  readonly kind: string;
  readonly next: readonly Step[];
}

function lives(setting: Setting) {
  const known = new Map<string, State>();
  const state = (steps: readonly Step[]): State => {
    const claim = play(steps, { ...setting, checked: false });
    const kind = kindOf(claim);
    const found = known.get(kind);
    if (found) return found;
    const next = Object.keys(does).filter((type) => does[type]?.(claim) !== null);
    const made = { steps, kind, next: next.map((type): Step => ({ type })) };
    known.set(kind, made);
    return made;
  };
  const model = fromTransition((from: State, step: Step) => state([...from.steps, step]), state([]));
  getShortestPaths(model, {
    events: (snapshot) => [...snapshot.context.next],
    serializeState: (snapshot) => snapshot.context.kind,
    limit: 20_000,
  });
  return [...known.values()].map(({ steps }) => play(steps, { ...setting, checked: false }));
}

const settings: readonly (readonly [string, Setting])[] = [
  ['that rules could decide', { cover: ['half'] }],
  ['that only a person can decide', { cover: ['half'], needs: ['causeUnknown'] }],
  ['that nothing covers', { cover: ['nothing'] }],
  ['that cannot be assessed', { fails: () => true }],
  ['of a Standard manufacturer', { cover: ['full'], isEntitled: false }],
];
const reached = new Set<string>();

describe.each(settings)('a claim %s', (_, setting) => {
  const ends = lives(setting);
  for (const end of ends) reached.add(end.state());

  it('keeps what must hold in every state that it can reach [W2, W3, W5, W6, W7]', () => {
    for (const claim of ends) holds(claim);
    expect(ends.length).toBeGreaterThan(50);
  });

  it('waits for nobody for ever: each state is left by its owner or by a moment [A9, W5]', () => {
    for (const claim of ends.filter((one) => !one.isOver())) {
      const ways = Object.keys(does).filter((type) => does[type]?.(claim) !== null);
      const byOthers = ways.filter((type) => !type.startsWith('erase') && !type.startsWith('suspend'));
      expect(byOthers, JSON.stringify(claim.value())).not.toEqual([]);
    }
  });

  it('does nothing any more once it is over [W6, W7]', () => {
    for (const claim of ends.filter((one) => one.isOver())) {
      expect(claim.due()).toEqual([]);
      const count = claim.effects.length;
      claim.by(1000 * 86_400_000);
      expect(claim.effects.length).toBe(count);
      const results = claim.recorded('recordClaim').filter(({ isClosed }) => isClosed);
      expect(results).toHaveLength(1);
    }
  });
});

it('all states of the chart are reached by one claim or another', () => {
  // Where it only passes through, or waits for an answer that comes at once here.
  const passing = ['assessing', 'assessed', 'appealed', 'standing', 'ordering'];
  const expected = Object.keys(claimMachine.states).filter((state) => !passing.includes(state));
  expect([...reached].toSorted()).toEqual(expected.toSorted());
});
