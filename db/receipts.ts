/** The ledger of receipts: intake by the API, then what their machines decide. */
import type { Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type { CalendarDate, Instant, ReceiptsTable } from './schema.ts';

export type Receipt = Selectable<ReceiptsTable>;

export interface NewReceipt {
  readonly id: string;
  readonly source: Receipt['source'];
  /** Of source and bank transaction: the same transfer is one receipt, for ever. */
  readonly bankTransactionHash: string;
  readonly bankTransactionId: string;
  readonly amount: number;
  readonly currency: string;
  readonly reference: string | null;
  readonly bookedOn: CalendarDate;
  readonly clock: string | null;
  readonly recordedAt: Instant;
}

/** @returns whether it is new, and the receipt as it stands: compare amount and currency when it is not. */
export async function insertReceipt(trx: Db, receipt: NewReceipt): Promise<{ isNew: boolean; receipt: Receipt }> {
  const inserted = await trx
    .insertInto('receipts')
    .values({
      id: receipt.id,
      source: receipt.source,
      bank_transaction_hash: receipt.bankTransactionHash,
      bank_transaction_id: receipt.bankTransactionId,
      amount: receipt.amount,
      currency: receipt.currency,
      reference: receipt.reference,
      booked_on: receipt.bookedOn,
      clock: receipt.clock,
      state: 'received',
      account_id: null,
      account_number: null,
      order_id: null,
      applied: 0,
      credited: 0,
      refund_due: 0,
      refund_transaction: null,
      reason: null,
      recorded_at: receipt.recordedAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (inserted) return { isNew: true, receipt: inserted };
  const known = await trx
    .selectFrom('receipts')
    .selectAll()
    .where('bank_transaction_hash', '=', receipt.bankTransactionHash)
    .executeTakeFirstOrThrow();
  return { isNew: false, receipt: known };
}

export function findReceipt(db: Db, id: string): Promise<Receipt | undefined> {
  return db.selectFrom('receipts').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Newest first. */
export function listReceipts(
  db: Db,
  filter: { readonly state?: string; readonly accountId?: string; readonly limit?: number } = {},
): Promise<Receipt[]> {
  let query = db.selectFrom('receipts').selectAll();
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.accountId !== undefined) query = query.where('account_id', '=', filter.accountId);
  return query
    .orderBy('booked_on', 'desc')
    .orderBy('id')
    .$if(filter.accountId === undefined, (query) => query.limit(filter.limit ?? 1000))
    .execute();
}

/** How many receipts with a reference of this account are still to be decided on. */
export async function countReceiptsOnTheirWay(db: Db, accountId: string): Promise<number> {
  const { n } = await db
    .selectFrom('receipts')
    .innerJoin('payment_references', 'payment_references.reference', 'receipts.reference')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('payment_references.account_id', '=', accountId)
    .where('receipts.state', '=', 'received')
    .executeTakeFirstOrThrow();
  return n;
}

export interface ReceiptDecision {
  readonly id: string;
  readonly state: string;
  readonly reference: string | null;
  readonly accountId: string | null;
  readonly accountNumber: string | null;
  readonly orderId: string | null;
  readonly applied: number;
  readonly credited: number;
  readonly refundDue: number;
  readonly reason: string | null;
  readonly refundTransaction: string | null;
  readonly at: Instant;
}

/** Writes what the receipt's machine decided. A receipt of nobody keeps what the bank needs only while money is owed. */
export async function updateReceipt(trx: Trx, decision: ReceiptDecision): Promise<void> {
  const isSettled = decision.accountId === null && decision.state === 'refunded';
  await trx
    .updateTable('receipts')
    .set((eb) => ({
      state: decision.state,
      reference: decision.reference,
      account_id: decision.accountId,
      account_number: eb.fn.coalesce(eb.val(decision.accountNumber), 'account_number'),
      order_id: decision.orderId,
      applied: decision.applied,
      credited: decision.credited,
      refund_due: decision.refundDue,
      refund_transaction: eb.fn.coalesce(eb.val(decision.refundTransaction), 'refund_transaction'),
      reason: decision.reason,
      bank_transaction_id: isSettled ? null : eb.ref('bank_transaction_id'),
      recorded_at: decision.at,
    }))
    .where('id', '=', decision.id)
    .execute();
}
