/** What a repair leaves on a unit: warranties of parts, and another serial number with the facts of the first [W6]. */
import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type { Instant, Json, UnitExchangesTable } from './schema.ts';
import { findUnit } from './warranty.ts';

/** One that is there already, by its id, stays as it is. A unit that is gone has no warranty either. */
export async function addReplacement(
  trx: Trx,
  accountId: string,
  serial: string,
  replacement: { readonly id: string },
): Promise<void> {
  const unit = await findUnit(trx, accountId, serial);
  const known = (unit?.replacements ?? []) as readonly { readonly id: string }[];
  if (!unit || known.some(({ id }) => id === replacement.id)) return;
  await trx
    .updateTable('units')
    .set({ replacements: JSON.stringify([...known, replacement]) })
    .where('account_id', '=', accountId)
    .where('serial', '=', serial)
    .execute();
}

/**
 * The new unit is there with the facts of the old one: batch, dates, owners, extensions and warranties of parts. The old
 * one keeps its own, and both say which took whose place.
 */
export async function exchangeUnit(
  trx: Trx,
  exchange: { accountId: string; serial: string; newSerial: string; repairId: string; at: Instant },
): Promise<void> {
  const { accountId, serial, newSerial, repairId, at } = exchange;
  const unit = await findUnit(trx, accountId, serial);
  if (!unit) return;
  const facts = { dates: JSON.stringify(unit.dates), replacements: JSON.stringify(unit.replacements as Json) };
  await trx
    .insertInto('units')
    .values({
      ...facts,
      account_id: accountId,
      serial: newSerial,
      model_id: unit.model_id,
      batch: unit.batch,
      created_at: at,
    })
    .onConflict((conflict) => conflict.columns(['account_id', 'serial']).doUpdateSet(facts))
    .execute();
  await sql`
    insert into unit_owners (account_id, serial, n, owner_id, since, region, proof, proof_by, command, recorded_at)
    select account_id, ${newSerial}, n, owner_id, since, region, proof, proof_by, command, recorded_at
    from unit_owners where account_id = ${accountId} and serial = ${serial}
    on conflict do nothing`.execute(trx);
  await sql`
    insert into warranty_extensions (account_id, serial, id, extension, recorded_at)
    select account_id, ${newSerial}, id, extension, recorded_at
    from warranty_extensions where account_id = ${accountId} and serial = ${serial}
    on conflict do nothing`.execute(trx);
  await trx
    .insertInto('unit_exchanges')
    .values({ account_id: accountId, serial, new_serial: newSerial, repair_id: repairId, exchanged_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** In which this serial number is the old or the new one, oldest first. */
export function listExchanges(db: Db, accountId: string, serial: string): Promise<Selectable<UnitExchangesTable>[]> {
  return db
    .selectFrom('unit_exchanges')
    .selectAll()
    .where('account_id', '=', accountId)
    .where((eb) => eb.or([eb('serial', '=', serial), eb('new_serial', '=', serial)]))
    .orderBy('exchanged_at')
    .execute();
}
