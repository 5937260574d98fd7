/** A unit says which repair it was last lent to, so that two do not lend it at once [W4]. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table units add column lent_to text`.execute(db);
  await sql`
    update units set lent_to = repairs.id from repairs
    join instances on instances.id = 'repair-' || repairs.id
    where instances.context -> 'loaner' ->> 'state' = 'out' and instances.status = 'active'
      and units.account_id = repairs.manufacturer_id and units.serial = instances.context -> 'loaner' ->> 'serial'`.execute(
    db,
  );
}
