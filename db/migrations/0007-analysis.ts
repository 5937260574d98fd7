/**
 * Data analysis [D1]: facts that decided claims and finished repairs leave behind, narrow and without personal data, and how
 * many units came into use on which day. All of it belongs to the manufacturer's account.
 */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/** The day from which a unit is in use: the first of these that is known. */
const inUse = `
create function unit_in_use_from(dates jsonb) returns date language sql immutable parallel safe as $$
  select coalesce(
    dates->>'installation', dates->>'receipt', dates->>'proofOfPurchase', dates->>'shipment', dates->>'registration'
  )::date
$$;
`;

const tables = `
create table claim_facts (
  account_id uuid not null references accounts,
  claim_id text not null,
  line_id text not null,
  serial text not null,
  model_id text not null,
  component text,
  batch text,
  in_use_from date,
  failed_on date not null,
  opened_at timestamptz not null,
  decided_at timestamptz not null,
  decided_on date not null,
  cause text not null,
  outcome text not null,
  verdict text not null,
  paid bigint not null check (paid >= 0),
  charged bigint not null check (charged >= 0),
  currency text not null,
  level_kept boolean,
  repeat_of text,
  is_failure boolean not null,
  first_of_unit boolean not null default false,
  first_of_component boolean not null default false,
  age_days integer generated always as (greatest(failed_on - in_use_from, 0)) stored,
  failed_month integer generated always as
    ((extract(year from failed_on) * 12 + extract(month from failed_on) - 1)::integer) stored,
  decided_month integer generated always as
    ((extract(year from decided_on) * 12 + extract(month from decided_on) - 1)::integer) stored,
  primary key (account_id, claim_id, line_id)
);
create index claim_facts_unit on claim_facts (account_id, serial);
create index claim_facts_failures on claim_facts (account_id, failed_on)
  include (model_id, component, batch, in_use_from, age_days, failed_month, first_of_unit, first_of_component)
  where is_failure;
create index claim_facts_without_day on claim_facts (account_id, failed_on) include (model_id, component, batch)
  where is_failure and (in_use_from is null or in_use_from < date '1970-01-01');
create index claim_facts_decisions on claim_facts (account_id, decided_on)
  include (model_id, component, batch, age_days, decided_month, paid, charged, currency, level_kept);

create table repair_facts (
  account_id uuid not null references accounts,
  repair_id text not null,
  claim_id text,
  serial text not null,
  model_id text not null,
  component text,
  batch text,
  in_use_from date,
  authorised_at timestamptz not null,
  received_at timestamptz,
  finished_at timestamptz not null,
  finished_on date not null,
  failed_tests integer not null check (failed_tests >= 0),
  outcome text not null,
  parts_cost bigint not null check (parts_cost >= 0),
  labour_cost bigint not null check (labour_cost >= 0),
  shipping_cost bigint not null check (shipping_cost >= 0),
  currency text not null,
  level_kept boolean,
  again_after_days integer,
  turnaround_minutes integer generated always as
    ((extract(epoch from finished_at - received_at) / 60)::integer) stored,
  age_days integer generated always as (greatest(finished_on - in_use_from, 0)) stored,
  finished_month integer generated always as
    ((extract(year from finished_on) * 12 + extract(month from finished_on) - 1)::integer) stored,
  primary key (account_id, repair_id)
);
create index repair_facts_unit on repair_facts (account_id, serial);
create index repair_facts_finished on repair_facts (account_id, finished_on)
  include (model_id, component, batch, age_days, finished_month, turnaround_minutes, failed_tests, outcome,
    again_after_days, parts_cost, labour_cost, shipping_cost, currency, level_kept);

create table part_facts (
  account_id uuid not null references accounts,
  repair_id text not null,
  part text not null,
  model_id text not null,
  component text,
  batch text,
  used_on date not null,
  quantity integer not null check (quantity > 0),
  primary key (account_id, repair_id, part),
  foreign key (account_id, repair_id) references repair_facts
);
create index part_facts_used on part_facts (account_id, used_on) include (model_id, component, batch, part, quantity);

create table unit_cohorts (
  account_id uuid not null references accounts,
  model_id text not null,
  batch text,
  in_use_from date,
  units integer not null check (units >= 0),
  unique nulls not distinct (account_id, model_id, batch, in_use_from)
);
`;

/**
 * Whoever writes a unit counts it, in the same transaction, and in one order, so that two writers cannot wait for each other.
 * Units are deleted by erasures only, which delete the counts too. A day that is corrected is corrected in the facts.
 */
const counting = `
insert into unit_cohorts
  select account_id, model_id, batch, unit_in_use_from(dates), count(*) from units group by 1, 2, 3, 4;

create function count_new_units() returns trigger language plpgsql as $$
begin
  insert into unit_cohorts
    select account_id, model_id, batch, unit_in_use_from(dates), count(*) from new_units
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (account_id, model_id, batch, in_use_from) do update set units = unit_cohorts.units + excluded.units;
  return null;
end $$;
create trigger units_are_counted after insert on units
  referencing new table as new_units for each statement execute function count_new_units();

create function count_changed_units() returns trigger language plpgsql as $$
declare moved record;
begin
  for moved in
    select account_id, model_id, batch, day, sum(n) as n from (
      select account_id, model_id, batch, unit_in_use_from(dates) as day, 1 as n from new_units
      union all
      select account_id, model_id, batch, unit_in_use_from(dates), -1 from old_units
    ) moves group by 1, 2, 3, 4 having sum(n) <> 0 order by 1, 2, 3, 4
  loop
    if moved.n > 0 then
      insert into unit_cohorts values (moved.account_id, moved.model_id, moved.batch, moved.day, moved.n)
      on conflict (account_id, model_id, batch, in_use_from) do update set units = unit_cohorts.units + excluded.units;
    else
      update unit_cohorts set units = units + moved.n
      where account_id = moved.account_id and model_id = moved.model_id
        and batch is not distinct from moved.batch and in_use_from is not distinct from moved.day;
    end if;
  end loop;
  update claim_facts set in_use_from = unit_in_use_from(unit.dates) from new_units unit
  where claim_facts.account_id = unit.account_id and claim_facts.serial = unit.serial
    and in_use_from is distinct from unit_in_use_from(unit.dates);
  update repair_facts set in_use_from = unit_in_use_from(unit.dates) from new_units unit
  where repair_facts.account_id = unit.account_id and repair_facts.serial = unit.serial
    and in_use_from is distinct from unit_in_use_from(unit.dates);
  return null;
end $$;
create trigger units_are_counted_anew after update on units
  referencing old table as old_units new table as new_units
  for each statement execute function count_changed_units();
`;

const fenced = ['claim_facts', 'repair_facts', 'part_facts', 'unit_cohorts'];

export async function up(db: Kysely<never>): Promise<void> {
  for (const part of [inUse, tables, counting]) await sql.raw(part).execute(db);
  for (const table of fenced) {
    await sql
      .raw(
        `create trigger ${table}_of_living_account before insert or update on ${table}
           for each row execute function refuse_erased_account()`,
      )
      .execute(db);
  }
}
