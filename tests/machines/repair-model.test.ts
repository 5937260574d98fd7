import fc from 'fast-check';
import { fromTransition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { describe, expect, it } from 'vitest';
import { places } from '../../machines/repair-context.ts';
import type { Place, RepairState } from '../../machines/repair-context.ts';
import type { RepairPublicEvent } from '../../machines/repair-events.ts';
import { endings } from '../../machines/repair-homeward.ts';
import { bigCost, orderRepair, sent } from './repairs.ts';
import type { SimulatedRepair } from './repairs.ts';

const charge = { charge: 90_000, currency: 'CNY' };

/** What anybody may do next. */
const work = {
  accept: sent.accept(),
  'accept (second)': sent.accept('center2'),
  decline: sent.decline(),
  'decline (second)': sent.decline('center2'),
  withdraw: { type: 'repair.withdrawn' },
  send: sent.send(),
  receive: sent.receive(),
  'receive another': sent.receive('SN-9'),
  'it is the right one': { type: 'mismatch.clarified', decision: 'accept' },
  'it is the wrong one': { type: 'mismatch.clarified', decision: 'return' },
  'no fault': sent.inspect('noFaultFound'),
  'beyond repair': sent.inspect('beyondRepair'),
  'a fault that is covered': sent.inspect(),
  'a fault that is not': sent.inspect('faultConfirmed', false),
  'accept quotation': { type: 'quotation.accepted', quotation: 1 },
  'decline quotation': { type: 'quotation.declined', quotation: 1 },
  'order part': { type: 'part.ordered', partId: 'p1', component: 'display' },
  'part arrives': { type: 'part.arrived', partId: 'p1' },
  'use part': { type: 'part.used', partId: 'p1' },
  finish: sent.finish(),
  abandon: { type: 'repair.abandoned' },
  exchange: { type: 'unit.exchanged', serial: 'SN-2' },
  pass: sent.pass(),
  fail: { type: 'test.failed' },
  'ship back': sent.shipBack(),
  deliver: sent.deliver(),
  'delivery fails': { type: 'delivery.failed' },
  'the carrier loses it': { type: 'transport.lost' },
  'recover it': { type: 'unit.recovered' },
  'to the manufacturer': { type: 'disposal.decided', to: 'manufacturer' },
  'to the customer': { type: 'disposal.decided', to: 'customer' },
  scrap: { type: 'disposal.decided', to: 'scrap' },
} satisfies { [step: string]: RepairPublicEvent };

const spares = {
  'order a replacement': { type: 'replacement.ordered' },
  'send the replacement': { type: 'replacement.sent', serial: 'SN-2', tracking: 'T-3', ...charge },
  lend: { type: 'loaner.given', serial: 'SN-3', ...charge },
  'return the loaner': { type: 'loaner.returned' },
} satisfies { [step: string]: RepairPublicEvent };

const endsOfParties = {
  'customer is erased': { type: 'party.erased', party: 'customer' },
  'manufacturer is erased': { type: 'party.erased', party: 'manufacturer' },
  'center is erased': { type: 'party.erased', party: 'serviceCenter' },
  'subscription of the customer ends': { type: 'subscription.expired', party: 'customer' },
  'subscription of the center ends': { type: 'subscription.expired', party: 'serviceCenter' },
} satisfies { [step: string]: RepairPublicEvent };

const suspensions = {
  suspend: { type: 'party.suspended', party: 'manufacturer', reason: 'complaint' },
  'suspend the center': { type: 'party.suspended', party: 'serviceCenter', reason: 'complaint' },
  lift: { type: 'suspension.lifted', party: 'manufacturer', reason: 'complaint' },
  'lift the center’s': { type: 'suspension.lifted', party: 'serviceCenter', reason: 'complaint' },
} satisfies { [step: string]: RepairPublicEvent };

type Steps = { readonly [step: string]: RepairPublicEvent };
interface Model {
  readonly steps: Steps;
  /** Whether activities answer at once; else the answer is a step. */
  readonly isAnswered: boolean;
}
const wait = 'wait for the next due time';
const answer = 'what is asked is answered';
const answerNo = 'what is asked is answered with no';

/** Answers to what a simulation has pending, where they are not given at once. */
function answerOf(name: string, declined: readonly string[], isYes: boolean): unknown {
  if (name === 'assignRmaNumber') return { rma: 'RMA-00000001' };
  if (name.startsWith('ask')) return { isEntitled: isYes };
  return { centerId: isYes ? (['center1', 'center2'].find((id) => !declined.includes(id)) ?? null) : null };
}

function take(repair: SimulatedRepair, steps: Steps, step: string): void {
  if (step === wait) repair.advanceTo(repair.due()[0]!);
  else if (step === answer || step === answerNo) {
    const [pending] = repair.pending;
    pending!.done(answerOf(pending!.name, repair.context().declined, step === answer));
  } else repair.actor.send(steps[step]!);
}

function play({ steps, isAnswered }: Model, way: readonly string[]): SimulatedRepair {
  const repair = orderRepair(isAnswered ? {} : { unanswered: true });
  for (const step of way) take(repair, steps, step);
  return repair;
}

function nextOf(repair: SimulatedRepair, steps: Steps): string[] {
  if (repair.isOver()) return [];
  const next = Object.keys(steps).filter((step) => repair.can(steps[step]!));
  // Deadlines of the order; those of the clock lead nowhere.
  const hasDeadline = repair.context().deadline?.left === null || repair.context().loanerDeadline?.left === null;
  const answers = repair.pending.length > 0 ? [answer, answerNo] : [];
  return [...next, ...answers, ...(hasDeadline ? [wait] : [])];
}

/** What tells two orders apart for what may happen next: less and less of its past, the further it is. */
function kindOf(repair: SimulatedRepair): string {
  const context = repair.context();
  const { place, outcome, isTold, isSupplySides, gone, suspensions: standing, loaner, replacement } = context;
  const isArranging = !context.isAccepted && outcome === null;
  return JSON.stringify([
    repair.actor.getSnapshot().value,
    [place, outcome, isTold, isSupplySides, gone.toSorted(), standing.map(({ party }) => party).toSorted()],
    [loaner?.state, replacement !== null, context.charges.filter(({ amount }) => amount > 0).map(({ kind }) => kind)],
    isArranging ? [context.declined.toSorted(), context.centerId] : [context.centerId !== null],
    outcome === null ? [context.otherSerial, context.quotation !== null, context.parts.map(({ state }) => state)] : [],
  ]);
}

/** Every state that these steps lead to, with a shortest way. */
function ways(model: Model): (readonly string[])[] {
  const state = (way: readonly string[]) => {
    const repair = play(model, way);
    return { way, kind: kindOf(repair), next: nextOf(repair, model.steps) };
  };
  const logic = fromTransition(
    (from: ReturnType<typeof state>, { type }: { type: string }) => state([...from.way, type]),
    state([]),
  );
  const paths = getShortestPaths(logic, {
    events: (snapshot) => snapshot.context.next.map((type) => ({ type })),
    serializeState: (snapshot) => snapshot.context.kind,
    limit: 100_000,
  });
  return paths.map((path) => path.state.context.way);
}

const working = ['inspecting', 'quoting', 'repairing', 'waitingForParts', 'testing'];
const placeOf: { readonly [state in RepairState]?: Place } = {
  inbound: 'toCenter',
  mismatched: 'center',
  returning: 'center',
  outbound: 'toCustomer',
  returningToManufacturer: 'toManufacturer',
  awaitingShipment: 'customer',
  awaitingReturn: 'customer',
};
const stoppedFor = ['quoting', 'waitingForParts'];

/** What holds at every moment of every life. */
function holds(repair: SimulatedRepair): void {
  const context = repair.context();
  const { state, place } = context;
  expect(repair.errors).toEqual([]);
  expect(JSON.parse(JSON.stringify(context))).toEqual(context);
  expect(places).toContain(place);

  // Where the unit is, by what the order is at.
  const where = placeOf[state] ?? (working.includes(state) ? 'center' : undefined);
  if (where !== undefined) expect(place, state).toBe(where);
  if (state === 'forwarding') expect(['manufacturer', 'operator']).toContain(place);
  if (state === 'sendingBack' || state === 'disposal') expect(['center', 'manufacturer', 'operator']).toContain(place);

  // No work without the acceptance of an entitled center.
  if (working.includes(state)) expect([context.isAccepted, context.centerId]).toEqual([true, expect.any(String)]);

  // The clock.
  const { turnaround } = repair.actor.getSnapshot().children;
  expect(turnaround !== undefined, `clock in ${state}`).toBe(working.includes(state) || state === 'returning');
  if (turnaround) {
    const isWaiting = stoppedFor.includes(state) || context.suspensions.length > 0;
    expect(repair.clock().state, state).toBe(isWaiting ? 'paused' : 'running');
  } else if (repair.recorded('recordClockEntry').length > 0) expect(repair.clock().state).toBe('stopped');
  if (context.suspensions.length > 0) {
    for (const deadline of [context.deadline, context.loanerDeadline]) expect(deadline?.left ?? 0).not.toBeNull();
  }

  // Nothing is charged that coverage or goodwill pays, nor for what is not done.
  const owed = context.charges.find(({ kind }) => kind === 'quotation')?.amount ?? 0;
  if (owed > 0) {
    expect(context.quotation?.costs.every((cost) => cost.covered + cost.goodwill + cost.charged === cost.amount)).toBe(
      true,
    );
    expect(owed).toBe(bigCost.amount / 2 - 5000);
    if (context.outcome !== null) expect(['repaired', 'replaced']).toContain(context.outcome);
  }

  // The claim hears once, and nothing of a party that is gone is left.
  expect(repair.told().length).toBe(context.isTold ? 1 : 0);
  for (const party of context.gone) expect(context[party === 'customer' ? 'customerId' : 'manufacturerId']).toBeNull();
  const last = repair.recorded('recordRepair').at(-1);
  const { manufacturerId, customerId, centerId } = context;
  expect(last).toMatchObject({ state, place, manufacturerId, customerId, centerId });
}

function ends(repair: SimulatedRepair): void {
  const { effects, messages } = repair;
  const [before, told] = [effects.length, repair.told()];
  expect(told).toEqual([{ type: 'repair.ended', repairId: 'r1', result: repair.context().outcome }]);
  expect(repair.context().state).toBe('closed');
  expect(['customer', 'manufacturer', 'operator', 'scrapped', 'keptByCustomer', 'lostInTransit']).toContain(
    repair.context().place,
  );
  repair.advanceBy(1000 * 86_400_000);
  expect([effects.length, messages.length], 'nothing after the end').toEqual([before, told.length]);
}

const leafOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : Object.entries(value as object).flatMap(([key, inner]) => leafOf(inner).map((leaf) => `${key}.${leaf}`));

function walk(model: Model): { count: number; states: string[]; outcomes: string[] } {
  const all = ways(model);
  const states = new Set<string>();
  const outcomes = new Set<string>();
  for (const way of all) {
    const repair = play(model, way);
    if (!repair.isOver()) holds(repair);
    for (const leaf of leafOf(repair.actor.getSnapshot().value)) states.add(leaf);
    if (repair.isOver()) {
      outcomes.add(repair.context().outcome ?? 'none');
      ends(repair);
    } else expect(nextOf(repair, { ...work, ...spares, ...model.steps }).length, way.join(', ')).toBeGreaterThan(0);
  }
  return { count: all.length, states: [...states].toSorted(), outcomes: [...outcomes].toSorted() };
}

describe('every state that a repair order can reach', () => {
  it('keeps its promises while all parties are there [W4, W5, W6]', { timeout: 120_000 }, () => {
    const { count, states, outcomes } = walk({ steps: work, isAnswered: false });
    expect(outcomes).toEqual(
      Object.keys(endings)
        .filter((name) => name !== 'closing')
        .toSorted(),
    );
    // A smaller number means that the model has lost a way.
    expect([count, states.length]).toEqual([70, 22]);
  });

  it('keeps its promises with a replacement in advance and a loaner [W4, W6]', { timeout: 120_000 }, () => {
    const { count, states } = walk({ steps: { ...work, ...spares }, isAnswered: true });
    expect([count, states.length]).toEqual([264, 32]);
  });

  it('keeps its promises when parties are erased or expire in the middle [W7]', { timeout: 120_000 }, () => {
    const { count, states } = walk({ steps: { ...work, ...endsOfParties }, isAnswered: false });
    expect([count, states.length]).toEqual([1071, 24]);
  });

  it('keeps its promises while parties are suspended and lifted [W5, W7]', { timeout: 120_000 }, () => {
    const { count, states } = walk({ steps: { ...work, ...suspensions }, isAnswered: true });
    expect([count, states.length]).toEqual([233, 22]);
  });

  it('keeps its promises on random ways through all of it [W4, W5, W6, W7]', { timeout: 120_000 }, () => {
    const steps = { ...work, ...spares, ...endsOfParties, ...suspensions };
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.nat(), { maxLength: 40, size: 'max' }), (isAnswered, choices) => {
        const repair = play({ steps, isAnswered }, []);
        for (const choice of choices) {
          const next = nextOf(repair, steps);
          if (next.length === 0) break;
          take(repair, steps, next[choice % next.length]!);
          if (!repair.isOver()) holds(repair);
        }
        if (repair.isOver()) ends(repair);
      }),
      { numRuns: 1500 },
    );
  });
});
