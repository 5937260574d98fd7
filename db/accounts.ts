/** Accounts: intake, number, the fence at erasure. */
import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type { AccountsTable, Edition, Instant, Role } from './schema.ts';

export type Account = Selectable<AccountsTable>;

/** The account is erased: nothing will ever be written for it again. Never retried. */
export class AccountErased extends Error {
  override readonly name = 'AccountErased';
  readonly accountId: string;
  constructor(accountId: string) {
    super(`Account ${accountId} is erased`);
    this.accountId = accountId;
  }
}

/** No account with this id was ever registered. */
export class AccountUnknown extends Error {
  override readonly name = 'AccountUnknown';
  constructor(accountId: string) {
    super(`There is no account ${accountId}`);
  }
}

/** Code with which the database itself refuses a row of an erased account (see the fence in the migrations). */
const FENCED = 'PA001';

/** True for the refusal of an erased account, by {@link lockAccount} or by the database. */
export function isAccountErased(error: unknown): boolean {
  return error instanceof AccountErased || (error as { code?: unknown } | null)?.code === FENCED;
}

export interface NewAccount {
  readonly id: string;
  readonly role: Role;
  readonly edition: Edition | null;
  readonly agreementVersion: string;
  readonly clock: string | null;
  readonly tokenHash: string;
  readonly createdAt: Instant;
}

/** @returns false when the account exists already: nothing was changed. */
export async function insertAccount(db: Db, account: NewAccount): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('accounts')
    .values({
      id: account.id,
      number: null,
      role: account.role,
      edition: account.edition,
      agreement_version: account.agreementVersion,
      clock: account.clock,
      token_hash: account.tokenHash,
      created_at: account.createdAt,
      erased_at: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export function findAccount(db: Db, id: string): Promise<Account | undefined> {
  return db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();
}

/** By the number that the platform assigned (U2). */
export function findAccountByNumber(db: Db, number: string): Promise<Account | undefined> {
  return db.selectFrom('accounts').selectAll().where('number', '=', number).executeTakeFirst();
}

export function findAccountByTokenHash(db: Db, tokenHash: string): Promise<Account | undefined> {
  return db.selectFrom('accounts').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst();
}

/**
 * Must come first in every transaction that writes something of an account: holds off erasure until the transaction
 * ends, and stops whoever comes after it.
 * @throws {AccountErased} {AccountUnknown}
 */
export async function lockAccount(trx: Trx, id: string): Promise<Account> {
  const account = await trx.selectFrom('accounts').selectAll().where('id', '=', id).forShare().executeTakeFirst();
  if (!account) throw new AccountUnknown(id);
  if (account.erased_at !== null) throw new AccountErased(id);
  return account;
}

/** As {@link lockAccount}, for writers that go on without the account when it is erased. */
export function lockAccountRow(trx: Trx, id: string): Promise<Account | undefined> {
  return trx.selectFrom('accounts').selectAll().where('id', '=', id).forShare().executeTakeFirst();
}

/**
 * The account's number: the one it has, or the next one that was never given out. Numbers end in a check digit (Luhn), so
 * one mistyped digit is noticed.
 */
export async function assignAccountNumber(trx: Trx, accountId: string, at: Instant): Promise<string> {
  for (;;) {
    const known = await trx
      .selectFrom('account_numbers')
      .select('number')
      .where('account_id', '=', accountId)
      .executeTakeFirst();
    if (known) return known.number;
    const next = await sql<{ n: number }>`select nextval('account_number_sequence') as n`.execute(trx);
    await trx
      .insertInto('account_numbers')
      .values({ number: withCheckDigit(String(next.rows[0]?.n)), account_id: accountId, assigned_at: at })
      .onConflict((conflict) => conflict.column('account_id').doNothing())
      .execute();
  }
}

/** Makes the assigned number the account's. */
export async function setAccountNumber(trx: Trx, accountId: string, number: string): Promise<void> {
  await trx.updateTable('accounts').set({ number }).where('id', '=', accountId).execute();
}

/**
 * Fences the account: waits for writers in flight, then leaves of it the id, the number, the clock and the moment.
 * @returns the moment at which it was fenced; the earlier one when it was already.
 */
export async function fenceAccount(trx: Trx, accountId: string, at: Instant): Promise<Instant> {
  const account = await trx
    .selectFrom('accounts')
    .select('erased_at')
    .where('id', '=', accountId)
    .forUpdate()
    .executeTakeFirst();
  if (!account) throw new AccountUnknown(accountId);
  if (account.erased_at !== null) return account.erased_at;
  await trx
    .updateTable('accounts')
    .set({ erased_at: at, token_hash: null, role: null, edition: null, agreement_version: null })
    .where('id', '=', accountId)
    .execute();
  return at;
}

/** Appends the Luhn check digit to a decimal number. */
export function withCheckDigit(digits: string): string {
  let sum = 0;
  for (let index = digits.length - 1, double = true; index >= 0; index -= 1, double = !double) {
    const digit = Number(digits[index]) * (double ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
