/** Receipts: which order a payment reference means, and the ledger (C6). */
import { createHash } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { findAccount, lockAccountRow } from '../db/accounts.ts';
import { findReference } from '../db/orders.ts';
import { countReceiptsOnTheirWay, updateReceipt } from '../db/receipts.ts';
import { deleteVaultEntries, linkReceiptToAccount, receiptSubject } from '../db/vault.ts';
import type { ActivityDeps } from './deps.ts';
import type { HandlersOf } from './effects.ts';
import type { BodiesOf } from './invocation.ts';

export const receiptEffects: HandlersOf<'recordReceipt'> = {
  recordReceipt: async ({ trx, keys }, receipt) => {
    // The ledger outlives accounts: money of an erased one is recorded under its number, without the link.
    const account = receipt.accountId === null ? undefined : await lockAccountRow(trx, receipt.accountId);
    const isLiving = account !== undefined && account.erased_at === null;
    await updateReceipt(trx, {
      id: receipt.receiptId,
      state: receipt.state,
      reference: receipt.reference,
      accountId: isLiving ? account.id : null,
      accountNumber: account?.number ?? null,
      orderId: isLiving ? receipt.orderId : null,
      applied: receipt.applied,
      credited: receipt.credited,
      refundDue: receipt.refundDue,
      reason: receipt.reason,
      refundTransaction: receipt.refundTransactionId === null ? null : refundHash(receipt.refundTransactionId),
      at: receipt.at,
    });
    const subject = receiptSubject(receipt.receiptId);
    if (isLiving) await linkReceiptToAccount(trx, subject, account.id);
    // Who paid is only kept while an account keeps it, or the money may still have to go back.
    else if (receipt.state === 'refunded') {
      await keys?.destroy(subject);
      await deleteVaultEntries(trx, subject);
    }
  },
};

/** A transfer back is known by a hash, as those that came in are: the ledger has no more of it. */
function refundHash(bankTransactionId: string): string {
  return createHash('sha256').update(`refund|${bankTransactionId}`).digest('hex');
}

export function receiptActivities({ db }: Pick<ActivityDeps, 'db'>): BodiesOf<'matchReference' | 'awaitReceipts'> {
  return {
    matchReference: async ({ reference, currency }) => {
      if (reference === null) return { matched: false, reason: 'noReference' };
      const known = await findReference(db, reference);
      if (!known) return { matched: false, reason: 'unknownReference' };
      const account = known.account_id === null ? undefined : await findAccount(db, known.account_id);
      if (!account || account.erased_at !== null || known.order_id === null) {
        return { matched: false, reason: 'closedAccount' };
      }
      if (known.currency !== currency) return { matched: false, reason: 'wrongCurrency' };
      return { matched: true, accountId: account.id, orderId: known.order_id };
    },
    awaitReceipts: async ({ accountId }) => {
      const count = await countReceiptsOnTheirWay(db, accountId);
      if (count === 0) return { decided: true };
      throw ApplicationFailure.create({
        type: 'ReceiptsOnTheirWay',
        message: `${count} receipts of the account are not decided on yet`,
        nextRetryDelay: '500 milliseconds',
      });
    },
  };
}
