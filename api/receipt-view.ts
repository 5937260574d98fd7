/** A receipt as the operator sees it [C6]. */
import { Type, type Static } from 'typebox';
import type { Receipt } from '../db/receipts.ts';
import { Day, Minor, Nullable, ReceiptId } from './fields.ts';

export const receiptStates = ['received', 'applied', 'unapplied', 'refundDue', 'refunded', 'settled'] as const;

export const receiptExample = {
  receiptId: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b',
  source: 'bank',
  amount: 1200000,
  currency: 'CNY',
  reference: 'RF18539007547034',
  bookedOn: '2026-05-03',
  state: 'applied',
  accountId: '2f1d4c1e-5a1b-8c3d-9e4f-0123456789ab',
  accountNumber: null,
  orderId: '2f1d4c1e-5a1b-8c3d-9e4f-0123456789ab.o1',
  applied: 1200000,
  credited: 0,
  refundDue: 0,
  refunded: 0,
  reason: null,
};

export const ReceiptView = Type.Object(
  {
    receiptId: ReceiptId,
    source: Type.Enum(['operator', 'bank', 'statement']),
    amount: Minor('What arrived'),
    currency: Type.String(),
    reference: Nullable(Type.String({ description: 'Payment reference found in the transfer' })),
    bookedOn: Day('When the bank booked it'),
    state: Type.Enum(receiptStates),
    accountId: Nullable(Type.String()),
    accountNumber: Nullable(Type.String({ description: 'Once the account is erased: what its number was' })),
    orderId: Nullable(Type.String()),
    applied: Minor('Applied to orders'),
    credited: Minor('Kept as credit'),
    refundDue: Minor('Owed back'),
    refunded: Minor('Paid back'),
    reason: Nullable(Type.String({ description: 'Why it is unapplied, or owed back' })),
  },
  { examples: [receiptExample] },
);

export function receiptView(receipt: Receipt): Static<typeof ReceiptView> {
  return {
    receiptId: receipt.id,
    source: receipt.source,
    amount: receipt.amount,
    currency: receipt.currency,
    reference: receipt.reference,
    bookedOn: receipt.booked_on,
    state: receiptStates.find((state) => state === receipt.state) ?? 'received',
    accountId: receipt.account_id,
    accountNumber: receipt.account_number,
    orderId: receipt.order_id,
    applied: receipt.applied,
    credited: receipt.credited,
    refundDue: receipt.state === 'refunded' ? 0 : receipt.refund_due,
    refunded: receipt.state === 'refunded' ? receipt.refund_due : 0,
    reason: receipt.reason,
  };
}
