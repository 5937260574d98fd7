/**
 * How many parts were used in a month, by model and component, kept by whoever writes a part's use: a forecast learns from all
 * that were ever used, and a year of them is much longer than its twelve counts [D1].
 */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const counted = `
  select account_id, date_trunc('month', used_on)::date, model_number, component_number, part_number, sum(quantity)`;

const statements = [
  `create table part_counts (
    account_id uuid not null references accounts,
    month date not null,
    model_number integer not null,
    component_number integer,
    part_number integer not null,
    quantity bigint not null check (quantity > 0),
    unique nulls not distinct (account_id, month, model_number, component_number, part_number)
  )`,
  `insert into part_counts ${counted} from part_facts
    where account_id in (select id from accounts where erased_at is null) group by 1, 2, 3, 4, 5`,
  // In one order, so that two writers of the same parts cannot wait for each other.
  `create function count_used_parts() returns trigger language plpgsql as $$
  begin
    insert into part_counts ${counted} from used group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
    on conflict (account_id, month, model_number, component_number, part_number)
      do update set quantity = part_counts.quantity + excluded.quantity;
    return null;
  end $$`,
  `create trigger parts_are_counted after insert on part_facts
    referencing new table as used for each statement execute function count_used_parts()`,
  `create trigger part_counts_of_living_account before insert or update on part_counts
    for each row execute function refuse_erased_account()`,
];

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
