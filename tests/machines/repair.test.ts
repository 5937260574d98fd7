import { describe, expect, it } from 'vitest';
import { before, bigCost, day, monday, orderRepair, repairInput, sent } from './repairs.ts';
import { displayLine } from './service-inputs.ts';
import type { SimulatedRepair } from './repairs.ts';

const erase = (party: 'customer' | 'manufacturer' | 'serviceCenter', accountId?: string) =>
  ({ type: 'party.erased', party, ...(accountId === undefined ? {} : { accountId }) }) as const;
const suspend = (party: 'customer' | 'manufacturer' | 'serviceCenter', reason = 'complaint') =>
  ({ type: 'party.suspended', party, reason }) as const;
const lift = (party: 'customer' | 'manufacturer' | 'serviceCenter', reason = 'complaint') =>
  ({ type: 'suspension.lifted', party, reason }) as const;
const replace = [
  { type: 'replacement.ordered' },
  { type: 'replacement.sent', serial: 'SN-2', tracking: 'T-3', charge: 90_000, currency: 'CNY' },
] as const;
const lend = { type: 'loaner.given', serial: 'SN-3', charge: 40_000, currency: 'CNY' } as const;
/** 24:00 in Shanghai of the day this many days after the Monday. */
const endOf = (days: number) => new Date(Date.parse('2027-03-08T16:00:00.000Z') + days * day).toISOString();
const result = (repair: SimulatedRepair) => repair.told().map((one) => one.result);

describe('a repair order', () => {
  it('goes from the RMA number to the confirmed delivery, and tells its claim once [W4, W6]', () => {
    const repair = orderRepair().toCenter().toEnd();
    expect(repair.isOver()).toBe(true);
    expect(repair.messages.map(({ message }) => message)).toEqual([
      { to: { machine: 'claim', id: 'claim-c1' }, event: { type: 'repair.ended', repairId: 'r1', result: 'repaired' } },
    ]);
    expect(repair.recorded('recordRepair').at(-1)).toMatchObject({
      rma: 'RMA-00000001',
      state: 'closed',
      place: 'customer',
      outcome: 'repaired',
    });
    const places = repair.recorded('recordRepair').map(({ place }) => place);
    expect([...new Set(places)]).toEqual(['customer', 'toCenter', 'center', 'toCustomer']);
  });

  it('does not begin where the manufacturer’s edition has no repair services [W3]', () => {
    const repair = orderRepair({ answers: { askRepairEntitlement: () => ({ isEntitled: false }) } });
    expect([repair.isOver(), result(repair)]).toEqual([true, ['stopped']]);
    expect(repair.recorded('recordAssignment')).toEqual([]);
  });

  it('can be withdrawn until the unit is sent [W4]', () => {
    const repair = orderRepair();
    repair.send(sent.accept());
    expect(repair.can({ type: 'repair.withdrawn' })).toBe(true);
    repair.send(sent.send());
    expect(repair.can({ type: 'repair.withdrawn' })).toBe(false);
  });
});

describe('the service center', () => {
  const asked = (repair: SimulatedRepair) =>
    repair.recorded('recordAssignment').map(({ centerId, state }) => `${centerId} ${state}`);

  it('that declines is not asked again; the next one is [W4]', () => {
    const repair = orderRepair();
    repair.send(sent.decline(), sent.accept('center2'));
    expect(asked(repair)).toEqual(['center1 offered', 'center1 declined', 'center2 offered', 'center2 accepted']);
    expect(repair.context()).toMatchObject({ centerId: 'center2', isAccepted: true, state: 'awaitingShipment' });
  });

  it('declines by its silence, at the moment and not before it [W4]', () => {
    const repair = orderRepair();
    repair.advanceTo(before(endOf(3)));
    expect(repair.context().centerId).toBe('center1');
    repair.advanceTo(endOf(3));
    expect(repair.context().centerId).toBe('center2');
    expect(repair.can(sent.accept('center1'))).toBe(false);
    repair.send(sent.accept('center2'));
  });

  it('is waited for where none is free: assigned by hand, asked anew, or after a while [W4]', () => {
    let free: string | null = null;
    const repair = orderRepair({ answers: { chooseServiceCenter: () => ({ centerId: free }) } });
    expect(repair.state()).toBe('unassigned');
    free = 'center9';
    repair.advanceTo(before(endOf(3)));
    expect(repair.state()).toBe('unassigned');
    repair.advanceTo(endOf(3));
    expect(repair.context()).toMatchObject({ state: 'offered', centerId: 'center9' });
    repair.send({ type: 'center.assigned', centerId: 'center8' }, sent.accept('center8'));
    expect(asked(repair)).toEqual(['center9 offered', 'center9 withdrawn', 'center8 offered', 'center8 accepted']);

    free = null;
    const another = orderRepair({ answers: { chooseServiceCenter: () => ({ centerId: free }) } });
    free = 'center7';
    another.send({ type: 'assignment.retried' });
    expect(another.context().centerId).toBe('center7');
  });

  it('does no work unless its own subscription includes repair services [W3, W4]', () => {
    const repair = orderRepair({
      answers: {
        askCenterEntitlement: ({ centerId }: { centerId: string }) => ({ isEntitled: centerId !== 'center1' }),
      },
    });
    repair.send(sent.accept());
    expect(repair.context()).toMatchObject({ state: 'offered', centerId: 'center2', isAccepted: false });
    expect(asked(repair)).toEqual(['center1 offered', 'center1 notEntitled', 'center2 offered']);
  });

  it('that is suspended accepts nothing until that is lifted [W7]', () => {
    const repair = orderRepair();
    repair.send(suspend('serviceCenter'));
    expect(repair.can(sent.accept())).toBe(false);
    repair.send(lift('serviceCenter'), sent.accept());
  });
});

describe('the unit', () => {
  it('that is never sent lets the repair lapse, at the moment and not before it [W4]', () => {
    const repair = orderRepair();
    repair.send(sent.accept());
    repair.advanceTo(before(endOf(30)));
    expect(repair.isOver()).toBe(false);
    repair.advanceTo(endOf(30));
    expect([repair.isOver(), result(repair), repair.context().place]).toEqual([true, ['notSent'], 'customer']);
  });

  it('of another serial number is clarified by the manufacturer: taken, or sent back for the right one [W4]', () => {
    const taken = orderRepair();
    taken.send(sent.accept(), sent.send(), sent.receive('SN-9'));
    expect([taken.state(), taken.recorded('recordClockEntry')]).toEqual(['mismatched', []]);
    taken.send({ type: 'mismatch.clarified', decision: 'accept' });
    taken.toEnd();
    expect(result(taken)).toEqual(['repaired']);

    const sentBack = orderRepair();
    sentBack.send(sent.accept(), sent.send(), sent.receive('SN-9'));
    sentBack.send({ type: 'mismatch.clarified', decision: 'return' }, sent.shipBack(), sent.deliver());
    expect(sentBack.context()).toMatchObject({ state: 'awaitingShipment', place: 'customer', outcome: null });
    sentBack.send(sent.send(), sent.receive());
    sentBack.toEnd();
    expect(result(sentBack)).toEqual(['repaired']);
  });

  it('keeps what was found at its receipt: damage and missing parts [W4]', () => {
    const repair = orderRepair();
    repair.send(sent.accept(), sent.send());
    repair.send({ type: 'unit.received', serial: 'SN-1', condition: 'damaged', missing: ['charger'] });
    expect(repair.context()).toMatchObject({ condition: 'damaged', missing: ['charger'], state: 'inspecting' });
  });

  it('without a fault goes back as it came, and costs nothing [W4, W6]', () => {
    const repair = orderRepair().toCenter();
    expect(repair.can({ ...sent.inspect('noFaultFound'), costs: [bigCost] })).toBe(false);
    repair.send(sent.inspect('noFaultFound'), sent.shipBack(), sent.deliver());
    expect([result(repair), repair.context().charges, repair.recorded('recordUnitRepaired')]).toEqual([
      ['noFaultFound'],
      [],
      [],
    ]);
  });

  it('beyond repair is told to the claim at once; the manufacturer says where it goes [W4, W6]', () => {
    const repair = orderRepair().toCenter();
    repair.send(sent.inspect('beyondRepair'));
    expect([repair.state(), result(repair), repair.clock().state]).toEqual(['disposal', ['beyondRepair'], 'stopped']);
    repair.send({ type: 'disposal.decided', to: 'manufacturer' }, sent.deliver());
    expect([repair.isOver(), result(repair), repair.context().place]).toEqual([true, ['beyondRepair'], 'manufacturer']);
  });

  it('that comes back undelivered is sent again [W4]', () => {
    const repair = orderRepair().toCenter();
    repair.send(sent.inspect(), sent.finish(), sent.pass(), sent.shipBack(), { type: 'delivery.failed' });
    expect(repair.context()).toMatchObject({ state: 'sendingBack', place: 'center' });
    repair.send(sent.shipBack(), sent.deliver());
    expect(result(repair)).toEqual(['repaired']);
  });
});

describe('a quotation for what is not covered', () => {
  const quoted = () => {
    const repair = orderRepair().toCenter();
    repair.send(sent.inspect('faultConfirmed', false));
    return repair;
  };

  it('is no debt any more as soon as the repair comes to nothing, not only when the unit has its place [W4, W6]', () => {
    for (const end of [{ type: 'repair.abandoned' }, { type: 'party.erased', party: 'manufacturer' }] as const) {
      const repair = quoted();
      repair.send({ type: 'quotation.accepted', quotation: 1 });
      expect(repair.recorded('recordRepairCharge').at(-1)?.charge.amount).toBe(10_000);
      repair.send(end);
      expect(repair.recorded('recordRepairCharge').at(-1)?.charge.amount).toBe(0);
      expect(repair.isOver()).toBe(false);
    }
  });

  it('is a debt once it is accepted; a later one replaces it as a whole [W4]', () => {
    const repair = quoted();
    expect(repair.context().quotation).toMatchObject({ n: 1, total: 10_000 });
    expect(repair.can({ type: 'quotation.accepted', quotation: 2 })).toBe(false);
    repair.send({ type: 'quotation.accepted', quotation: 1 });
    expect(repair.context().charges).toEqual([{ kind: 'quotation', amount: 10_000, currency: 'CNY' }]);
    const cheaper = { lineId: 'l1', costClass: 'labour', amount: 20_000 } as const;
    repair.send({ type: 'quotation.made', currency: 'CNY', costs: [cheaper] });
    expect([repair.state(), repair.context().charges[0]?.amount]).toEqual(['repairing', 5_000]);
    const further = { lineId: null, costClass: 'parts', amount: 1 } as const;
    repair.send({ type: 'quotation.made', currency: 'CNY', costs: [cheaper, further] });
    expect([repair.state(), repair.context().quotation?.total]).toEqual(['quoting', 5_001]);
    repair.send({ type: 'quotation.declined', quotation: 3 }, sent.shipBack(), sent.deliver());
    expect(result(repair)).toEqual(['declined']);
    expect(repair.recorded('recordRepairCharge').at(-1)?.charge).toEqual({
      kind: 'quotation',
      amount: 0,
      currency: 'CNY',
    });
  });

  it('names lines of the claim, or none [W4]', () => {
    const repair = orderRepair().toCenter();
    const costs = [{ ...bigCost, lineId: 'l9' }];
    expect(repair.can({ ...sent.inspect(), costs })).toBe(false);
    expect(repair.can({ ...sent.inspect(), costs: [{ ...bigCost, lineId: null }] })).toBe(true);
  });

  it('lapses at the end of its validity and not before it: the unit goes back unrepaired [W4, W6]', () => {
    const repair = quoted();
    repair.advanceTo(before(endOf(14)));
    expect(repair.can({ type: 'quotation.accepted', quotation: 1 })).toBe(true);
    repair.advanceTo(endOf(14));
    expect(repair.state()).toBe('returning');
    expect(repair.can({ type: 'quotation.accepted', quotation: 1 })).toBe(false);
    repair.send(sent.shipBack(), sent.deliver());
    expect([result(repair), repair.context().charges]).toEqual([['declined'], []]);
    expect(repair.recorded('recordQuotation').map(({ state }) => state)).toEqual(['open', 'lapsed']);
  });

  it('is in the currency of the goodwill that pays a part of it [W2, W4]', () => {
    const repair = orderRepair().toCenter();
    expect(repair.can({ ...sent.inspect(), currency: 'EUR' })).toBe(false);
    repair.send(sent.inspect());
    const costs = [bigCost];
    expect(repair.can({ type: 'quotation.made', currency: 'EUR', costs })).toBe(false);
    expect(repair.can({ type: 'quotation.made', currency: 'CNY', costs })).toBe(true);
    const { currency: _, ...line } = { ...displayLine, goodwill: 0 };
    const without = orderRepair({ input: { lines: [line] } }).toCenter();
    expect(without.can({ ...sent.inspect(), currency: 'EUR' })).toBe(true);
  });

  it('is not made where coverage and goodwill pay everything [W2, W4]', () => {
    const repair = orderRepair().toCenter();
    repair.send(sent.inspect());
    expect(repair.state()).toBe('repairing');
    expect(repair.recorded('recordQuotation')).toMatchObject([{ state: 'free', total: 0 }]);
  });
});

describe('the repair', () => {
  it('waits for parts on order, and goes on when the last one is there [W4, W5]', () => {
    const repair = orderRepair().toCenter();
    repair.send(sent.inspect());
    repair.send({ type: 'part.reserved', partId: 'p0', component: 'battery' });
    expect(repair.state()).toBe('repairing');
    repair.send({ type: 'part.ordered', partId: 'p1', component: 'display' });
    repair.send({ type: 'part.ordered', partId: 'p2', component: 'cable' });
    expect(repair.can(sent.finish())).toBe(false);
    expect(repair.can({ type: 'part.used', partId: 'p1' })).toBe(false);
    repair.send({ type: 'part.arrived', partId: 'p1' });
    expect([repair.state(), repair.clock().pausedFor]).toEqual(['waitingForParts', ['parts']]);
    repair.send({ type: 'part.cancelled', partId: 'p2' });
    expect([repair.state(), repair.clock().state]).toEqual(['repairing', 'running']);
    repair.send({ type: 'part.used', partId: 'p0' }, { type: 'part.used', partId: 'p1' }, sent.finish());
    expect(repair.context().parts.map(({ state }) => state)).toEqual(['used', 'used', 'cancelled']);
  });

  it('is done again after a failed test [W4]', () => {
    const repair = orderRepair().toCenter();
    repair.send(sent.inspect(), sent.finish(), { type: 'test.failed' });
    expect(repair.can(sent.shipBack())).toBe(false);
    repair.send(sent.finish(), sent.pass());
    expect(repair.context()).toMatchObject({ failedTests: 1, outcome: 'repaired' });
  });

  it('gives what was repaired its own warranty, from the day of the test [W6]', () => {
    const repair = orderRepair().toCenter();
    repair.advanceBy(2 * day);
    repair.send(sent.inspect(), { type: 'part.reserved', partId: 'p0', component: 'battery' });
    repair.send({ type: 'part.used', partId: 'p0' }, sent.finish(), sent.pass());
    const cover = { months: 6, usage: null, proRata: null };
    expect(repair.recorded('recordUnitRepaired')).toEqual(
      ['battery', 'display'].map((component) => ({
        manufacturerId: 'manufacturer',
        serial: 'SN-1',
        replacement: {
          id: `r1.${component}`,
          component,
          on: '2027-03-10',
          usage: { hours: 120 },
          cover: { parts: cover, labour: cover, shipping: cover },
          excludes: ['misuse', 'accident', 'unauthorisedRepair'],
        },
      })),
    );
  });

  it('may be an exchange: the other unit carries the facts of the first [W6]', () => {
    const repair = orderRepair().toCenter();
    repair.send(sent.inspect());
    expect(repair.can({ type: 'unit.exchanged', serial: 'SN-1' })).toBe(false);
    repair.send({ type: 'unit.exchanged', serial: 'SN-2' }, sent.shipBack(), sent.deliver());
    expect(repair.recorded('recordUnitExchanged')).toMatchObject([{ serial: 'SN-1', newSerial: 'SN-2' }]);
    expect([result(repair), repair.context().serial, repair.context().formerSerial]).toEqual([
      ['replaced'],
      'SN-2',
      'SN-1',
    ]);
  });
});

describe('the turnaround', () => {
  it('is timed from the receipt until the unit is shipped back, and told up the chain [W5]', () => {
    const repair = orderRepair();
    repair.send(sent.accept(), sent.send());
    repair.advanceBy(5 * day);
    repair.send(sent.receive());
    expect(repair.recorded('recordClockEntry').map(({ entry }) => entry.at)).toEqual([repair.now()]);
    repair.advanceBy(60 * day);
    expect(repair.recorded('recordThreshold').map(({ kind, to }) => [kind, to])).toEqual([
      ['reminder', 'center1'],
      ['target', 'center1'],
      ['escalation', 'manufacturer'],
      ['escalation', null],
    ]);
    repair.send(sent.inspect(), sent.finish(), sent.pass(), sent.shipBack());
    expect(repair.clock()).toMatchObject({ state: 'stopped', outcome: 'breached' });
  });

  it('stands still for quotation, parts and suspension, each until its own end [W5, W7]', () => {
    const repair = orderRepair().toCenter();
    repair.send(sent.inspect('faultConfirmed', false), suspend('customer'));
    expect(repair.clock().pausedFor).toEqual(['quotation', 'suspension']);
    repair.send({ type: 'quotation.accepted', quotation: 1 });
    expect(repair.clock().pausedFor).toEqual(['suspension']);
    repair.send(suspend('customer', 'order'), lift('customer'));
    expect(repair.clock().pausedFor).toEqual(['suspension']);
    repair.send(lift('customer', 'order'));
    expect(repair.clock().state).toBe('running');
  });

  it('begins paused where a party is suspended before [W5, W7]', () => {
    const repair = orderRepair({ input: { suspensions: [{ party: 'manufacturer', reason: 'complaint' }] } }).toCenter();
    expect(repair.clock().pausedFor).toEqual(['suspension']);
  });
});

describe('deadlines in a suspension', () => {
  it.each([
    ['assignment', [], 3],
    ['shipping', [sent.accept()], 30],
    ['quotation', [sent.accept(), sent.send(), sent.receive(), sent.inspect('faultConfirmed', false)], 14],
  ] as const)('keep their remaining time: %s [W7]', (_, way, days) => {
    const repair = orderRepair();
    repair.send(...way);
    const state = repair.state();
    const centerId = repair.context().centerId;
    repair.advanceBy(day);
    repair.send(suspend('manufacturer'));
    repair.advanceBy(100 * day);
    expect(repair.state()).toBe(state);
    repair.send(suspend('manufacturer', 'second'), lift('manufacturer'));
    repair.advanceBy(10 * day);
    expect(repair.state()).toBe(state);
    repair.send(lift('manufacturer', 'second'));
    const due = new Date(Date.parse(endOf(days)) + 110 * day).toISOString();
    expect(repair.context().deadline?.dueAt).toBe(due);
    repair.advanceTo(before(due));
    expect([repair.state(), repair.context().centerId]).toEqual([state, centerId]);
    repair.advanceTo(due);
    expect([repair.state(), repair.context().centerId]).not.toEqual([state, centerId]);
  });
});

describe('a replacement in advance', () => {
  it('is the customer’s; the defective unit is the manufacturer’s from its receipt on [W4, W6]', () => {
    const repair = orderRepair();
    repair.send(sent.accept(), ...replace);
    expect(repair.state()).toBe('awaitingReturn');
    expect(repair.recorded('recordUnitExchanged')).toMatchObject([{ serial: 'SN-1', newSerial: 'SN-2' }]);
    repair.send(sent.send(), sent.receive());
    expect(repair.state()).toBe('disposal');
    expect(repair.can({ type: 'disposal.decided', to: 'customer' })).toBe(false);
    repair.send({ type: 'disposal.decided', to: 'scrap' });
    expect([result(repair), repair.context().charges, repair.context().place]).toEqual([['replaced'], [], 'scrapped']);
  });

  it('is charged when the defective unit is not sent in time, at the moment and not before it [W4]', () => {
    const repair = orderRepair();
    repair.send(sent.accept());
    repair.advanceBy(2 * day);
    repair.send(...replace);
    repair.advanceTo(before(endOf(23)));
    expect(repair.isOver()).toBe(false);
    repair.advanceTo(endOf(23));
    expect([result(repair), repair.context().place]).toEqual([['replaced'], 'keptByCustomer']);
    expect(repair.recorded('recordRepairCharge').at(-1)?.charge).toEqual({
      kind: 'unreturnedUnit',
      amount: 90_000,
      currency: 'CNY',
    });
  });

  it('is not sent once the unit has arrived [W4]', () => {
    const repair = orderRepair();
    repair.send(sent.accept(), replace[0], sent.send(), sent.receive());
    expect([repair.can(replace[1]), repair.can(replace[0])]).toEqual([false, false]);
  });
});

describe('a loaner', () => {
  it('comes back before or after the repair ends; the claim does not wait for it [W4]', () => {
    const repair = orderRepair().toCenter();
    repair.send(lend);
    repair.toEnd();
    expect([repair.isOver(), result(repair)]).toEqual([false, ['repaired']]);
    repair.send({ type: 'loaner.returned' });
    expect([repair.isOver(), repair.context().charges]).toEqual([true, [expect.objectContaining({ amount: 0 })]]);
  });

  it('is charged when it does not come back in time, at the moment and not before it [W4]', () => {
    const repair = orderRepair().toCenter();
    repair.send(lend);
    repair.toEnd();
    repair.advanceTo(before(endOf(14)));
    expect(repair.isOver()).toBe(false);
    repair.advanceTo(endOf(14));
    expect(repair.isOver()).toBe(true);
    expect(repair.context().charges).toContainEqual({ kind: 'unreturnedLoaner', amount: 40_000, currency: 'CNY' });
  });
});

describe('a party that goes in the middle', () => {
  it('the customer, erased at the center: the repair is finished, and the unit goes to the manufacturer [W7]', () => {
    const repair = orderRepair().toCenter();
    repair.send(sent.inspect(), erase('customer', 'customer'), sent.finish(), sent.pass());
    expect([repair.state(), repair.context().customerId]).toEqual(['disposal', null]);
    expect(repair.can(sent.shipBack())).toBe(false);
    repair.send({ type: 'disposal.decided', to: 'manufacturer' }, sent.deliver());
    expect([result(repair), repair.context().place]).toEqual([['repaired'], 'manufacturer']);
  });

  it('the customer, erased before a quotation is accepted: nothing is charged [W7]', () => {
    const repair = orderRepair().toCenter();
    repair.send(sent.inspect('faultConfirmed', false), erase('customer'));
    expect([repair.state(), repair.context().outcome, repair.context().charges]).toEqual(['disposal', 'declined', []]);
  });

  it('the manufacturer, erased: the unit goes back to the customer unrepaired [W7]', () => {
    const repair = orderRepair().toCenter();
    repair.send(sent.inspect(), erase('manufacturer'));
    expect([repair.state(), repair.context().manufacturerId]).toEqual(['returning', null]);
    repair.advanceBy(60 * day);
    expect(repair.recorded('recordThreshold').map(({ to }) => to)).toEqual(['center1', 'center1', null, null]);
    repair.send(sent.shipBack(), sent.deliver());
    expect(result(repair)).toEqual(['stopped']);
  });

  it('the manufacturer, erased after the repair: the customer has the repaired unit back [W7]', () => {
    const repair = orderRepair().toCenter();
    repair.send(sent.inspect(), sent.finish(), sent.pass(), erase('manufacturer'), sent.shipBack(), sent.deliver());
    expect(result(repair)).toEqual(['repaired']);
  });

  it('the center, erased: the unit is recovered and another center repairs it, on a clock of its own [W7]', () => {
    let centers = ['center1'];
    const repair = orderRepair({ answers: { chooseServiceCenter: () => ({ centerId: centers[0] }) } }).toCenter();
    centers = ['center2'];
    repair.send(sent.inspect(), erase('serviceCenter', 'center1'));
    expect(repair.context()).toMatchObject({ state: 'recovering', place: 'center', centerId: null });
    repair.send({ type: 'unit.recovered' });
    expect(repair.context()).toMatchObject({ state: 'offered', place: 'manufacturer', outcome: null });
    repair.send(sent.accept('center2'));
    expect(repair.state()).toBe('forwarding');
    repair.send(sent.send(), sent.receive());
    expect([...new Set(repair.recorded('recordClockEntry').map(({ clock }) => clock))]).toEqual([
      'turnaround',
      'turnaround2',
    ]);
    repair.toEnd();
    expect(result(repair)).toEqual(['repaired']);
    expect(JSON.stringify(repair.context())).not.toContain('center1');
  });

  it('a center that had declined, erased: its name is forgotten [W7]', () => {
    const repair = orderRepair();
    repair.send(sent.decline(), erase('serviceCenter', 'center1'));
    expect(repair.context()).toMatchObject({ centerId: 'center2', declined: [], state: 'offered' });
    expect(repair.can(erase('serviceCenter', 'center1'))).toBe(false);
  });

  it('ends a repair whose unit was never sent; one in progress is finished [W7]', () => {
    const expired = { type: 'subscription.expired', party: 'manufacturer' } as const;
    const unsent = orderRepair();
    unsent.send(sent.accept(), expired);
    expect(result(unsent)).toEqual(['stopped']);
    const underway = orderRepair();
    underway.send(sent.accept(), sent.send(), expired, sent.receive());
    underway.toEnd();
    expect(result(underway)).toEqual(['repaired']);
    const center = orderRepair();
    center.send(sent.accept(), { type: 'subscription.expired', party: 'serviceCenter' });
    expect(center.context()).toMatchObject({ state: 'offered', centerId: 'center2' });
  });

  it('leaves the others unharmed when two go, and the operator what to do [W7]', () => {
    const repair = orderRepair().toCenter();
    repair.send(erase('serviceCenter'), erase('manufacturer'), { type: 'unit.recovered' });
    expect(repair.context()).toMatchObject({ state: 'sendingBack', place: 'operator' });
    repair.send(sent.shipBack(), sent.deliver());
    expect([result(repair), repair.context().place]).toEqual([['stopped'], 'customer']);
  });
});

describe('what a repair order is given', () => {
  it('is data: the same input gives the same order [W4]', () => {
    expect(orderRepair().context()).toEqual(orderRepair().context());
    expect(orderRepair().context()).toMatchObject({ ...repairInput, orderedAt: monday, rma: 'RMA-00000001' });
  });
});
