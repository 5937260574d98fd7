/** Prices by role and edition in effect from a date, and prices for one account alone (E3, C8). */
import type { Selectable } from 'kysely';
import type { Db } from './database.ts';
import type { Edition, Instant, PriceListsTable, Role } from './schema.ts';

export type PriceList = Selectable<PriceListsTable>;

export interface NewPriceList {
  readonly id: string;
  readonly role: Role;
  readonly edition: Edition | null;
  /** ISO 4217. */
  readonly currency: string;
  /** Price of one year in minor units. */
  readonly yearlyAmount: number;
  readonly effectiveFrom: Instant;
  readonly effectiveUntil?: Instant | null;
  readonly accountId?: string | null;
  readonly createdAt: Instant;
}

/** @returns false when a price list of this id exists: nothing was changed. */
export async function insertPriceList(db: Db, list: NewPriceList): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('price_lists')
    .values({
      id: list.id,
      role: list.role,
      edition: list.edition,
      currency: list.currency,
      yearly_amount: list.yearlyAmount,
      effective_from: list.effectiveFrom,
      effective_until: list.effectiveUntil ?? null,
      account_id: list.accountId ?? null,
      created_at: list.createdAt,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/**
 * The price in effect at this instant: the account's own before the general one, the latest to come into effect before
 * earlier ones.
 */
export function findPriceInEffect(
  db: Db,
  what: {
    readonly role: Role;
    readonly edition: Edition | null;
    readonly accountId: string | null;
    readonly at: Instant;
  },
): Promise<PriceList | undefined> {
  return db
    .selectFrom('price_lists')
    .selectAll()
    .where('role', '=', what.role)
    .where('edition', 'is not distinct from', what.edition)
    .where('effective_from', '<=', what.at)
    .where(({ or, eb }) => or([eb('effective_until', 'is', null), eb('effective_until', '>', what.at)]))
    .where(({ or, eb }) => or([eb('account_id', 'is', null), eb('account_id', '=', what.accountId)]))
    .orderBy('account_id', (order) => order.asc().nullsLast())
    .orderBy('effective_from', 'desc')
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Newest first. */
export function listPriceLists(db: Db): Promise<PriceList[]> {
  return db.selectFrom('price_lists').selectAll().orderBy('effective_from', 'desc').orderBy('id').execute();
}
