/**
 * Subscription × claim × repair: the three machines as one world, with their messages carried as the dispatcher and the handlers
 * of effects do it. Every combination that the steps reach is visited on a shortest way and checked [W2–W7].
 */
import { describe, expect, it } from 'vitest';
import { simulate } from '../../engine/simulate.ts';
import type { RepairInput } from '../../machines/claim-repair.ts';
import type { ClaimPublicEvent } from '../../machines/claim-events.ts';
import type { Effects } from '../../machines/effects.ts';
import { entitlements } from '../../machines/entitlements.ts';
import type { RepairPublicEvent } from '../../machines/repair-events.ts';
import { repairMachine } from '../../machines/repair.ts';
import type { SubscriptionPublicEvent } from '../../machines/subscription-events.ts';
import { fileClaim } from './simulated-claim.ts';
import type { SimulatedClaim } from './simulated-claim.ts';
import { sent } from './repairs.ts';
import { plus, subscribe } from './simulated.ts';

type Repair = ReturnType<typeof startRepair>;

/** Two centers; each is asked once, and both may repair. */
function startRepair(input: RepairInput, at: string) {
  const simulation = simulate(repairMachine, {
    at,
    input,
    answers: {
      askRepairEntitlement: () => ({ isEntitled: true }),
      askCenterEntitlement: () => ({ isEntitled: true }),
      assignRmaNumber: () => ({ rma: 'RMA-00000001' }),
      chooseServiceCenter: ({ declined }: { declined: string[] }) => ({
        centerId: ['center1', 'center2'].find((id) => !declined.includes(id)) ?? null,
      }),
    },
  });
  const snapshot = () => simulation.actor.getSnapshot();
  return {
    ...simulation,
    snapshot,
    can: (event: RepairPublicEvent) => snapshot().status === 'active' && snapshot().can(event),
    isOver: () => snapshot().status === 'done',
  };
}

class World {
  readonly subscription = subscribe({ at: '2027-03-08T01:00:00.000Z', checked: false });
  readonly claim: SimulatedClaim;
  readonly repairs: Repair[] = [];
  /** Whether the manufacturer was entitled when each repair was ordered [W3]. */
  readonly ordered: boolean[] = [];
  isErased = false;
  readonly #carried = { claim: 0, effects: 0, repairs: [] as number[] };

  /** @param ending the manufacturer has renewed at Standard, and the term at Professional ends within the hour */
  constructor(ending: boolean) {
    this.subscription.confirm().verify();
    this.subscription.pay();
    if (ending) this.#renewAtStandard();
    this.claim = fileClaim({
      cover: ['half'],
      checked: false,
      at: this.subscription.now(),
      unanswered: ['askRepairEntitlement'],
    });
    this.carry();
  }

  #renewAtStandard(): void {
    const { noticeAt, expiresAt } = this.subscription.context();
    this.subscription
      .send({ type: 'edition.requested', edition: 'standard' })
      .to(noticeAt ?? '')
      .renew();
    this.subscription.pay();
    this.subscription.verifyRenewal().to(plus(expiresAt, -3_600_000));
  }

  isEntitled(): boolean {
    const { role, edition } = this.subscription.context();
    const { functions } = entitlements({ role, edition, tags: this.subscription.tags() });
    return !this.isErased && functions.includes('repairServices');
  }

  get repair(): Repair | undefined {
    return this.repairs.at(-1);
  }

  /** Everything that one machine says to another, until nothing is left to say. */
  carry(): void {
    for (let isBusy = true; isBusy;) {
      isBusy = false;
      const [asked] = this.claim.pending;
      if (asked) {
        asked.done({ isEntitled: this.isEntitled() });
        isBusy = true;
      }
      const orders = this.claim.orders();
      for (const { start } of orders.slice(this.#carried.claim)) {
        this.ordered.push(this.isEntitled());
        this.repairs.push(startRepair(start as unknown as RepairInput, this.now()));
        isBusy = true;
      }
      this.#carried.claim = orders.length;
      for (const [n, repair] of this.repairs.entries()) {
        const told = repair.messages.slice(this.#carried.repairs[n] ?? 0);
        this.#carried.repairs[n] = repair.messages.length;
        for (const { message } of told) {
          isBusy = true;
          const event = message.event as unknown as ClaimPublicEvent;
          if (this.claim.can(event)) this.claim.actor.send(event);
        }
      }
      const fresh = this.subscription.effects.slice(this.#carried.effects);
      this.#carried.effects = this.subscription.effects.length;
      for (const { name, params } of fresh) isBusy = this.#hear(name, params) || isBusy;
    }
  }

  /** What the handlers of effects tell open claims and repairs. */
  #hear(name: string, params: unknown): boolean {
    const party = 'manufacturer' as const;
    if (name === 'recordSuspension') {
      const { stands, reason } = params as Effects['recordSuspension'];
      this.#tell({ type: stands ? 'party.suspended' : 'suspension.lifted', party, reason });
      return true;
    }
    if (name === 'recordServiceEnd') {
      const event = { type: 'subscription.expired' as const, party };
      if (this.repair?.can(event)) this.repair.actor.send(event);
      return true;
    }
    if (name !== 'recordEnd' || this.isErased) return false;
    this.isErased = true;
    this.#tell({ type: 'party.erased', party });
    return true;
  }

  #tell(event: ClaimPublicEvent & RepairPublicEvent): void {
    if (this.claim.can(event)) this.claim.actor.send(event);
    if (this.repair?.can(event)) this.repair.actor.send(event);
  }

  now(): string {
    return this.claim.now();
  }

  /** The next moment of any of them; time is one for all. */
  due(): string | undefined {
    const all = [this.subscription, this.claim, ...this.repairs].flatMap((one) => one.due());
    return all.toSorted((one, other) => Date.parse(one) - Date.parse(other))[0];
  }

  to(instant: string): void {
    for (const one of [this.subscription, this.claim, ...this.repairs]) one.advanceTo(instant);
    this.carry();
  }
}

const ofClaim = {
  accept: { type: 'decision.accepted' },
  appeal: { type: 'appeal.filed', reason: 'wrongFacts' },
  'decide again': { type: 'line.decided', lineId: 'l1', decidedBy: 'p2' },
  'choose repair': { type: 'outcome.chosen', outcome: 'repair', decidedBy: 'p1' },
  'choose refund': { type: 'outcome.chosen', outcome: 'refund', decidedBy: 'p1' },
  fulfil: { type: 'outcome.fulfilled', reference: 't' },
  'withdraw the claim': { type: 'claim.withdrawn' },
} satisfies { [step: string]: ClaimPublicEvent };

const ofRepair = {
  'the center accepts': sent.accept(),
  'it is sent in': sent.send(),
  'it is received': sent.receive('SD18-000123'),
  'the fault is confirmed': {
    ...sent.inspect(),
    costs: [{ lineId: 'l1', costClass: 'parts', amount: 20_000 }],
  } as RepairPublicEvent,
  'beyond repair': sent.inspect('beyondRepair'),
  'the quotation is accepted': { type: 'quotation.accepted', quotation: 1 },
  'it is repaired': sent.finish(),
  'it works': sent.pass(),
  'it goes back': sent.shipBack(),
  'it arrives': sent.deliver(),
  'it goes to the manufacturer': { type: 'disposal.decided', to: 'manufacturer' },
  'it goes to the customer': { type: 'disposal.decided', to: 'customer' },
  'the repair is withdrawn': { type: 'repair.withdrawn' },
} satisfies { [step: string]: RepairPublicEvent };

const ofSubscription = {
  suspend: { type: 'subscription.suspended', reason: 'unpaidInvoice' },
  lift: { type: 'suspension.lifted', reason: 'unpaidInvoice' },
  leave: { type: 'termination.requested' },
} satisfies { [step: string]: SubscriptionPublicEvent };

/** Does the step where it can be done: gives what would do it, or null. */
const does: { [step: string]: (world: World) => (() => void) | null } = {
  ...Object.fromEntries(
    Object.entries(ofClaim).map(([step, event]) => [
      step,
      (world: World) => (world.claim.can(event) ? () => world.claim.actor.send(event) : null),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(ofRepair).map(([step, event]) => [
      step,
      ({ repair }: World) => (repair?.can(event) ? () => repair.actor.send(event) : null),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(ofSubscription).map(([step, event]) => [
      step,
      ({ subscription }: World) => (subscription.can(event) ? () => subscription.actor.send(event) : null),
    ]),
  ),
  'Standard begins': (world) => {
    const effectiveAt = world.subscription.context().editionChange?.effectiveAt;
    return effectiveAt ? () => world.to(effectiveAt) : null;
  },
  'wait for the next moment': (world) => {
    const next = world.due();
    return next === undefined ? null : () => world.to(next);
  },
};

function play(way: readonly string[], ending: boolean): World {
  const world = new World(ending);
  for (const step of way) {
    does[step]?.(world)?.();
    world.carry();
  }
  return world;
}

/** What tells two worlds apart for what may happen next. */
function kindOf(world: World): string {
  const { claim, repair, subscription } = world;
  const { round, chosen, outcome } = claim.context();
  return JSON.stringify([
    [claim.value(), round, chosen, outcome, world.repairs.length],
    repair ? [repair.snapshot().value, repair.snapshot().context.place, repair.snapshot().context.outcome] : null,
    ['service', 'suspended', 'windingDown'].map((tag) => subscription.tags().includes(tag)),
    [subscription.context().edition, subscription.context().editionChange !== null, world.isErased],
  ]);
}

/** Further than this nothing new is tried: a claim that comes to its end with one repair takes a dozen steps. */
const STEPS = 14;

/** Breadth first, so that each combination is reached on a shortest way. */
function worlds(ending: boolean): World[] {
  const known = new Map<string, World>();
  const queue: (readonly string[])[] = [[]];
  for (let way = queue.shift(); way; way = queue.shift()) {
    const world = play(way, ending);
    const kind = kindOf(world);
    if (known.has(kind)) continue;
    known.set(kind, world);
    if (way.length >= STEPS || world.repairs.length > 1) continue;
    const reached = way;
    const next = Object.keys(does).filter((step) => does[step]?.(world) !== null);
    queue.push(...next.map((step) => [...reached, step]));
  }
  return [...known.values()];
}

const clocksOf = (one: { snapshot(): { children: unknown } }): unknown[] =>
  Object.values(one.snapshot().children as { [id: string]: { getSnapshot(): { value?: unknown } } | undefined })
    .map((child) => child?.getSnapshot().value)
    .filter((value) => value === 'running' || value === 'over');

describe('a subscription, a claim and its repair together', () => {
  const all = [...worlds(false), ...worlds(true)];

  it('come to more combinations than any of them has states, and to every end of a claim with one repair', () => {
    expect(all.length).toBeGreaterThan(400);
    const outcomes = new Set(all.filter(({ claim }) => claim.isOver()).map(({ claim }) => claim.context().outcome));
    expect([...outcomes]).toEqual(
      expect.arrayContaining(['ended', 'lapsed', 'refund', 'repair', 'withdrawn']) as unknown,
    );
  });

  it('have no repair that was ordered without entitlement [W3]', () => {
    for (const { ordered } of all) expect(ordered.every(Boolean)).toBe(true);
  });

  it('let a repair that is ordered by then be finished when the edition has no repairs any more, and order no other [E2, W3, W7]', () => {
    const standard = all.filter(({ subscription }) => subscription.context().edition === 'standard');
    const ends = standard.map(({ repair }) => repair?.snapshot().context.outcome);
    expect(ends).toContain('repaired');
    expect(standard.some(({ repair }) => repair !== undefined && !repair.isOver())).toBe(true);
    expect(standard.some(({ claim, repairs }) => claim.state() === 'choosingOutcome' && repairs.length === 0)).toBe(
      true,
    );
  });

  it('are of one mind: the claim waits for a repair exactly while one is open, or the claim is over [W4, W6, W7]', () => {
    for (const { claim, repair } of all) {
      const isOpen = repair !== undefined && !repair.isOver();
      if (claim.state() === 'repairing') expect(isOpen, JSON.stringify(repair?.snapshot().value)).toBe(true);
      if (isOpen && !repair.snapshot().context.isTold)
        expect(['repairing', 'ended'], claim.state()).toContain(claim.state());
    }
  });

  it('stand still in every clock and deadline while the manufacturer is suspended [W5, W7]', () => {
    for (const { claim, repair, subscription } of all) {
      if (!subscription.has('suspended')) continue;
      expect(clocksOf(claim)).toEqual([]);
      if (repair && !repair.isOver()) expect(clocksOf(repair)).toEqual([]);
      if (!claim.isOver()) expect(claim.context().dueAt).toBeNull();
    }
  });

  it('go on without the manufacturer when it is erased: no claim is open, and the unit is somewhere with a way on [W7]', () => {
    for (const { claim, repair, isErased } of all) {
      if (!isErased) continue;
      expect(claim.isOver(), claim.state()).toBe(true);
      // Of one that is closed the rows are cut: nothing runs that could hear it.
      if (!repair || repair.isOver()) continue;
      expect(repair.snapshot().context.manufacturerId).toBeNull();
      expect(repair.snapshot().context.place).toEqual(expect.any(String));
    }
  });

  it('never fail, and keep only what survives [A9]', () => {
    for (const { claim, repairs, subscription } of all) {
      expect([...claim.errors, ...subscription.errors, ...repairs.flatMap(({ errors }) => errors)]).toEqual([]);
      for (const repair of repairs) {
        const { context } = repair.snapshot();
        expect(JSON.parse(JSON.stringify(context))).toEqual(context);
      }
    }
  });
});
