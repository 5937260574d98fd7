/** A repair order in a simulation, with the steps that its tests take. */
import { expect } from 'vitest';
import { simulate } from '../../engine/simulate.ts';
import type { Answers } from '../../engine/simulate.ts';
import type { Instant } from '../../engine/machine.ts';
import type { RepairInput, RepairResult } from '../../machines/claim-repair.ts';
import type { Effects } from '../../machines/effects.ts';
import type { RepairPublicEvent } from '../../machines/repair-events.ts';
import { repairMachine } from '../../machines/repair.ts';
import { serviceClock } from '../../machines/service-level.ts';
import { repairInputAt } from './service-inputs.ts';

/** A Monday, 10:00 in Shanghai. */
export const monday = '2027-03-08T02:00:00.000Z';
export const day = 86_400_000;
export const before = (instant: Instant) => new Date(Date.parse(instant) - 1).toISOString();

export const repairInput = repairInputAt(monday);

/** Two centers are there; each is asked once. */
const answers: Answers = {
  askRepairEntitlement: () => ({ isEntitled: true }),
  askCenterEntitlement: () => ({ isEntitled: true }),
  assignRmaNumber: () => ({ rma: 'RMA-00000001' }),
  chooseServiceCenter: ({ declined }: { declined: string[] }) => ({
    centerId: ['center1', 'center2'].find((id) => !declined.includes(id)) ?? null,
  }),
};

export const bigCost = { lineId: 'l1', costClass: 'labour', amount: 30_000 } as const;
const freeCost = { lineId: 'l1', costClass: 'parts', amount: 20_000 } as const;

/** Events by a short name, as the parties send them. */
export const sent = {
  accept: (centerId = 'center1') => ({ type: 'assignment.accepted', centerId }),
  decline: (centerId = 'center1') => ({ type: 'assignment.declined', centerId }),
  send: () => ({ type: 'unit.sent', tracking: 'T-1' }),
  receive: (serial = 'SN-1') => ({ type: 'unit.received', serial, condition: 'ok', missing: [] }),
  inspect: (finding: 'faultConfirmed' | 'noFaultFound' | 'beyondRepair' = 'faultConfirmed', isFree = true) => ({
    type: 'inspection.finished',
    finding,
    currency: 'CNY',
    costs: finding === 'faultConfirmed' ? [isFree ? freeCost : bigCost] : [],
    usage: { hours: 120 },
  }),
  finish: () => ({ type: 'repair.finished' }),
  pass: () => ({ type: 'test.passed' }),
  shipBack: () => ({ type: 'unit.shippedBack', tracking: 'T-2' }),
  deliver: () => ({ type: 'delivery.confirmed' }),
} satisfies { [name: string]: (...args: never[]) => RepairPublicEvent };

export function orderRepair(over: { input?: Partial<RepairInput>; answers?: Answers; unanswered?: boolean } = {}) {
  const simulation = simulate(repairMachine, {
    at: monday,
    input: { ...repairInput, ...over.input },
    answers: over.unanswered === true ? {} : { ...answers, ...over.answers },
  });
  const { actor } = simulation;
  const recorded = <Name extends keyof Effects>(name: Name) =>
    simulation.effects.filter((one) => one.name === name).map((one) => one.params as Effects[Name]);
  const send = (...events: RepairPublicEvent[]) => {
    for (const event of events) {
      expect(actor.getSnapshot().can(event), `${event.type} in ${JSON.stringify(actor.getSnapshot().value)}`).toBe(
        true,
      );
      actor.send(event);
    }
  };
  const repair = {
    ...simulation,
    recorded,
    send,
    can: (event: RepairPublicEvent) => actor.getSnapshot().status === 'active' && actor.getSnapshot().can(event),
    context: () => actor.getSnapshot().context,
    state: () => actor.getSnapshot().context.state,
    isOver: () => actor.getSnapshot().status === 'done',
    /** What the claim heard. */
    told: () => simulation.messages.map(({ message }) => message.event as unknown as { result: RepairResult }),
    /** The last clock of the turnaround, computed from its records. */
    clock: () => {
      const entries = recorded('recordClockEntry');
      const { clock } = entries.at(-1) ?? { clock: 'none' };
      const own = entries.filter((one) => one.clock === clock).map(({ entry }) => entry);
      return serviceClock(own, repairInput.level, simulation.now());
    },
    /** To the state in which the center has the unit. */
    toCenter: () => (send(sent.accept(), sent.send(), sent.receive()), repair),
    /** From there through the repair to the customer. */
    toEnd: () => (send(sent.inspect(), sent.finish(), sent.pass(), sent.shipBack(), sent.deliver()), repair),
  };
  return repair;
}
export type SimulatedRepair = ReturnType<typeof orderRepair>;
