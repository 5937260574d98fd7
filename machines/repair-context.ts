/** What a repair order remembers, and what follows from it. Pure functions; the chart that uses them is machines/repair.ts. */
import type { Instant } from '../engine/machine.ts';
import { dayOf, periodEnd } from './calendar.ts';
import type { RepairInput, RepairResult } from './claim-repair.ts';
import { quote, totalOf } from './quotation.ts';
import type { Cost, Quotation } from './quotation.ts';
import type { Party } from './repair-events.ts';
import { monthsOf } from './service-terms.ts';
import type { Usage } from './warranty/policy.ts';
import type { Replacement } from './warranty/unit.ts';

/** Where the unit is that travels under the RMA number: always exactly one of these. */
export const places = [
  'customer',
  'toCenter',
  'center',
  'toCustomer',
  'toManufacturer',
  'manufacturer',
  /** With the platform's operator: it was recovered, and its manufacturer is gone. */
  'operator',
  'scrapped',
  /** With the customer for good, who has another one for it. */
  'keptByCustomer',
  'lostInTransit',
] as const;
export type Place = (typeof places)[number];

/** What the order is at, for its records. */
export type RepairState =
  | 'ordered'
  | 'choosingCenter'
  | 'unassigned'
  | 'offered'
  | 'awaitingShipment'
  | 'awaitingReturn'
  | 'forwarding'
  | 'inbound'
  | 'mismatched'
  | 'inspecting'
  | 'quoting'
  | 'repairing'
  | 'waitingForParts'
  | 'testing'
  | 'returning'
  | 'sendingBack'
  | 'outbound'
  | 'recovering'
  | 'disposal'
  | 'returningToManufacturer'
  | 'closed';

type DeadlineTerm = 'assignmentDue' | 'shippingDue' | 'advanceReturnDue' | 'quotationValidity' | 'loanerReturnDue';

/** A deadline that keeps its remaining time while a party is suspended [W7]. */
export interface Deadline {
  term: DeadlineTerm;
  dueAt: Instant;
  /** Milliseconds that are left, while it is held; null while it counts. */
  left: number | null;
}

/** A debt of the customer, to the manufacturer; minor units. */
export interface Charge {
  kind: 'quotation' | 'unreturnedUnit' | 'unreturnedLoaner';
  amount: number;
  currency: string;
}

export type PartState = 'reserved' | 'onOrder' | 'arrived' | 'used' | 'cancelled';

export interface RepairPart {
  partId: string;
  component: string;
  state: PartState;
}

/** A unit that the customer has in place of the defective one, for a while or for good. */
interface SpareUnit {
  serial: string;
  /** What it costs if what is owed back does not come. */
  charge: number;
  currency: string;
}

export interface RepairContext extends Omit<RepairInput, 'suspensions' | 'manufacturerId'> {
  manufacturerId: string | null;
  state: RepairState;
  orderedAt: Instant;
  rma: string | null;
  /** The center that is asked, or that has accepted. */
  centerId: string | null;
  /** The center has accepted, and its subscription includes repair services. */
  isAccepted: boolean;
  /** Centers that are not asked again. */
  declined: string[];
  place: Place;
  /** Of the shipment that is underway or was the last. */
  tracking: string | null;
  condition: 'ok' | 'damaged' | null;
  missing: string[];
  /** The serial number that arrived instead; null once that is clarified. */
  otherSerial: string | null;
  /** How many times a unit was taken in: each has a clock of its own. */
  arrivals: number;
  finding: 'faultConfirmed' | 'noFaultFound' | 'beyondRepair' | null;
  usage: Usage;
  quotation: Quotation | null;
  charges: Charge[];
  parts: RepairPart[];
  failedTests: number;
  /** How it will end, once that is certain. */
  outcome: RepairResult | null;
  /** The claim has heard of the outcome. */
  isTold: boolean;
  /** The unit is no longer the customer's: beyond repair, or replaced in advance. */
  isSupplySides: boolean;
  /** Sent in advance. */
  replacement: SpareUnit | null;
  /** The serial number that the unit had before it was exchanged. */
  formerSerial: string | null;
  loaner: (SpareUnit & { state: 'out' | 'returned' | 'charged' | 'writtenOff' }) | null;
  deadline: Deadline | null;
  loanerDeadline: Deadline | null;
  /** Parties whose account is erased. */
  gone: Party[];
  suspensions: { party: Party; reason: string }[];
  /** Messages that came back: what an operator may look into. */
  undelivered: { to: string; eventType: string; reason: string }[];
}

export function newRepair(input: RepairInput, at: Instant): RepairContext {
  return {
    ...input,
    state: 'ordered',
    orderedAt: at,
    rma: null,
    centerId: null,
    isAccepted: false,
    declined: [],
    place: 'customer',
    tracking: null,
    condition: null,
    missing: [],
    otherSerial: null,
    arrivals: 0,
    finding: null,
    usage: {},
    quotation: null,
    charges: [],
    parts: [],
    failedTests: 0,
    outcome: null,
    isTold: false,
    isSupplySides: false,
    replacement: null,
    formerSerial: null,
    loaner: null,
    deadline: null,
    loanerDeadline: null,
    gone: [],
    suspensions: [...input.suspensions],
    undelivered: [],
  };
}

const idField = { customer: 'customerId', manufacturer: 'manufacturerId', serviceCenter: 'centerId' } as const;

/** Whether an event about a party is about the one of this order now. */
export function isPresent(context: RepairContext, { party, accountId }: { party: Party; accountId?: string }): boolean {
  if (context.gone.includes(party)) return false;
  const present = context[idField[party]];
  return present !== null && (accountId ?? present) === present;
}

/** Who has a unit that is with nobody else. */
export function supplySide({ gone }: Pick<RepairContext, 'gone'>): 'manufacturer' | 'operator' {
  return gone.includes('manufacturer') ? 'operator' : 'manufacturer';
}

/** Nothing of the party is known any more. A center's place is free for the next one, so it is not kept as gone. */
export function forget(context: RepairContext, party: Party, accountId?: string): Partial<RepairContext> {
  const declined = context.declined.filter((id) => id !== accountId);
  if (!isPresent(context, { party, ...(accountId === undefined ? {} : { accountId }) })) return { declined };
  const suspensions = context.suspensions.filter((one) => one.party !== party);
  if (party === 'serviceCenter') return { declined, suspensions, centerId: null, isAccepted: false };
  const gone = [...context.gone, party];
  const place = context.place === 'manufacturer' ? supplySide({ gone }) : context.place;
  return { declined, suspensions, gone, place, [idField[party]]: null };
}

/** The center will not do it; it is not asked again. */
export function dropCenter({ centerId, declined, suspensions }: RepairContext): Partial<RepairContext> {
  return {
    centerId: null,
    isAccepted: false,
    declined: centerId === null ? declined : [...new Set([...declined, centerId])],
    suspensions: suspensions.filter(({ party }) => party !== 'serviceCenter'),
  };
}

/** Days are counted in the zone of the service level's calendar, to the end of the last one [C2]. */
export function deadlineOf({ terms, level }: RepairContext, term: DeadlineTerm, at: Instant): Deadline {
  const counting = { timeZone: level.calendar.timeZone, periodEnd: 'endOfDay' } as const;
  return { term, dueAt: periodEnd(at, terms[term], counting), left: null };
}

export function held(deadline: Deadline, at: Instant): Deadline {
  return { ...deadline, left: Math.max(0, Date.parse(deadline.dueAt) - Date.parse(at)) };
}

export function resumed(deadline: Deadline, at: Instant): Deadline {
  const dueAt = new Date(Date.parse(at) + (deadline.left ?? 0)).toISOString();
  return { ...deadline, dueAt, left: null };
}

/** All costs anew, as the center now knows them. */
export function quoted({ lines, quotation }: RepairContext, currency: string, costs: readonly Cost[]): Quotation {
  const items = quote(lines, costs);
  return { n: (quotation?.n ?? 0) + 1, currency, costs: items, total: totalOf(items) };
}

/** What the customer owes of this kind; 0 for nothing. */
export function chargeOf({ charges }: RepairContext, kind: Charge['kind']): number {
  return charges.find((charge) => charge.kind === kind)?.amount ?? 0;
}

/** With a charge in place of the one of its kind. */
export function charged({ charges }: RepairContext, charge: Charge): Charge[] {
  return [...charges.filter(({ kind }) => kind !== charge.kind), charge];
}

/** Nothing is owed for a repair that is not done. */
export function withoutRepairCharge({ charges }: RepairContext): Charge[] {
  return charges.map((charge) => (charge.kind === 'quotation' ? { ...charge, amount: 0 } : charge));
}

/** How it ends when nothing else was certain before; what the claim has heard stays. */
export function concluded(context: RepairContext, result: RepairResult): Partial<RepairContext> {
  const outcome = context.outcome ?? result;
  const isDone = outcome === 'repaired' || outcome === 'replaced';
  return { outcome, charges: isDone ? context.charges : withoutRepairCharge(context) };
}

/** The carrier lost it: the claim chooses what is given instead, unless there is nobody to give it, or it was given. */
export function lost(context: RepairContext): Partial<RepairContext> {
  const lostResult = context.isSupplySides ? 'replaced' : 'beyondRepair';
  const outcome = context.gone.includes('manufacturer') ? 'stopped' : lostResult;
  return {
    place: 'lostInTransit',
    outcome: context.isTold ? context.outcome : outcome,
    charges: withoutRepairCharge(context),
  };
}

/** The warranties of what was repaired: parts that were built in, and components of the lines that were repaired [W6]. */
export function warranties(context: RepairContext, at: Instant): Replacement[] {
  const { lines, parts, level, terms, usage, repairId } = context;
  const built = parts.filter(({ state }) => state === 'used').map(({ component }) => component);
  const granted = lines.flatMap(({ component }) => (component === null ? [] : [component]));
  const cover = { months: monthsOf(terms.repairWarranty), usage: null, proRata: null };
  return [...new Set([...built, ...granted])].map((component) => ({
    id: `${repairId}.${component}`,
    component,
    on: dayOf(at, level.calendar.timeZone),
    usage,
    cover: { parts: cover, labour: cover, shipping: cover },
    excludes: ['misuse', 'accident', 'unauthorisedRepair'],
  }));
}

/** What a transition relies on being there; throws where the chart is wrong. */
export function known<Value>(value: Value | null, what: string): Value {
  if (value === null) throw new Error(`There is no ${what} yet`);
  return value;
}
