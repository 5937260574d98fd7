/**
 * What the machines ask the records to keep: the effects' names and parameters. Each has one handler of the same name
 * in activities/, run once in the transaction of the commit. Amounts are minor units; instants are contract time.
 */
import { effect } from '../engine/machine.ts';
import type { Instant } from '../engine/machine.ts';

export type OrderKind = 'registration' | 'renewal';
export type OrderStatus = 'open' | 'partlyPaid' | 'paid' | 'cancelled';
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
    years: number;
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
  recordNoticeDelivered: effect('recordNoticeDelivered'),
  recordStatement: effect('recordStatement'),
  recordEnd: effect('recordEnd'),
  recordReceipt: effect('recordReceipt'),
};
