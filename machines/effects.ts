/**
 * What the machines ask the records to keep: the effects' names and parameters. Each has one handler of the same name
 * in activities/, run once in the transaction of the commit. Amounts are minor units; instants are contract time.
 */
import { effect } from '../engine/machine.ts';
import type { Instant, Json } from '../engine/machine.ts';
import type { Edition } from './agreement.ts';
import type { ClaimLine, LineDecision } from './claim-context.ts';
import type { RepairResult } from './claim-repair.ts';
import type { QuotedCost } from './quotation.ts';
import type { Charge, PartState, Place, RepairState } from './repair-context.ts';
import type { ClockEntry, ServiceLevel, Threshold } from './service-level.ts';
import type { Replacement } from './warranty/unit.ts';

export type OrderKind = 'registration' | 'renewal' | 'upgrade';
/** `lapsed`: an upgrade that was not paid in time [C5]. */
export type OrderStatus = 'open' | 'partlyPaid' | 'paid' | 'cancelled' | 'lapsed';
/**
 * How far a change of edition is: applied for, agreed for the next term, in effect, or off; `unpriced`: there was no price
 * for the upgrade, or not in the currency of the present edition's [E2].
 */
export type EditionChangeState = 'requested' | 'agreed' | 'done' | 'withdrawn' | 'lapsed' | 'unpriced';
/** How an agreement came to its end: C5, C5, V5, A5. */
export type EndReason = 'lapsed' | 'overdue' | 'terminated' | 'disagreed';

/** Parameters of each effect, by its name. */
export interface Effects {
  recordConfirmation: { accountId: string; version: string; textHash: string; at: Instant };
  recordAccountNumber: { accountId: string; number: string };
  recordOrder: {
    orderId: string;
    accountId: string;
    kind: OrderKind;
    edition: Edition | null;
    /** Of an upgrade: the edition that it is an upgrade from [E2]. */
    replaces: Edition | null;
    /** 0 of an upgrade. */
    years: number;
    /** Price of one year; of an upgrade the difference for one year. */
    unitPrice: number;
    total: number;
    currency: string;
    priceListId: string;
    reference: string;
    issuedAt: Instant;
    dueAt: Instant;
    status: 'open';
  };
  recordOrderStatus: { orderId: string; status: OrderStatus; received: number; at: Instant };
  /** Money of a receipt applied to an order; once for each part. A cancelled order's parts went back to credit. */
  recordAllocation: { orderId: string; receiptId: string; amount: number; at: Instant };
  recordCredit: { accountId: string; balance: number; currency: string; at: Instant };
  recordTerm: {
    accountId: string;
    /** 1 for the registration, 2, 3 … for extensions. */
    n: number;
    orderId: string;
    years: number;
    startsAt: Instant;
    endsAt: Instant;
    at: Instant;
  };
  /** A change of the edition: the account's nth, from 1; `done` makes it the account's edition [E2]. */
  recordEditionChange: {
    accountId: string;
    n: number;
    kind: 'upgrade' | 'downgrade';
    from: Edition;
    to: Edition;
    /** Of an upgrade that is paid for. */
    orderId: string | null;
    state: EditionChangeState;
    /** When it takes effect, as far as that is known: a downgrade waits for its renewal. */
    effectiveAt: Instant | null;
    at: Instant;
  };
  recordNoticeDelivered: { noticeId: string; deliveredAt: Instant; deletesAt?: Instant };
  recordStatement: {
    accountId: string;
    paid: number;
    owed: number;
    refunded: number;
    currency: string;
    at: Instant;
  };
  recordEnd: { accountId: string; reason: EndReason; clause: string; at: Instant };
  /** The service is over, by expiry or because the user leaves: repairs that have not begun are told [W7]. */
  recordServiceEnd: { accountId: string; at: Instant };
  /** The platform suspends the service for a reason, or the reason is remedied; open claims are told [V1, W7]. */
  recordSuspension: { accountId: string; reason: string; stands: boolean; at: Instant };
  recordReceipt: {
    receiptId: string;
    state: ReceiptState;
    /** The payment reference that it goes by: the payer's, or the one an operator assigned. */
    reference: string | null;
    accountId: string | null;
    orderId: string | null;
    applied: number;
    credited: number;
    refundDue: number;
    reason: string | null;
    /** The bank transaction that paid a refund. */
    refundTransactionId: string | null;
    at: Instant;
  };
  /** What a claim is now, with its lines [W2, W6]. */
  recordClaim: {
    claimId: string;
    state: string;
    round: string;
    /** What it came to; null while it is open. */
    outcome: string | null;
    /** What it will come to, as far as that is chosen. */
    chosen: string | null;
    /** Null once that party is erased [W7]. */
    manufacturerId: string | null;
    customerId: string | null;
    duplicateOf: string | null;
    deadOnArrival: boolean;
    signals: string[];
    information: string[];
    lines: ClaimLine[];
    isClosed: boolean;
    at: Instant;
  };
  /** A decision on a line: the claim's nth, from 1 [W2]. */
  recordClaimDecision: { claimId: string; n: number; lineId: string; decision: LineDecision; shares: Json };
  recordClaimEvidence: { claimId: string; digests: string[]; accountId: string | null; at: Instant };
  /** Announced on a party's page; `n` counts the notices of the claim [A6]. */
  announceClaim: { claimId: string; accountId: string; what: ClaimNews; n: number; at: Instant };
  /** The level of a clock that begins [W5]. */
  recordClockLevel: { subject: ClockSubject; clock: string; level: ServiceLevel };
  /** What happened to the clock of a service level: its nth entry, from 0 [W5]. */
  recordClockEntry: { subject: ClockSubject; clock: string; n: number; entry: ClockEntry };
  /** A reminder, the target or an escalation was reached; `to` is told, null for the operator [W5]. */
  recordThreshold: {
    subject: ClockSubject;
    clock: string;
    kind: Threshold['kind'];
    duration: string;
    to: string | null;
    at: Instant;
  };
  /** What a repair order is at now [W4]; the first one makes it. */
  recordRepair: {
    repairId: string;
    claimId: string;
    n: number;
    manufacturerId: string | null;
    customerId: string | null;
    centerId: string | null;
    rma: string | null;
    serial: string;
    modelId: string;
    state: RepairState;
    place: Place;
    finding: string | null;
    failedTests: number;
    outcome: RepairResult | null;
    at: Instant;
  };
  /** A service center was asked, and what it said [W4]. */
  recordAssignment: { repairId: string; centerId: string; state: AssignmentState; at: Instant };
  recordQuotation: {
    repairId: string;
    n: number;
    currency: string;
    costs: QuotedCost[];
    total: number;
    state: QuotationState;
    at: Instant;
  };
  /** What the customer owes of this kind now; 0: nothing any more. */
  recordRepairCharge: { repairId: string; charge: Charge; at: Instant };
  recordRepairPart: { repairId: string; partId: string; component: string; state: PartState; at: Instant };
  /** A repaired or replaced part carries its own warranty [W6]. */
  recordUnitRepaired: { manufacturerId: string; serial: string; replacement: Replacement };
  /** A unit takes the place of another one, with its facts [W6]. */
  recordUnitExchanged: { manufacturerId: string; serial: string; newSerial: string; at: Instant };
}

export type ClaimNews =
  | 'filed'
  | 'informationRequested'
  | 'informationProvided'
  | 'decided'
  | 'appealed'
  | 'arbitrated'
  | 'fulfilled'
  | 'closed';
export type AssignmentState = 'offered' | 'accepted' | 'declined' | 'lapsed' | 'notEntitled' | 'left' | 'withdrawn';
/** `free`: there is nothing to pay, or nothing beyond what was accepted before. */
export type QuotationState = 'free' | 'open' | 'accepted' | 'declined' | 'lapsed';

/** Whose time is kept. */
export interface ClockSubject {
  kind: 'claim' | 'repair';
  id: string;
}

/** What a receipt is, in the words of accounting. */
export type ReceiptState = 'received' | 'applied' | 'unapplied' | 'refundDue' | 'refunded' | 'settled';

/** The effects of these names as actions for `setup({ actions })`. */
export const effects: { [Name in keyof Effects]: ReturnType<typeof effect<Effects[Name]>> } = {
  recordConfirmation: effect('recordConfirmation'),
  recordAccountNumber: effect('recordAccountNumber'),
  recordOrder: effect('recordOrder'),
  recordOrderStatus: effect('recordOrderStatus'),
  recordAllocation: effect('recordAllocation'),
  recordCredit: effect('recordCredit'),
  recordTerm: effect('recordTerm'),
  recordEditionChange: effect('recordEditionChange'),
  recordNoticeDelivered: effect('recordNoticeDelivered'),
  recordStatement: effect('recordStatement'),
  recordEnd: effect('recordEnd'),
  recordServiceEnd: effect('recordServiceEnd'),
  recordSuspension: effect('recordSuspension'),
  recordReceipt: effect('recordReceipt'),
  recordClaim: effect('recordClaim'),
  recordClaimDecision: effect('recordClaimDecision'),
  recordClaimEvidence: effect('recordClaimEvidence'),
  announceClaim: effect('announceClaim'),
  recordClockLevel: effect('recordClockLevel'),
  recordClockEntry: effect('recordClockEntry'),
  recordThreshold: effect('recordThreshold'),
  recordRepair: effect('recordRepair'),
  recordAssignment: effect('recordAssignment'),
  recordQuotation: effect('recordQuotation'),
  recordRepairCharge: effect('recordRepairCharge'),
  recordRepairPart: effect('recordRepairPart'),
  recordUnitRepaired: effect('recordUnitRepaired'),
  recordUnitExchanged: effect('recordUnitExchanged'),
};
