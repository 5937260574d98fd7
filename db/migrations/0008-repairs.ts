/**
 * Repair orders [W4, W6]: their records, the service centers that may be asked, and units that took another one's place. A
 * repair has up to three parties, each an account: one that is erased leaves the others their records, without itself.
 */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const tables = `
create table repairs (
  id text primary key,
  claim_id uuid not null,
  n integer not null check (n >= 1),
  clock text,
  manufacturer_id uuid references accounts,
  customer_id uuid references accounts,
  center_id uuid references accounts,
  rma text,
  serial text not null,
  model_id text not null,
  state text not null,
  place text not null,
  finding text,
  failed_tests integer not null,
  outcome text,
  ordered_at timestamptz not null,
  state_at timestamptz not null,
  closed_at timestamptz
);
create index repairs_claim on repairs (claim_id);
create index repairs_manufacturer on repairs (manufacturer_id, ordered_at desc) where manufacturer_id is not null;
create index repairs_customer on repairs (customer_id, ordered_at desc) where customer_id is not null;
create index repairs_center on repairs (center_id, ordered_at desc) where center_id is not null;

create sequence rma_number_sequence start 10000001;
create table rma_numbers (
  number text primary key,
  repair_id text not null unique
);

create table repair_assignments (
  n bigint generated always as identity primary key,
  repair_id text not null references repairs on delete cascade,
  center_id uuid references accounts,
  state text not null,
  at timestamptz not null
);
create index repair_assignments_repair on repair_assignments (repair_id, n);
create index repair_assignments_center on repair_assignments (center_id) where center_id is not null;

create table repair_quotations (
  repair_id text not null references repairs on delete cascade,
  n integer not null,
  currency text not null,
  costs jsonb not null,
  total bigint not null check (total >= 0),
  state text not null,
  at timestamptz not null,
  primary key (repair_id, n)
);

create table repair_charges (
  repair_id text not null references repairs on delete cascade,
  kind text not null check (kind in ('quotation', 'unreturnedUnit', 'unreturnedLoaner')),
  amount bigint not null check (amount > 0),
  currency text not null,
  at timestamptz not null,
  primary key (repair_id, kind)
);

create table repair_parts (
  repair_id text not null references repairs on delete cascade,
  part_id text not null,
  component text not null,
  state text not null,
  at timestamptz not null,
  primary key (repair_id, part_id)
);

create table service_centers (
  account_id uuid primary key references accounts,
  region text not null,
  capacity integer not null check (capacity >= 0),
  declared_at timestamptz not null
);

create table service_center_models (
  account_id uuid not null references service_centers on delete cascade,
  manufacturer_id uuid not null references accounts,
  model_id text not null,
  primary key (account_id, manufacturer_id, model_id)
);
create index service_center_models_model on service_center_models (manufacturer_id, model_id);

create table authorised_centers (
  account_id uuid not null references accounts,
  center_id uuid not null references accounts,
  authorised_at timestamptz not null,
  primary key (account_id, center_id)
);
create index authorised_centers_center on authorised_centers (center_id);

create table unit_exchanges (
  account_id uuid not null references accounts,
  serial text not null,
  new_serial text not null,
  repair_id text not null,
  exchanged_at timestamptz not null,
  primary key (account_id, serial, new_serial)
);
create index unit_exchanges_new on unit_exchanges (account_id, new_serial);
`;

/**
 * All parties have to be living, and an erasure waits for whoever writes one. Where a party is cut out, only who comes has to
 * be: of parties that are erased at once the first is cut out while the others still stand there.
 */
const fence = `
create function refuse_erased_accounts() returns trigger language plpgsql as $$
declare
  erased timestamptz;
  names constant text[] := array['account_id', 'manufacturer_id', 'customer_id', 'center_id'];
  present uuid[] := array(select value::uuid from jsonb_each_text(to_jsonb(new)) where key = any (names) and value is not null);
  before uuid[] := array(select value::uuid from jsonb_each_text(to_jsonb(old)) where key = any (names) and value is not null);
begin
  select max(erased_at) into erased from (
    select erased_at from accounts
    where id = any (present) and (cardinality(before) <= cardinality(present) or id <> all (before))
    order by id for share
  ) as parties;
  if erased is not null then
    raise exception 'account is erased' using errcode = 'PA001', table = tg_table_name;
  end if;
  return new;
end $$;
`;

const fenced = [
  'repairs',
  'repair_assignments',
  'service_centers',
  'service_center_models',
  'authorised_centers',
  'unit_exchanges',
];

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
  await sql.raw(fence).execute(db);
  for (const table of fenced) {
    await sql
      .raw(
        `create trigger ${table}_of_living_accounts before insert or update on ${table}
           for each row execute function refuse_erased_accounts()`,
      )
      .execute(db);
  }
}
