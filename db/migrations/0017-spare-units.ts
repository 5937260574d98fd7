/**
 * A unit that a repair gives beside the one that is repaired is that repair's: to be lent, to be sent in advance or in exchange. A unit
 * need not be registered to be sent, so that this is a table of its own and not a column of `units` [W4].
 */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const statements = [
  `create table spare_units (
    account_id uuid not null references accounts,
    serial text not null,
    repair_id text not null,
    purpose text not null check (purpose in ('loaner', 'replacement', 'exchange')),
    primary key (account_id, serial)
  )`,
  `insert into spare_units select account_id, serial, lent_to, 'loaner' from units where lent_to is not null`,
  'alter table units drop column lent_to',
  `create trigger spare_units_of_living_account before insert or update on spare_units
    for each row execute function refuse_erased_account()`,
  // An exchange left out who had given the document of the sale.
  `update unit_owners owner set proof_by = former.proof_by
    from unit_exchanges exchange, unit_owners former
    where owner.account_id = exchange.account_id and owner.serial = exchange.new_serial
      and former.account_id = exchange.account_id and former.serial = exchange.serial and former.n = owner.n
      and owner.proof = former.proof and owner.proof_by is null and former.proof_by is not null`,
];

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
