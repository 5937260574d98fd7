/** Versions of the agreement: text, terms, counterparty and its bank account. Never changed once posted. */
import type { Selectable } from 'kysely';
import type { Db } from './database.ts';
import type { AgreementVersionsTable, BankAccount, Counterparty, Instant, Json } from './schema.ts';

export type AgreementVersion = Selectable<AgreementVersionsTable>;

export interface NewAgreementVersion {
  readonly version: string;
  readonly text: string;
  /** Lower-case hex SHA-256 of the UTF-8 text. */
  readonly textHash: string;
  readonly terms: { readonly [term: string]: Json };
  readonly counterparty: Counterparty;
  readonly bankAccount: BankAccount;
  readonly effectiveAt: Instant;
}

/** @returns false when the version exists: nothing was changed. */
export async function insertAgreementVersion(db: Db, agreement: NewAgreementVersion): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('agreement_versions')
    .values({
      version: agreement.version,
      text: agreement.text,
      text_hash: agreement.textHash,
      terms: JSON.stringify(agreement.terms),
      counterparty: JSON.stringify(agreement.counterparty),
      bank_account: JSON.stringify(agreement.bankAccount),
      effective_at: agreement.effectiveAt,
    })
    .onConflict((conflict) => conflict.column('version').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export function findAgreementVersion(db: Db, version: string): Promise<AgreementVersion | undefined> {
  return db.selectFrom('agreement_versions').selectAll().where('version', '=', version).executeTakeFirst();
}

/** The version in effect at this instant: the latest that had come into effect by then. */
export function findAgreementInEffect(db: Db, at: Instant): Promise<AgreementVersion | undefined> {
  return db
    .selectFrom('agreement_versions')
    .selectAll()
    .where('effective_at', '<=', at)
    .orderBy('effective_at', 'desc')
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Newest first. */
export function listAgreementVersions(db: Db): Promise<AgreementVersion[]> {
  return db.selectFrom('agreement_versions').selectAll().orderBy('effective_at', 'desc').execute();
}
