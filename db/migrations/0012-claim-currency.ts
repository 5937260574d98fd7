/** A claim's amounts have a currency: that of its terms. Those filed before were under terms that had only one [W2]. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table claims add column currency text not null default 'CNY'`.execute(db);
  await sql`alter table claims alter column currency drop default`.execute(db);
}
