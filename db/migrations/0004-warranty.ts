/**
 * Warranty management [W1]: product models, policies, campaigns, units with their owners and extensions. All of it belongs to the
 * manufacturer's account; an owner is a customer's account, or somebody of whom the platform knows nothing.
 */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const tables = `
create table product_models (
  account_id uuid not null references accounts,
  id text not null,
  name text not null,
  components jsonb not null,
  created_at timestamptz not null,
  primary key (account_id, id)
);

create table warranty_policies (
  account_id uuid not null references accounts,
  id text not null,
  policy jsonb not null,
  published_at timestamptz not null,
  primary key (account_id, id)
);

create table warranty_campaigns (
  account_id uuid not null references accounts,
  id text not null,
  campaign jsonb not null,
  published_at timestamptz not null,
  primary key (account_id, id)
);

create table units (
  account_id uuid not null references accounts,
  serial text not null,
  model_id text not null,
  batch text,
  dates jsonb not null,
  replacements jsonb not null,
  created_at timestamptz not null,
  primary key (account_id, serial),
  foreign key (account_id, model_id) references product_models
);
create index units_model on units (account_id, model_id, batch);

create table unit_owners (
  account_id uuid not null references accounts,
  serial text not null,
  n integer not null check (n >= 1),
  owner_id uuid references accounts,
  since date not null,
  proof jsonb,
  command text not null,
  recorded_at timestamptz not null,
  primary key (account_id, serial, n),
  foreign key (account_id, serial) references units
);
create index unit_owners_owner on unit_owners (owner_id) where owner_id is not null;

create table warranty_extensions (
  account_id uuid not null references accounts,
  serial text not null,
  id text not null,
  extension jsonb not null,
  recorded_at timestamptz not null,
  primary key (account_id, serial, id),
  foreign key (account_id, serial) references units
);
`;

/** Two accounts may be named in a row: both have to be living, and an erasure waits for whoever writes one. */
const fence = `
create function refuse_erased_owner() returns trigger language plpgsql as $$
declare erased timestamptz;
begin
  if new.owner_id is null then return new; end if;
  select erased_at into erased from accounts where id = new.owner_id for share;
  if erased is not null then
    raise exception 'account is erased' using errcode = 'PA001', table = tg_table_name;
  end if;
  return new;
end $$;
create trigger unit_owners_of_living_owner before insert or update on unit_owners
  for each row execute function refuse_erased_owner();
-- Not on update: a customer is cut out of its units also while their manufacturer is being erased.
create trigger unit_owners_of_living_account before insert on unit_owners
  for each row execute function refuse_erased_account();
`;

const fenced = ['product_models', 'warranty_policies', 'warranty_campaigns', 'units', 'warranty_extensions'];

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
  await sql.raw(fence).execute(db);
  for (const table of fenced) {
    await sql
      .raw(
        `create trigger ${table}_of_living_account before insert or update on ${table}
           for each row execute function refuse_erased_account()`,
      )
      .execute(db);
  }
}
