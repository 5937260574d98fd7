/** The events that a repair order takes from outside. Schemas are of the payload, without the event's type. */
import Type from 'typebox';
import { currency, id, lineId, messageRefused, ownName, payload, reason } from './subscription-events.ts';
import type { EventOf, PublicEvents } from './subscription-events.ts';
import { costClasses, usageUnits } from './warranty/policy.ts';

/** The three parties of a repair. */
export const parties = ['customer', 'manufacturer', 'serviceCenter'] as const;
export type Party = (typeof parties)[number];

const party = Type.Enum([...parties]);
/** Which account: where the party has changed since the sender looked, the event is not about the present one. */
const accountId = Type.Optional(id);
const serial = ownName;
const component = ownName;
const partId = ownName;
/** Taken as it was reserved or ordered, also before names of parts had a form; any other is refused. */
const knownPart = Type.String({ minLength: 1, maxLength: 60, description: 'A part that the repair has' });
const tracking = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$',
  description: 'Reference of the shipment, an opaque code',
});
const amountOrNothing = Type.Integer({ minimum: 0, maximum: 1_000_000_000_000, description: 'Minor units' });
const costs = Type.Array(
  Type.Object(
    {
      lineId: Type.Union([lineId, Type.Null()], { description: 'Granted line of the claim; null for another finding' }),
      costClass: Type.Enum([...costClasses]),
      amount: amountOrNothing,
    },
    { additionalProperties: false },
  ),
  { maxItems: 60 },
);
const usage = Type.Object(
  Object.fromEntries(usageUnits.map((unit) => [unit, Type.Optional(Type.Integer({ minimum: 0 }))])) as {
    [Unit in (typeof usageUnits)[number]]: Type.TOptional<Type.TInteger>;
  },
  { additionalProperties: false, description: 'Readings of its counters' },
);
const quotation = Type.Integer({ minimum: 1, description: 'Number of the quotation that was read' });

export const repairEvents = {
  'assignment.accepted': {
    schema: payload({ centerId: id }),
    description: 'The service center that was asked accepts the order',
  },
  'assignment.declined': {
    schema: payload({ centerId: id }),
    description: 'The service center that was asked, or had accepted, declines the order',
  },
  'center.assigned': {
    schema: payload({ centerId: id }),
    description: 'The manufacturer or the operator asks this service center, chosen by hand',
  },
  'assignment.retried': {
    schema: payload({}),
    description: 'All service centers are asked anew, also those that declined',
  },
  'unit.sent': {
    schema: payload({ tracking }),
    description: 'Who has the unit has sent it to the service center',
  },
  'unit.received': {
    schema: payload({
      serial,
      condition: Type.Enum(['ok', 'damaged']),
      missing: Type.Array(component, { maxItems: 50, uniqueItems: true, description: 'Parts that should be with it' }),
    }),
    description: 'A unit has arrived at the service center, in this condition',
  },
  'mismatch.clarified': {
    schema: payload({ decision: Type.Enum(['accept', 'return']) }),
    description: 'The manufacturer says whether the unit of another serial number is the right one, or goes back',
  },
  'inspection.finished': {
    schema: payload({
      finding: Type.Enum(['faultConfirmed', 'noFaultFound', 'beyondRepair']),
      currency,
      costs,
      usage,
    }),
    description: 'What the inspection found, and what the repair will cost',
  },
  'quotation.made': {
    schema: payload({ currency, costs }),
    description: 'All costs of the repair anew, after further findings: replaces what was quoted before',
  },
  'quotation.accepted': {
    schema: payload({ quotation }),
    description: 'The customer will pay what is not covered: a debt from now on',
  },
  'quotation.declined': {
    schema: payload({ quotation }),
    description: 'The customer does not pay: the unit goes back unrepaired',
  },
  'part.reserved': {
    schema: payload({ partId, component }),
    description: 'A part that is in stock is reserved for the repair',
  },
  'part.ordered': {
    schema: payload({ partId, component }),
    description: 'A part is on order: the repair waits for it',
  },
  'part.arrived': { schema: payload({ partId: knownPart }), description: 'A part that was on order has arrived' },
  'part.cancelled': { schema: payload({ partId: knownPart }), description: 'A part is not needed, or cannot be had' },
  'part.used': { schema: payload({ partId: knownPart }), description: 'A part has been built in' },
  'repair.finished': { schema: payload({}), description: 'The repair is done; the unit has to be tested' },
  'repair.abandoned': { schema: payload({}), description: 'The unit turned out to be beyond repair' },
  'unit.exchanged': {
    schema: payload({ serial }),
    description: 'Instead of a repair the unit is exchanged for another one of this serial number',
  },
  'test.passed': { schema: payload({}), description: 'The unit was tested and works' },
  'test.failed': { schema: payload({}), description: 'The unit does not work yet: it is repaired again' },
  'unit.shippedBack': { schema: payload({ tracking }), description: 'The unit is on its way back to the customer' },
  'delivery.confirmed': { schema: payload({}), description: 'The unit has arrived where it was sent' },
  'delivery.failed': { schema: payload({}), description: 'The unit could not be delivered and came back' },
  'transport.lost': { schema: payload({}), description: 'The carrier has lost the unit' },
  'replacement.ordered': {
    schema: payload({}),
    description: 'The manufacturer will send another unit before it has the defective one',
  },
  'replacement.cancelled': { schema: payload({}), description: 'No other unit is sent in advance after all' },
  'replacement.sent': {
    schema: payload({ serial, tracking, charge: amountOrNothing, currency }),
    description: 'Another unit is sent in advance; what it costs if the defective one does not come back',
  },
  'loaner.given': {
    schema: payload({ serial, charge: amountOrNothing, currency }),
    description: 'The customer has a unit on loan; what it costs if it does not come back',
  },
  'loaner.returned': { schema: payload({}), description: 'The unit on loan is back' },
  'disposal.decided': {
    schema: payload({ to: Type.Enum(['manufacturer', 'customer', 'scrap']) }),
    description: 'Where a unit goes that does not simply go back to its customer',
  },
  'unit.recovered': {
    schema: payload({}),
    description: 'The unit has been fetched from a service center that is gone',
  },
  'repair.withdrawn': { schema: payload({}), description: 'The repair is not wanted any more' },
  'party.suspended': {
    schema: payload({ party, reason, accountId }),
    description: 'The subscription of a party is suspended for this reason',
  },
  'suspension.lifted': {
    schema: payload({ party, reason, accountId }),
    description: 'This reason for the suspension of a party is no more',
  },
  'subscription.expired': {
    schema: payload({ party, accountId }),
    description: 'The subscription of a party has ended: a repair in progress is finished, no other begins',
  },
  'party.erased': {
    schema: payload({ party, accountId }),
    description: 'The account of a party is being erased; also of a center that was asked before',
  },
  'message.refused': messageRefused,
} as const satisfies PublicEvents;

export type RepairPublicEvent = EventOf<typeof repairEvents>;
