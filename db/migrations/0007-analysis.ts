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

/**
 * Numbers of the names by which facts are told apart: indexes carry numbers, which take two thirds of the time to group by. A name has
 * one number, whatever it is the name of.
 */
const names = `
create table fact_names (
  number integer primary key generated always as identity,
  account_id uuid not null references accounts,
  name text not null,
  unique (account_id, name)
);
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
  model_number integer not null,
  component_number integer,
  batch_number integer,
  currency_number integer not null,
  age_days integer generated always as (greatest(failed_on - in_use_from, 0)) stored,
  failed_month integer generated always as
    ((extract(year from failed_on) * 12 + extract(month from failed_on) - 1)::integer) stored,
  decided_month integer generated always as
    ((extract(year from decided_on) * 12 + extract(month from decided_on) - 1)::integer) stored,
  primary key (account_id, claim_id, line_id)
);
create index claim_facts_unit on claim_facts (account_id, serial);
create index claim_facts_failures on claim_facts (account_id, failed_on)
  include (model_number, component_number, batch_number, in_use_from, age_days, failed_month, first_of_unit,
    first_of_component)
  where is_failure;
create index claim_facts_without_day on claim_facts (account_id, failed_on)
  include (model_number, component_number, batch_number)
  where is_failure and (in_use_from is null or in_use_from < date '1970-01-01');
create index claim_facts_decisions on claim_facts (account_id, decided_on)
  include (model_number, component_number, batch_number, currency_number, age_days, decided_month, paid, charged,
    level_kept);

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
  model_number integer not null,
  component_number integer,
  batch_number integer,
  currency_number integer not null,
  turnaround_minutes integer generated always as
    ((extract(epoch from finished_at - received_at) / 60)::integer) stored,
  age_days integer generated always as (greatest(finished_on - in_use_from, 0)) stored,
  finished_month integer generated always as
    ((extract(year from finished_on) * 12 + extract(month from finished_on) - 1)::integer) stored,
  primary key (account_id, repair_id)
);
create index repair_facts_unit on repair_facts (account_id, serial);
create index repair_facts_finished on repair_facts (account_id, finished_on)
  include (model_number, component_number, batch_number, currency_number, age_days, finished_month, turnaround_minutes,
    failed_tests, outcome, again_after_days, parts_cost, labour_cost, shipping_cost, level_kept);

create table part_facts (
  account_id uuid not null references accounts,
  repair_id text not null,
  part text not null,
  model_id text not null,
  component text,
  batch text,
  used_on date not null,
  quantity integer not null check (quantity > 0),
  model_number integer not null,
  component_number integer,
  part_number integer not null,
  batch_number integer,
  primary key (account_id, repair_id, part),
  foreign key (account_id, repair_id) references repair_facts
);
create index part_facts_used on part_facts (account_id, used_on)
  include (model_number, component_number, batch_number, part_number, quantity);

create table unit_cohorts (
  account_id uuid not null references accounts,
  model_id text not null,
  batch text,
  in_use_from date,
  units integer not null check (units >= 0),
  unique nulls not distinct (account_id, model_id, batch, in_use_from)
);
`;

/** Whoever writes a fact, its names have their numbers. Two that bring the same new name wait for each other. */
const numbering = `
create function number_of_name(account uuid, wanted text) returns integer language plpgsql as $$
declare found integer;
begin
  if wanted is null then return null; end if;
  select number into found from fact_names where account_id = account and name = wanted;
  if found is null then
    insert into fact_names (account_id, name) values (account, wanted)
    on conflict (account_id, name) do update set name = excluded.name returning number into found;
  end if;
  return found;
end $$;

create function number_fact() returns trigger language plpgsql as $$
begin
  new.model_number = number_of_name(new.account_id, new.model_id);
  new.component_number = number_of_name(new.account_id, new.component);
  new.batch_number = number_of_name(new.account_id, new.batch);
  if tg_table_name = 'part_facts' then new.part_number = number_of_name(new.account_id, new.part);
  else new.currency_number = number_of_name(new.account_id, new.currency);
  end if;
  return new;
end $$;
create trigger claim_facts_with_numbers before insert or update of model_id, component, batch, currency on claim_facts
  for each row execute function number_fact();
create trigger repair_facts_with_numbers before insert or update of model_id, component, batch, currency on repair_facts
  for each row execute function number_fact();
create trigger part_facts_with_numbers before insert or update of model_id, component, batch, part on part_facts
  for each row execute function number_fact();
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

const fenced = ['fact_names', 'claim_facts', 'repair_facts', 'part_facts', 'unit_cohorts'];

export async function up(db: Kysely<never>): Promise<void> {
  for (const part of [inUse, names, tables, numbering, counting]) await sql.raw(part).execute(db);
  for (const table of fenced) {
    await sql
      .raw(
        `create trigger ${table}_of_living_account before insert or update on ${table}
           for each row execute function refuse_erased_account()`,
      )
      .execute(db);
  }
}
