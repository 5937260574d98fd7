/** Units that repairs give beside the one that is repaired: which repair has which, for what [W4]. Under the lock of the unit. */
import type { Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type { SpareUnitsTable } from './schema.ts';

export type SpareUnitRow = Selectable<SpareUnitsTable>;

export function findSpareUnit(db: Db, accountId: string, serial: string): Promise<SpareUnitRow | undefined> {
  return db
    .selectFrom('spare_units')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('serial', '=', serial)
    .executeTakeFirst();
}

export async function putSpareUnit(trx: Trx, row: SpareUnitRow): Promise<void> {
  const { repair_id, purpose } = row;
  await trx
    .insertInto('spare_units')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'serial']).doUpdateSet({ repair_id, purpose }))
    .execute();
}

export async function deleteSpareUnit(trx: Trx, accountId: string, serial: string): Promise<void> {
  await trx.deleteFrom('spare_units').where('account_id', '=', accountId).where('serial', '=', serial).execute();
}
