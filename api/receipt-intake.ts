/**
 * How money that arrived becomes a receipt [C6]: ledger row, vault and the message that starts its contract in one
 * transaction. A transfer counts once, for ever, through whichever door it comes: operator, statement or webhook.
 */
import { createHash } from 'node:crypto';
import { clockOfReference } from '../db/clocks.ts';
import type { Db } from '../db/database.ts';
import { lockInstance } from '../db/instances.ts';
import { insertMessage } from '../db/outbox.ts';
import { findReceipt, insertReceipt, type Receipt } from '../db/receipts.ts';
import { receiptSubject } from '../db/vault.ts';
import { receiptInstanceId } from './commands.ts';
import type { Deps } from './deps.ts';

const sources = ['operator', 'bank', 'statement'] as const;
export type Source = (typeof sources)[number];

export interface Transfer {
  readonly source: Source;
  readonly bankTransactionId: string;
  /** Minor units, more than zero. */
  readonly amount: number;
  readonly currency: string;
  /** ISO date. */
  readonly bookedOn: string;
  /** In its plain form; null when the transfer names none that could be read. */
  readonly reference: string | null;
  /** Test clock; by default that of the account that the reference belongs to. */
  readonly clock: string | null;
  /** Personal data: goes into the vault and nowhere else. */
  readonly text: string | undefined;
  readonly payer: string | undefined;
}

export type Intake =
  | { readonly outcome: 'accepted' | 'known'; readonly receipt: Receipt }
  /** The transaction is known with another amount or currency, and stays as it is. */
  | { readonly outcome: 'conflict'; readonly receipt: Receipt };

/** Stores the transfer as a receipt, or finds the receipt that it is already. */
export async function takeReceipt(
  { db, vault, now }: Pick<Deps, 'db' | 'vault' | 'now'>,
  transfer: Transfer,
): Promise<Intake> {
  const { source, bankTransactionId, amount, currency, reference, bookedOn } = transfer;
  const at = now().toISOString();
  return db.transaction().execute(async (trx): Promise<Intake> => {
    // The same transaction may come through two doors at once.
    await lockInstance(trx, `bank-transaction-${bankTransactionId}`);
    const earlier = await findByTransaction(trx, bankTransactionId);
    if (earlier) {
      const isSame = earlier.amount === amount && earlier.currency === currency;
      return { outcome: isSame ? 'known' : 'conflict', receipt: earlier };
    }
    const hash = transactionHash(source, bankTransactionId);
    const id = receiptIdOf(hash);
    const { receipt } = await insertReceipt(trx, {
      id,
      source,
      bankTransactionHash: hash,
      bankTransactionId,
      amount,
      currency,
      reference,
      bookedOn,
      clock: transfer.clock ?? (reference === null ? null : await clockOfReference(trx, reference)),
      recordedAt: at,
    });
    if (transfer.text !== undefined || transfer.payer !== undefined) {
      await vault.put(trx, {
        subject: receiptSubject(id),
        name: 'transfer',
        accountId: null,
        value: { text: transfer.text ?? null, payer: transfer.payer ?? null },
      });
    }
    await insertMessage(trx, {
      id: `api.${receiptInstanceId(id)}`,
      sender: 'api',
      senderMachine: null,
      to: { machine: 'receipt', id: receiptInstanceId(id) },
      start: { receiptId: id, source, amount, currency, reference, bookedOn },
      now: at,
    });
    return { outcome: 'accepted', receipt };
  });
}

/** Ids follow from source and transaction, so the three doors are three look-ups by primary key, after erasure too. */
export async function findByTransaction(db: Db, bankTransactionId: string): Promise<Receipt | undefined> {
  for (const source of sources) {
    const found = await findReceipt(db, receiptIdOf(transactionHash(source, bankTransactionId)));
    if (found) return found;
  }
  return undefined;
}

function transactionHash(source: Source, bankTransactionId: string): string {
  return createHash('sha256').update(`${source}|${bankTransactionId}`).digest('hex');
}

function receiptIdOf(hash: string): string {
  return hash.slice(0, 40);
}
