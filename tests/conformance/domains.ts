/** The product's machines as walks lead them: what each begins with, what the world answers it, and what may be sent to it. */
import type { InvocationError, Json } from '../../engine/machine.ts';
import type { Answers } from '../../engine/simulate.ts';
import type { Activities, LineFacts } from '../../machines/activities.ts';
import { coverageVerdict, isDecided } from '../../machines/claim-context.ts';
import type { ClaimContext } from '../../machines/claim-context.ts';
import { claimEvents } from '../../machines/claim-events.ts';
import type { GrantedLine } from '../../machines/claim-repair.ts';
import type { RepairContext } from '../../machines/repair-context.ts';
import { receiptEvents } from '../../machines/receipt-events.ts';
import { repairEvents } from '../../machines/repair-events.ts';
import { subscriptionEvents } from '../../machines/subscription-events.ts';
import { resolveServiceTerms, resolveTerms } from '../../machines/terms.ts';
import type { Cause } from '../../machines/warranty/policy.ts';
import type { Share } from '../../machines/warranty/promise.ts';
import {
  assessedLine,
  claimInputAt,
  displayLine,
  full,
  half,
  nothing,
  repairInputAt,
} from '../machines/service-inputs.ts';
import { oneOf } from './chance.ts';
import type { Chance } from './chance.ts';
import type { Schema } from './events.ts';
import { at } from './modes.ts';
import type { SubjectInput } from './subjects.ts';

export const domains = ['subscription', 'receipt', 'order', 'erasure', 'claim', 'repair'] as const;
export type Domain = (typeof domains)[number];

// --- answers ----------------------------------------------------------------------------------------------------------

/** A question that cannot be answered comes back as an error, as an activity's failure does. */
const failure = (message: string, type: string): InvocationError => ({ name: 'ApplicationFailure', message, type });

const shareOf: { readonly [cause in Cause]: Share } = {
  defect: full,
  wear: half,
  misuse: nothing,
  accident: { part: 1, whole: 3 },
  unauthorisedRepair: nothing,
  unknown: half,
};

const answers: {
  readonly [Name in keyof Activities]: (question: Activities[Name][0]) => Activities[Name][1];
} = {
  askUpgradePrice: ({ at: asked }) => ({ isPriced: !asked.includes('T07:') }),
  issueOrder: ({ orderId, years, at: asked }) => ({
    priceListId: 'list',
    unitPrice: 100_000 + years * 1000 + Number(asked.slice(0, 4)),
    currency: 'CNY',
    reference: `RF${orderId}`,
    counterpartyId: 'counterparty',
  }),
  assignAccountNumber: () => ({ number: '10000017' }),
  awaitReceipts: () => ({ decided: true }),
  postNotice: ({ kind }) => ({
    noticeId: `notice of ${kind}`,
    certificateNumber: kind.endsWith('verdueWarning') ? 'E-1' : null,
  }),
  matchReference: ({ reference, currency }) => {
    if (reference === 'broken') throw failure('no such book', 'NoBook');
    if (reference === null) return { matched: false, reason: 'noReference' };
    if (currency !== 'CNY') return { matched: false, reason: 'wrongCurrency' };
    return reference.startsWith('RF')
      ? { matched: true, accountId: 'account', orderId: 'account.o1' }
      : { matched: false, reason: 'unknownReference' };
  },
  stopAccountWorkflows: () => ({ workflows: 2 }),
  fenceAccount: () => ({ fences: 1 }),
  eraseSessionsAndFiles: () => ({ sessions: 1, files: 3 }),
  deleteAccountRows: () => ({ rows: 40 }),
  destroyAccountKey: () => ({ keys: 1 }),
  deleteAccountExecutions: () => ({ executions: 5 }),
  issueCertificate: ({ accountId }) => ({ certificateNumber: `E-${accountId}`, hash: 'c'.repeat(64) }),
  assessClaim: ({ claimId, serial, failedOn, lines, evidence }) => {
    if (lines.some(({ component }) => component === 'broken')) throw failure('no such component', 'NoComponent');
    return {
      lines: lines.map((line) =>
        assessedLine(line, shareOf[line.cause], {
          needs: [
            ...(line.component === null ? (['componentUnknown'] as const) : []),
            ...(line.cause === 'unknown' ? (['causeUnknown'] as const) : []),
          ],
          repeatOf: line.component === 'pump' ? `before ${claimId}` : null,
        }),
      ),
      duplicateOf: serial === 'SN-2' ? `other than ${claimId}` : null,
      deadOnArrival: failedOn < '2037-02',
      signals: evidence.length > 1 ? ['evidenceReused'] : [],
    };
  },
  askRepairEntitlement: ({ manufacturerId }) => {
    if (manufacturerId === 'unknown') throw failure('no such account', 'NoAccount');
    return { isEntitled: manufacturerId !== 'standard' };
  },
  askCenterEntitlement: ({ centerId }) => {
    if (centerId === 'center4') throw failure('no such account', 'NoAccount');
    return { isEntitled: centerId !== 'center2' };
  },
  assignRmaNumber: ({ repairId }) => ({ rma: `RMA-${repairId}` }),
  chooseServiceCenter: ({ modelId, region, declined }) => {
    const near = region === null ? ['center1', 'center2', 'center3'] : ['center3', 'center1'];
    return { centerId: modelId === 'm2' ? null : (near.find((id) => !declined.includes(id)) ?? null) };
  },
};

/** What the world answers, on both sides: by the question alone, in whatever order it is asked. */
export const domainAnswers: Answers = answers;

// --- events -----------------------------------------------------------------------------------------------------------

function schemasOf(table: { readonly [type: string]: { readonly schema: object } }): { [type: string]: Schema } {
  return Object.fromEntries(Object.entries(table).map(([type, { schema }]) => [type, schema as Schema]));
}

const text: Schema = { type: 'string' };
const offers: Schema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['receiptId', 'amount'],
    properties: { receiptId: text, amount: { type: 'integer', minimum: 1 } },
  },
};

/** Of the payload of everything that may be sent. */
export const schemas: { readonly [domain in Domain]: { readonly [type: string]: Schema } } = {
  subscription: schemasOf(subscriptionEvents),
  receipt: schemasOf(receiptEvents),
  order: {
    'payment.offered': { type: 'object', required: ['offers'], properties: { offers } },
    'order.fulfilled': {},
    'order.cancelled': {},
  },
  erasure: {},
  claim: schemasOf(claimEvents),
  repair: schemasOf(repairEvents),
};

const begin = ['agreement.confirmed', 'information.verified', 'receipt.received'];
const decide = ['line.decided', 'line.decided', 'outcome.chosen'];
const arrive = ['assignment.accepted', 'unit.sent', 'unit.received'];

/** Lives as they usually go, which chance alone seldom gets far in; half of the walks begin somewhere on one. */
export const preludes: { readonly [domain in Domain]: readonly (readonly string[])[] } = {
  subscription: [begin, [...begin, 'renewal.requested', 'receipt.received', 'renewal.verified']],
  receipt: [['receipt.applied']],
  order: [],
  erasure: [],
  claim: [
    [...decide, 'decision.accepted', 'repair.ended', 'outcome.chosen', 'outcome.fulfilled', 'appeal.filed'],
    [...decide, 'appeal.filed', ...decide, 'arbitration.requested', 'arbitration.decided', 'repair.ended'],
  ],
  repair: [
    [...arrive, 'inspection.finished', 'repair.finished', 'test.passed', 'unit.shippedBack', 'delivery.confirmed'],
    [...arrive, 'inspection.finished', 'quotation.accepted', 'part.ordered', 'part.arrived', 'repair.finished'],
    ['replacement.ordered', 'replacement.sent', 'loaner.given', ...arrive, 'disposal.decided', 'delivery.confirmed'],
  ],
};

/** What ends a life would end most of them too soon. */
export const endings: ReadonlySet<string> = new Set([
  'termination.requested',
  'agreement.disagreed',
  'order.cancelled',
  'receipt.settled',
  'claim.withdrawn',
  'repair.withdrawn',
  'party.erased',
  'subscription.expired',
  'transport.lost',
]);

/** What of a machine's data decides what may come, beside its state: so much of it that the shortest ways get everywhere. */
export const standing: {
  readonly [domain in Domain]?: (context: never) => { readonly [name: string]: string | number | boolean | null };
} = {
  claim: (context: ClaimContext) => ({
    round: context.round,
    chosen: context.chosen,
    isDecided: isDecided(context),
    cover: context.lines.map(coverageVerdict).join(' '),
  }),
  repair: ({ place, outcome, isAccepted, declined }: RepairContext) => ({
    place,
    outcome,
    declined: isAccepted ? 0 : declined.length,
  }),
};

// --- inputs -----------------------------------------------------------------------------------------------------------

const parties = ['customer', 'manufacturer'] as const;

/** Suspended for this reason from the beginning on, or nobody. */
const suspensionsBy = (chance: Chance) =>
  oneOf(chance, [[], [], [], [{ party: oneOf(chance, parties), reason: 'unpaidInvoice' }]]);

/** Most are there, and may order repairs. */
const manufacturerBy = (chance: Chance) =>
  oneOf(chance, [...Array<string>(14).fill('manufacturer'), 'standard', 'standard', 'unknown']);

const componentBy = (chance: Chance) => oneOf(chance, ['display', 'motor', 'motor', 'pump', null]);

const serviceTermsBy = (chance: Chance) =>
  resolveServiceTerms(
    oneOf(chance, [
      {},
      { automaticOutcomes: [] },
      {
        automaticOutcomes: ['repair', 'replacement', 'rejection'],
        claimDecision: { target: 'PT12H', reminders: ['PT2H'], escalations: ['PT0S', 'PT8H'], pauses: ['suspension'] },
        repairTurnaround: { target: 'P2D', reminders: [], escalations: [], pauses: [] },
      },
    ]),
  );

/** What an instance of the machine begins with. */
export function inputOf(domain: Domain, chance: Chance): SubjectInput {
  const subject = { product: domain };
  switch (domain) {
    case 'subscription': {
      const [role, edition] = oneOf(chance, [
        ['manufacturer', 'professional'],
        ['manufacturer', 'enterprise'],
        ['customer', null],
      ] as const);
      const missing = oneOf(chance, [[], [], ['name']]);
      const agreement = { version: '1', textHash: 'a'.repeat(64) };
      return {
        subject,
        accountId: 'account',
        role,
        edition,
        agreement,
        terms: resolveTerms() as unknown as Json,
        missing,
      };
    }
    case 'receipt':
      return {
        subject,
        receiptId: 'r1',
        source: oneOf(chance, ['bank', 'operator', 'statement']),
        amount: oneOf(chance, [1, 100, 100_000]),
        currency: oneOf(chance, ['CNY', 'CNY', 'USD']),
        reference: oneOf(chance, [null, 'RF18', 'XX', 'RF19']),
        bookedOn: '2037-03-10',
      };
    case 'order':
      return { subject, orderId: 'account.o1', total: oneOf(chance, [0, 100, 100_000]), shortfallTolerance: chance(3) };
    case 'erasure':
      return {
        subject,
        accountId: 'account',
        accountNumber: oneOf(chance, [null, '10000017']),
        reason: oneOf(chance, ['lapsed', 'overdue', 'terminated', 'disagreed']),
        clause: 'C5',
        certificateNumber: oneOf(chance, [null, 'E-1']),
        decidedAt: '2037-03-01T00:00:00.000Z',
      };
    case 'claim': {
      const lines = Array.from({ length: 1 + chance(3) }, (_, n): LineFacts => ({
        lineId: `l${n + 1}`,
        component: componentBy(chance),
        cause: oneOf(chance, ['wear', 'wear', 'defect', 'defect', 'misuse', 'accident', 'unknown']),
        usage: oneOf(chance, [{}, { hours: 120 }]),
      }));
      const input = {
        ...claimInputAt(at, lines, serviceTermsBy(chance)),
        manufacturerId: manufacturerBy(chance),
        customerId: oneOf(chance, ['customer', 'customer', 'customer', null]),
        serial: oneOf(chance, ['SN-1', 'SN-1', 'SN-1', 'SN-2']),
        failedOn: oneOf(chance, ['2037-03-05', '2037-03-05', '2037-01-31']),
        evidence: oneOf(chance, [[], ['a'.repeat(64)], ['a'.repeat(64), 'e'.repeat(64)]]),
        counting: { timeZone: 'Asia/Shanghai', periodEnd: oneOf(chance, ['endOfDay', 'sameInstant']) },
        suspensions: suspensionsBy(chance),
      };
      return { subject, ...(input as unknown as { [key: string]: Json }) };
    }
    case 'repair': {
      const other: GrantedLine = {
        lineId: 'l2',
        component: componentBy(chance),
        cause: 'wear',
        shares: { parts: nothing, labour: { part: 1, whole: 3 }, shipping: full },
        goodwill: oneOf(chance, [0, 60_000]),
      };
      const input = {
        ...repairInputAt(at, serviceTermsBy(chance)),
        n: 1 + chance(2),
        manufacturerId: manufacturerBy(chance),
        customerId: oneOf(chance, ['customer', 'customer', 'customer', null]),
        modelId: oneOf(chance, ['m1', 'm1', 'm1', 'm1', 'm1', 'm1', 'm2']),
        lines: oneOf(chance, [[other, displayLine], [displayLine], [displayLine, other]]),
        suspensions: suspensionsBy(chance),
      };
      const where: { [key: string]: Json } = chance(2) === 0 ? {} : { region: 'CN-GD' };
      return { subject, ...(input as unknown as { [key: string]: Json }), ...where };
    }
  }
}
