/** Where a unit is, as far as it is known: with its owner, and in a claim about it [W4]. A region code, nothing finer. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table unit_owners add column region text`.execute(db);
  await sql`alter table claims add column region text`.execute(db);
}
