/** The last part of a repair order: the unit's way back, or to its manufacturer, and how it ends [W4, W6, W7]. */
import type { RepairResult } from './claim-repair.ts';
import type { RepairState } from './repair-context.ts';
import { repairSetup } from './repair-setup.ts';

const marked = (state: RepairState) => [{ type: 'mark', params: { state } } as const, 'record'] as const;

const stopped = { type: 'conclude', params: { result: 'stopped' } } as const;

export const homeward = {
  sendingBack: repairSetup.createStateConfig({
    id: 'sendingBack',
    description: 'The unit has to be sent back to the customer by who has it [W4, W7]',
    meta: { clauses: ['W4', 'W7'] },
    tags: ['centersTurn', 'manufacturersTurn', 'operatorsTurn'],
    entry: marked('sendingBack'),
    always: { guard: 'isCustomerGone', target: 'disposal' },
    on: {
      'unit.shippedBack': { target: 'outbound', actions: 'noteTracking' },
      'center.gone': { guard: { type: 'isAt', params: { place: 'center' } }, target: 'recovering' },
      'manufacturer.gone': { actions: stopped },
    },
  }),
  outbound: repairSetup.createStateConfig({
    id: 'outbound',
    description: 'The unit is on its way back to the customer [W4]',
    meta: { clauses: ['W4'] },
    tags: ['customersTurn'],
    entry: [{ type: 'place', params: { place: 'toCustomer' } }, ...marked('outbound')],
    on: {
      'delivery.confirmed': { target: 'delivered', actions: { type: 'place', params: { place: 'customer' } } },
      'delivery.failed': { target: 'sendingBack', actions: 'placeWithSender' },
      'transport.lost': { target: '#closing', actions: 'lose' },
    },
  }),
  delivered: repairSetup.createStateConfig({
    description: 'The customer has the unit again [W4]',
    meta: { clauses: ['W4'] },
    entry: 'noteRightUnit',
    always: [
      { guard: 'isRightUnitAwaited', target: '#accepted' },
      { target: '#closing', actions: stopped },
    ],
  }),
  recovering: repairSetup.createStateConfig({
    id: 'recovering',
    description: 'The service center is gone: the manufacturer, or the operator, fetches the unit from it [W7]',
    meta: { clauses: ['W7'] },
    tags: ['manufacturersTurn', 'operatorsTurn'],
    entry: marked('recovering'),
    on: {
      'unit.recovered': { target: 'recovered', actions: 'placeWithSupplySide' },
      'transport.lost': { target: '#closing', actions: 'lose' },
    },
  }),
  recovered: repairSetup.createStateConfig({
    description: 'The unit is fetched: another service center is chosen, or it goes where it had to go [W7]',
    meta: { clauses: ['W7'] },
    always: [
      { guard: 'isSupplySides', target: 'disposal', actions: { type: 'conclude', params: { result: 'replaced' } } },
      { guard: 'hasOutcome', target: 'sendingBack' },
      { guard: 'isManufacturerGone', target: 'sendingBack', actions: stopped },
      { guard: 'isOtherUnit', target: 'sendingBack' },
      { target: '#choosing' },
    ],
  }),
  disposal: repairSetup.createStateConfig({
    id: 'disposal',
    description:
      'The unit does not go back by itself: the manufacturer, or else the operator, says where it goes [W6, W7]',
    meta: { clauses: ['W6', 'W7'] },
    tags: ['manufacturersTurn', 'operatorsTurn'],
    entry: marked('disposal'),
    on: {
      'disposal.decided': [
        {
          guard: 'isForManufacturerWhoHasIt',
          target: '#closing',
          actions: stopped,
        },
        { guard: 'isForManufacturer', target: 'returningToManufacturer' },
        {
          guard: { type: 'isDisposedTo', params: { to: 'scrap' } },
          target: '#closing',
          actions: [{ type: 'place', params: { place: 'scrapped' } }, stopped],
        },
        { guard: 'isForCustomer', target: 'sendingBack', actions: ['giveBack', stopped] },
      ],
      'center.gone': { guard: { type: 'isAt', params: { place: 'center' } }, target: 'recovering' },
    },
  }),
  returningToManufacturer: repairSetup.createStateConfig({
    description: 'The unit is on its way to the manufacturer [W6, W7]',
    meta: { clauses: ['W6', 'W7'] },
    tags: ['manufacturersTurn'],
    entry: [{ type: 'place', params: { place: 'toManufacturer' } }, ...marked('returningToManufacturer')],
    on: {
      'delivery.confirmed': { target: '#closing', actions: ['placeWithSupplySide', stopped] },
      'delivery.failed': { target: 'disposal', actions: 'placeWithSender' },
      'transport.lost': { target: '#closing', actions: 'lose' },
    },
  }),
};

const outcomes: { readonly [Result in RepairResult]: string } = {
  repaired: 'Repaired, and with the customer again',
  replaced: 'The customer has another unit for it',
  noFaultFound: 'Returned as it came: no fault was found',
  declined: 'Returned unrepaired: what is not covered is not paid',
  beyondRepair: 'Beyond repair: the claim chooses what is given instead',
  notSent: 'The unit was never sent in',
  withdrawn: 'Withdrawn before the unit was sent in',
  stopped: 'Stopped: a party is gone',
};

const ending = (result: RepairResult) =>
  repairSetup.createStateConfig({
    description: `${outcomes[result]} [W6]`,
    meta: { clauses: ['W6'] },
    type: 'final',
    entry: 'close',
  });

export const endings = {
  closing: repairSetup.createStateConfig({
    id: 'closing',
    description: 'The order ends, and its claim hears how [W6]',
    meta: { clauses: ['W6'] },
    entry: [...marked('closed'), 'recordCharges', 'tellClaim', 'noteTold'],
    always: (Object.keys(outcomes) as RepairResult[]).map((result) => ({
      guard: { type: 'isOutcome', params: { result } } as const,
      target: result,
    })),
  }),
  repaired: ending('repaired'),
  replaced: ending('replaced'),
  noFaultFound: ending('noFaultFound'),
  declined: ending('declined'),
  beyondRepair: ending('beyondRepair'),
  notSent: ending('notSent'),
  withdrawn: ending('withdrawn'),
  stopped: ending('stopped'),
};
