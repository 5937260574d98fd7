/** Test clocks, and which clock an account, a receipt or an instance lives by. */
import type { Selectable } from 'kysely';
import type { Db } from './database.ts';
import type { ClocksTable, Instant } from './schema.ts';

export type Clock = Selectable<ClocksTable>;

/** @returns false when a clock of this name exists: nothing was changed. */
export async function insertClock(db: Db, name: string, at: Instant, realNow: Instant): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('clocks')
    .values({ name, at, advanced_at: realNow, created_at: realNow })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export function findClock(db: Db, name: string): Promise<Clock | undefined> {
  return db.selectFrom('clocks').selectAll().where('name', '=', name).executeTakeFirst();
}

/** The clock's present: it runs on in real time after each advance. */
export function presentOf(clock: Pick<Clock, 'at' | 'advanced_at'>, realNow: Date): Date {
  return new Date(Date.parse(clock.at) + Math.max(0, realNow.getTime() - Date.parse(clock.advanced_at)));
}

/** Clocks go forward only: an earlier instant changes nothing. */
export async function moveClock(db: Db, name: string, at: Instant, realNow: Instant): Promise<void> {
  await db
    .updateTable('clocks')
    .set({ at, advanced_at: realNow })
    .where('name', '=', name)
    .where('at', '<', at)
    .execute();
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The clock of an instance by its id, `<machine>-<account or receipt id>`: also of one that has no row yet.
 * @returns null for real time.
 */
export async function clockOfInstance(db: Db, instance: string): Promise<string | null> {
  const owner = instance.slice(instance.indexOf('-') + 1);
  if (UUID.test(owner)) {
    const account = await db.selectFrom('accounts').select('clock').where('id', '=', owner).executeTakeFirst();
    return account?.clock ?? null;
  }
  const receipt = await db.selectFrom('receipts').select('clock').where('id', '=', owner).executeTakeFirst();
  return receipt?.clock ?? null;
}

/** The clock that money with this payment reference belongs to, also after its account's erasure; null for real time. */
export async function clockOfReference(db: Db, reference: string): Promise<string | null> {
  const found = await db
    .selectFrom('payment_references')
    .select('clock')
    .where('reference', '=', reference)
    .executeTakeFirst();
  return found?.clock ?? null;
}
