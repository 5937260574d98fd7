/** Test clocks, and which clock an account, a receipt or an instance lives by. */
import type { Selectable } from 'kysely';
import type { Db } from './database.ts';
import type { ClocksTable, Instant } from './schema.ts';

export type Clock = Selectable<ClocksTable>;

/** The command that makes a clock. */
export interface ClockCommand {
  readonly command: string;
  /** Its body as canonical JSON. */
  readonly asked: string;
}

/** @returns false when a clock of this name or of this command exists: nothing was changed. */
export async function insertClock(
  db: Db,
  name: string,
  at: Instant,
  realNow: Instant,
  by?: ClockCommand,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('clocks')
    .values({ name, at, advanced_at: realNow, created_at: realNow, ...by })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** The clock that this command has made. */
export function findClockOfCommand(db: Db, command: string): Promise<Clock | undefined> {
  return db.selectFrom('clocks').selectAll().where('command', '=', command).executeTakeFirst();
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
 * The clock of an instance by its id, `<machine>-<id of what it is about>`: also of one that has no row yet. A repair, whose id
 * begins with its claim's, lives by the clock of the claim.
 * @returns null for real time.
 */
export async function clockOfInstance(db: Db, instance: string): Promise<string | null> {
  const machine = instance.slice(0, instance.indexOf('-'));
  const about = instance.slice(machine.length + 1);
  if (machine === 'claim' || machine === 'repair') {
    const claim = await db.selectFrom('claims').select('clock').where('id', '=', about.slice(0, 36)).executeTakeFirst();
    return claim?.clock ?? null;
  }
  if (UUID.test(about)) {
    const account = await db.selectFrom('accounts').select('clock').where('id', '=', about).executeTakeFirst();
    return account?.clock ?? null;
  }
  const receipt = await db.selectFrom('receipts').select('clock').where('id', '=', about).executeTakeFirst();
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
