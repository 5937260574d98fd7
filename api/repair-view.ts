/** A repair order as each party sees it: what it is at in words, where the unit is, whose turn it is, what falls due [W4, W5]. */
import { Type, type Static } from 'typebox';
import type { Db } from '../db/database.ts';
import { findInstance, type Instance } from '../db/instances.ts';
import {
  listAssignments,
  listCharges,
  listParts,
  listQuotations,
  partyColumns,
  type RepairRow,
} from '../db/repairs.ts';
import { listClocks } from '../db/service-clocks.ts';
import type { QuotedCost } from '../machines/quotation.ts';
import { places, type RepairContext } from '../machines/repair-context.ts';
import { parties, type Party } from '../machines/repair-events.ts';
import { costClasses } from '../machines/warranty/policy.ts';
import { numbersOf } from './account-numbers.ts';
import { ClockView } from './claim-fields.ts';
import { clockView } from './clock-view.ts';
import { repairInstanceId } from './commands.ts';
import { contractNow } from './contract-time.ts';
import { DeadlineView, deadlineView } from './deadline-view.ts';
import { AccountNumber, Currency, Instant, Minor, Nullable, Region } from './fields.ts';
import { orderStates, repairStanding } from './repair-words.ts';
import type { ChartState } from './repair-words.ts';

/** Who looks at it. */
export type Viewer = Party | 'operator';

export const RepairId = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\.[1-9]$',
  description: 'The repair order’s id: its claim’s, and which repair of it this is',
  examples: ['7a1d4c1e-5a1b-8c3d-9e4f-0123456789ab.1'],
});

const PartyNumber = Nullable(AccountNumber('the party; null: none, not known yet, or erased'));
const SpareUnit = Type.Object({
  serial: Type.String(),
  charge: Minor('What it costs if what is owed back does not come'),
  currency: Currency,
});

const listed = {
  repairId: RepairId,
  rma: Nullable(Type.String({ description: 'RMA number' })),
  n: Type.Integer({ description: '1 for the first repair of its claim' }),
  serial: Type.String(),
  model: Type.String(),
  state: Type.String({ description: 'What it is at, as a name', examples: ['awaitingShipment'] }),
  words: Type.String({ description: 'The same in words' }),
  clauses: Type.Array(Type.String(), { description: 'The clauses behind it' }),
  waitsFor: Type.Array(Type.Enum([...parties, 'operator']), { description: 'Whose turn it is' }),
  place: Type.Enum([...places], { description: 'Where the unit is' }),
  outcome: Nullable(Type.String({ description: 'How it ended, or will' })),
  orderedAt: Instant('When it was ordered'),
  closedAt: Nullable(Instant('When it ended')),
};

const listedExample = {
  repairId: '7a1d4c1e-5a1b-8c3d-9e4f-0123456789ab.1',
  rma: 'RMA-100000017',
  n: 1,
  serial: 'SD18-000123',
  model: 'SD-18V',
  state: 'awaitingShipment',
  words: 'The customer has to send the unit in; then the repair lapses',
  clauses: ['W4'],
  waitsFor: ['customer' as const],
  place: 'customer' as const,
  outcome: null,
  orderedAt: '2027-03-08T02:00:00.000Z',
  closedAt: null,
};

export const ListedRepair = Type.Object(listed, { examples: [listedExample] });

export const RepairView = Type.Object(
  {
    ...listed,
    nextDeadline: Nullable(DeadlineView),
    claimId: Type.Optional(Type.String({ description: 'Not shown to the service center' })),
    manufacturer: PartyNumber,
    customer: Type.Optional(PartyNumber),
    center: PartyNumber,
    region: Nullable(Region('Where the customer has it')),
    tracking: Nullable(Type.String({ description: 'Of the last shipment' })),
    condition: Nullable(Type.String({ description: 'At its receipt' })),
    missing: Type.Array(Type.String(), { description: 'Parts that were not with it' }),
    otherSerial: Nullable(Type.String({ description: 'The serial number that came instead' })),
    finding: Nullable(Type.String({ description: 'Of the inspection' })),
    faults: Type.Array(
      Type.Object({ lineId: Type.String(), component: Nullable(Type.String()), cause: Type.String() }),
      { description: 'Lines of the claim that are repaired' },
    ),
    quotations: Type.Array(
      Type.Object({
        quotation: Type.Integer(),
        state: Type.String({ description: 'free, open, accepted, declined or lapsed' }),
        currency: Currency,
        total: Minor('What the customer pays'),
        costs: Type.Array(
          Type.Object({
            lineId: Nullable(Type.String()),
            costClass: Type.Enum([...costClasses]),
            amount: Minor('Cost'),
            charged: Minor('Of that, what the customer pays'),
            covered: Type.Optional(Minor('What coverage pays: for manufacturer and operator')),
            goodwill: Type.Optional(Minor('What goodwill pays: for manufacturer and operator')),
          }),
        ),
        at: Instant('Since when it is so'),
      }),
    ),
    charges: Type.Optional(
      Type.Array(Type.Object({ kind: Type.String(), amount: Minor('What the customer owes'), currency: Currency }), {
        description: 'Not shown to the service center',
      }),
    ),
    parts: Type.Optional(
      Type.Array(Type.Object({ partId: Type.String(), component: Type.String(), state: Type.String() }), {
        description: 'Not shown to the customer',
      }),
    ),
    failedTests: Type.Optional(Type.Integer({ description: 'Not shown to the customer' })),
    replacement: Nullable(SpareUnit),
    loaner: Nullable(Type.Object({ ...SpareUnit.properties, state: Type.String() })),
    formerSerial: Nullable(Type.String({ description: 'The serial number before the exchange' })),
    assignments: Type.Optional(
      Type.Array(Type.Object({ center: PartyNumber, state: Type.String(), at: Instant('When') }), {
        description: 'For manufacturer and operator',
      }),
    ),
    clocks: Type.Optional(Type.Array(ClockView, { description: 'Of the turnaround; not shown to the customer' })),
  },
  {
    examples: [
      {
        ...listedExample,
        nextDeadline: null,
        manufacturer: '10000017',
        center: '10000033',
        region: 'CN-GD',
        tracking: null,
        condition: null,
        missing: [],
        otherSerial: null,
        finding: null,
        faults: [{ lineId: 'l1', component: 'motor', cause: 'defect' }],
        quotations: [],
        charges: [],
        replacement: null,
        loaner: null,
        formerSerial: null,
      },
    ],
  },
);

const turns: { readonly [tag: string]: Viewer } = {
  customersTurn: 'customer',
  manufacturersTurn: 'manufacturer',
  centersTurn: 'serviceCenter',
  operatorsTurn: 'operator',
};

/** Who has to act, now that a party may be gone: then the operator does. */
function waitsFor(row: RepairRow, states: readonly ChartState[]): Viewer[] {
  if (row.closed_at !== null) return [];
  const named = new Set(states.flatMap(({ tags }) => tags.map((tag) => turns[tag]!)));
  if (named.size === 0) return [];
  const isThere = (who: Viewer) => who === 'operator' || row[partyColumns[who]] !== null;
  const there = [...named].filter(isThere);
  // A customer without an account is spoken for by the manufacturer.
  if (there.length === 0 && named.has('customer') && isThere('manufacturer')) return ['manufacturer'];
  return there.length > 0 ? there : ['operator'];
}

function standing(row: RepairRow, instance: Instance | undefined) {
  const { words, clauses } = repairStanding(instance?.value);
  return { words, clauses: [...clauses], waitsFor: waitsFor(row, orderStates(instance?.value)) };
}

export function listedRepair(row: RepairRow, instance: Instance | undefined): Static<typeof ListedRepair> {
  return {
    repairId: row.id,
    rma: row.rma,
    n: row.n,
    serial: row.serial,
    model: row.model_id,
    state: row.state,
    ...standing(row, instance),
    place: row.place as Static<typeof ListedRepair>['place'],
    outcome: row.outcome,
    orderedAt: row.ordered_at,
    closedAt: row.closed_at,
  };
}

/** All that this viewer may see of it. */
export async function repairView(
  db: Db,
  row: RepairRow,
  viewer: Viewer,
  realNow: Date,
): Promise<Static<typeof RepairView>> {
  const [instance, quotations, charges, parts, assignments, clocks, now] = await Promise.all([
    findInstance(db, repairInstanceId(row.id)),
    listQuotations(db, row.id),
    listCharges(db, row.id),
    listParts(db, row.id),
    listAssignments(db, row.id),
    listClocks(db, { kind: 'repair', id: row.id }),
    contractNow(db, row.clock, realNow),
  ]);
  const context = (instance?.context ?? null) as unknown as RepairContext | null;
  const numberOf = await numbersOf(db, [
    row.manufacturer_id,
    row.customer_id,
    row.center_id,
    ...assignments.map(({ center_id }) => center_id),
  ]);
  const seesMoney = viewer === 'manufacturer' || viewer === 'operator';
  return {
    ...listedRepair(row, instance),
    nextDeadline: nextDeadline(instance, viewer, now),
    ...(viewer === 'serviceCenter' ? {} : { claimId: row.claim_id, customer: numberOf(row.customer_id) }),
    manufacturer: numberOf(row.manufacturer_id),
    center: numberOf(row.center_id),
    region: context?.region ?? null,
    tracking: context?.tracking ?? null,
    condition: context?.condition ?? null,
    missing: [...(context?.missing ?? [])],
    otherSerial: context?.otherSerial ?? null,
    finding: row.finding,
    faults: (context?.lines ?? []).map(({ lineId, component, cause }) => ({ lineId, component, cause })),
    quotations: quotations.map(({ n, state, currency, total, costs, at }) => ({
      quotation: n,
      state,
      currency,
      total,
      costs: (costs as unknown as QuotedCost[]).map(({ covered, goodwill, ...cost }) => ({
        ...cost,
        ...(seesMoney ? { covered, goodwill } : {}),
      })),
      at,
    })),
    ...(viewer === 'serviceCenter'
      ? {}
      : { charges: charges.map(({ kind, amount, currency }) => ({ kind, amount, currency })) }),
    ...(viewer === 'customer'
      ? {}
      : {
          parts: parts.map(({ part_id, component, state }) => ({ partId: part_id, component, state })),
          failedTests: row.failed_tests,
          clocks: clocks.map((clock) => clockView(clock, now.toISOString())),
        }),
    replacement: context?.replacement ?? null,
    loaner: context?.loaner ?? null,
    formerSerial: context?.formerSerial ?? null,
    ...(seesMoney
      ? { assignments: assignments.map(({ center_id, state, at }) => ({ center: numberOf(center_id), state, at })) }
      : {}),
  };
}

/** The next one that concerns the viewer: thresholds of the service level are no matter of the customer's. */
function nextDeadline(instance: Instance | undefined, viewer: Viewer, now: Date): Static<typeof DeadlineView> | null {
  if (instance === undefined) return null;
  const [next] = instance.deadlines.filter(
    ({ references }) => viewer !== 'customer' || !references.includes('W5') || references.includes('W4'),
  );
  if (next === undefined) return null;
  const { deadline, loanerDeadline } = instance.context as unknown as RepairContext;
  // What an order waits for is a term of it: its chart has one deadline for all.
  const words: { readonly [delay: string]: string | undefined } = {
    deadline: deadline?.term,
    loanerDeadline: loanerDeadline?.term,
    threshold: 'turnaround',
  };
  return deadlineView(next, now, (delay) => words[delay] ?? delay);
}
