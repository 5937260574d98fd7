/**
 * What parties do with a repair order: each action is one event of its machine, open to those whose matter it is [W4, W6].
 * The operator may do all of it, in the place of a party that is gone or has no account.
 */
import { Type, type TObject } from 'typebox';
import type { RepairRow } from '../db/repairs.ts';
import { repairEvents, type RepairPublicEvent } from '../machines/repair-events.ts';
import type { Viewer } from './repair-view.ts';

type EventType = Exclude<
  RepairPublicEvent['type'],
  'message.refused' | 'party.suspended' | 'suspension.lifted' | 'subscription.expired' | 'party.erased'
>;

export interface Action {
  /** Below the repair's address. */
  readonly path: string;
  readonly event: EventType;
  readonly summary: string;
  /** What the fields of the body do not say. */
  readonly note?: string;
  /** Whose matter it is, beside the operator's. */
  readonly by: readonly Exclude<Viewer, 'operator'>[];
  /** What narrows that for good: the customer does what is its own. */
  readonly when?: (row: RepairRow, viewer: Viewer) => boolean;
  /** What narrows it by where the unit is now: who has it sends it. */
  readonly at?: (row: RepairRow, viewer: Viewer) => boolean;
  readonly body: TObject;
  /** Fields that the API knows better than the body. */
  readonly own?: 'centerId';
}

/** The payload of an event as a body: without who sent it, and without what the API adds. */
function bodyOf(event: EventType, example: object, without: readonly string[] = []): TObject {
  const left = Object.entries(repairEvents[event].schema.properties).filter(
    ([name]) => name !== 'by' && !without.includes(name),
  );
  return Type.Object(Object.fromEntries(left), { additionalProperties: false, examples: [example] });
}

const hasUnit: { readonly [viewer in Viewer]: readonly string[] } = {
  customer: ['customer'],
  serviceCenter: ['center'],
  manufacturer: ['manufacturer'],
  operator: ['customer', 'center', 'manufacturer', 'operator'],
};

/** The manufacturer acts for a customer who has no account. */
const holds = (row: RepairRow, viewer: Viewer): boolean =>
  hasUnit[viewer].includes(row.place) ||
  (viewer === 'manufacturer' && row.customer_id === null && row.place === 'customer');
const actsForCustomer = (row: RepairRow, viewer: Viewer): boolean =>
  viewer !== 'manufacturer' || row.customer_id === null;

const customer = ['customer', 'manufacturer'] as const;
const center = ['serviceCenter'] as const;
const manufacturer = ['manufacturer'] as const;
const supply = ['serviceCenter', 'manufacturer'] as const;
const costs = [{ lineId: 'l1', costClass: 'labour', amount: 12000 }];
const part = { partId: 'P-7', component: 'motor' };
const nothing = {};
const spare = { serial: 'SD18-000777', charge: 90000, currency: 'CNY' };

export const actions: readonly Action[] = [
  {
    path: 'shipment',
    event: 'unit.sent',
    summary: 'Say that the unit is sent to the service center',
    by: customer,
    at: holds,
    body: bodyOf('unit.sent', { tracking: 'SF-1234567890' }),
  },
  {
    path: 'quotation/acceptance',
    event: 'quotation.accepted',
    summary: 'Accept the quotation: a debt from now on',
    by: customer,
    when: actsForCustomer,
    body: bodyOf('quotation.accepted', { quotation: 1 }),
  },
  {
    path: 'quotation/refusal',
    event: 'quotation.declined',
    summary: 'Decline the quotation: the unit goes back unrepaired',
    by: customer,
    when: actsForCustomer,
    body: bodyOf('quotation.declined', { quotation: 1 }),
  },
  {
    path: 'withdrawal',
    event: 'repair.withdrawn',
    summary: 'Withdraw the repair before the unit is sent',
    by: customer,
    when: actsForCustomer,
    body: bodyOf('repair.withdrawn', nothing),
  },
  {
    path: 'delivery',
    event: 'delivery.confirmed',
    summary: 'Confirm that the unit has arrived where it was sent',
    by: ['customer', 'serviceCenter', 'manufacturer'],
    at: (row, viewer) => viewer !== 'customer' || row.place === 'toCustomer',
    body: bodyOf('delivery.confirmed', nothing),
  },
  {
    path: 'delivery/failure',
    event: 'delivery.failed',
    summary: 'Say that the unit could not be delivered and came back',
    by: supply,
    body: bodyOf('delivery.failed', nothing),
  },
  {
    path: 'acceptance',
    event: 'assignment.accepted',
    summary: 'Accept the order',
    by: center,
    own: 'centerId',
    body: bodyOf('assignment.accepted', nothing, ['centerId']),
  },
  {
    path: 'decline',
    event: 'assignment.declined',
    summary: 'Decline the order, until the unit is on its way',
    by: center,
    own: 'centerId',
    body: bodyOf('assignment.declined', nothing, ['centerId']),
  },
  {
    path: 'receipt',
    event: 'unit.received',
    summary: 'Take the unit in, with its condition',
    by: center,
    body: bodyOf('unit.received', { serial: 'SD18-000123', condition: 'ok', missing: [] }),
  },
  {
    path: 'inspection',
    event: 'inspection.finished',
    summary: 'Say what the inspection found, and what the repair costs',
    note: 'Amounts are in the currency of the claim.',
    by: center,
    body: bodyOf('inspection.finished', { finding: 'faultConfirmed', currency: 'CNY', costs, usage: { hours: 420 } }),
  },
  {
    path: 'quotation',
    event: 'quotation.made',
    summary: 'Give all costs anew after further findings',
    note: 'Amounts are in the currency of the claim.',
    by: center,
    body: bodyOf('quotation.made', { currency: 'CNY', costs }),
  },
  {
    path: 'parts/reservation',
    event: 'part.reserved',
    summary: 'Reserve a part that is in stock',
    note: 'The component is one of the unit’s model.',
    by: center,
    body: bodyOf('part.reserved', part),
  },
  {
    path: 'parts/order',
    event: 'part.ordered',
    summary: 'Order a part: the repair waits for it',
    note: 'The component is one of the unit’s model.',
    by: center,
    body: bodyOf('part.ordered', part),
  },
  {
    path: 'parts/arrival',
    event: 'part.arrived',
    summary: 'Say that a part has arrived',
    by: center,
    body: bodyOf('part.arrived', { partId: 'P-7' }),
  },
  {
    path: 'parts/cancellation',
    event: 'part.cancelled',
    summary: 'Say that a part is not needed, or cannot be had',
    by: center,
    body: bodyOf('part.cancelled', { partId: 'P-7' }),
  },
  {
    path: 'parts/use',
    event: 'part.used',
    summary: 'Say that a part is built in',
    by: center,
    body: bodyOf('part.used', { partId: 'P-7' }),
  },
  {
    path: 'completion',
    event: 'repair.finished',
    summary: 'Say that the repair is done, and has to be tested',
    by: center,
    body: bodyOf('repair.finished', nothing),
  },
  {
    path: 'abandonment',
    event: 'repair.abandoned',
    summary: 'Say that the unit turned out to be beyond repair',
    by: center,
    body: bodyOf('repair.abandoned', nothing),
  },
  {
    path: 'exchange',
    event: 'unit.exchanged',
    summary: 'Exchange the unit for another one, which carries its facts',
    by: center,
    body: bodyOf('unit.exchanged', { serial: 'SD18-000777' }),
  },
  {
    path: 'test/pass',
    event: 'test.passed',
    summary: 'Say that the unit works',
    by: center,
    body: bodyOf('test.passed', nothing),
  },
  {
    path: 'test/failure',
    event: 'test.failed',
    summary: 'Say that the unit does not work yet',
    by: center,
    body: bodyOf('test.failed', nothing),
  },
  {
    path: 'return',
    event: 'unit.shippedBack',
    summary: 'Say that the unit is on its way back to the customer',
    by: supply,
    at: holds,
    body: bodyOf('unit.shippedBack', { tracking: 'SF-1234567891' }),
  },
  {
    path: 'assignment/retrial',
    event: 'assignment.retried',
    summary: 'Have all service centers asked anew',
    by: manufacturer,
    body: bodyOf('assignment.retried', nothing),
  },
  {
    path: 'mismatch',
    event: 'mismatch.clarified',
    summary: 'Say whether the unit of another serial number is taken or goes back',
    by: manufacturer,
    body: bodyOf('mismatch.clarified', { decision: 'return' }),
  },
  {
    path: 'replacement',
    event: 'replacement.ordered',
    summary: 'Order that another unit is sent in advance',
    by: manufacturer,
    body: bodyOf('replacement.ordered', nothing),
  },
  {
    path: 'replacement/cancellation',
    event: 'replacement.cancelled',
    summary: 'Send no other unit in advance after all',
    by: manufacturer,
    body: bodyOf('replacement.cancelled', nothing),
  },
  {
    path: 'replacement/shipment',
    event: 'replacement.sent',
    summary: 'Say that another unit is sent, and what it costs if the defective one does not come back',
    note: 'Amounts are in the currency of the claim.',
    by: manufacturer,
    body: bodyOf('replacement.sent', { ...spare, tracking: 'SF-1234567892' }),
  },
  {
    path: 'loaner',
    event: 'loaner.given',
    summary: 'Give the customer a unit on loan',
    note: 'Amounts are in the currency of the claim.',
    by: manufacturer,
    body: bodyOf('loaner.given', spare),
  },
  {
    path: 'loaner/return',
    event: 'loaner.returned',
    summary: 'Say that the unit on loan is back',
    by: manufacturer,
    body: bodyOf('loaner.returned', nothing),
  },
  {
    path: 'disposal',
    event: 'disposal.decided',
    summary: 'Say where a unit goes that does not go back by itself',
    by: manufacturer,
    body: bodyOf('disposal.decided', { to: 'manufacturer' }),
  },
  {
    path: 'recovery',
    event: 'unit.recovered',
    summary: 'Say that the unit is fetched from a service center that is gone',
    by: manufacturer,
    body: bodyOf('unit.recovered', nothing),
  },
  {
    path: 'loss',
    event: 'transport.lost',
    summary: 'Say that the carrier has lost the unit',
    by: manufacturer,
    body: bodyOf('transport.lost', nothing),
  },
];
