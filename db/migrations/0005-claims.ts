/**
 * Claims, and the clocks of service levels [W2, W5]. A claim has two parties, each an account: a party that is erased leaves
 * the other one its records, without itself. What a person wrote is in the vault.
 */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const tables = `
create table claims (
  id uuid primary key,
  manufacturer_id uuid references accounts,
  customer_id uuid references accounts,
  clock text,
  serial text not null,
  model_id text not null,
  batch text,
  failed_on date not null,
  opened_at timestamptz not null,
  filed_by text not null check (filed_by in ('customer', 'manufacturer')),
  recovers uuid,
  state text not null,
  round text not null,
  outcome text,
  duplicate_of uuid,
  dead_on_arrival boolean not null,
  signals jsonb not null,
  information jsonb not null,
  state_at timestamptz not null,
  closed_at timestamptz
);
create index claims_manufacturer on claims (manufacturer_id, opened_at desc);
create index claims_customer on claims (customer_id, opened_at desc) where customer_id is not null;
create index claims_unit on claims (manufacturer_id, serial);

create table claim_lines (
  claim_id uuid not null references claims on delete cascade,
  line_id text not null,
  n integer not null,
  component text,
  cause text not null,
  usage jsonb not null,
  shares jsonb,
  reasons jsonb not null,
  needs jsonb not null,
  repeat_of uuid,
  verdict text,
  goodwill bigint not null,
  refusal text,
  round text,
  decided_by text,
  approved_by text,
  decided_at timestamptz,
  primary key (claim_id, line_id)
);
create index claim_lines_component on claim_lines (component);

create table claim_decisions (
  claim_id uuid not null references claims on delete cascade,
  n integer not null,
  line_id text not null,
  round text not null,
  verdict text not null,
  shares jsonb not null,
  goodwill bigint not null,
  refusal text,
  decided_by text not null,
  approved_by text,
  decided_at timestamptz not null,
  primary key (claim_id, n)
);

create table claim_evidence (
  claim_id uuid not null references claims on delete cascade,
  sha256 text not null,
  account_id uuid references accounts,
  added_at timestamptz not null,
  primary key (claim_id, sha256)
);
create index claim_evidence_sha256 on claim_evidence (sha256);

create table clock_entries (
  subject_kind text not null check (subject_kind in ('claim', 'repair')),
  subject_id text not null,
  clock text not null,
  n integer not null,
  at timestamptz not null,
  kind text not null check (kind in ('start', 'pause', 'resume', 'stop')),
  reason text,
  primary key (subject_kind, subject_id, clock, n)
);

create table clock_levels (
  subject_kind text not null,
  subject_id text not null,
  clock text not null,
  level jsonb not null,
  primary key (subject_kind, subject_id, clock)
);

create table clock_thresholds (
  subject_kind text not null,
  subject_id text not null,
  clock text not null,
  kind text not null check (kind in ('reminder', 'target', 'escalation')),
  duration text not null,
  to_account uuid references accounts,
  to_operator boolean not null,
  reached_at timestamptz not null,
  primary key (subject_kind, subject_id, clock, kind, duration)
);
create index clock_thresholds_operator on clock_thresholds (reached_at desc) where to_operator;

create table service_levels (
  account_id uuid not null references accounts,
  name text not null check (name in ('claimDecision', 'repairTurnaround')),
  policy_id text not null,
  level jsonb not null,
  published_at timestamptz not null,
  primary key (account_id, name, policy_id)
);
create trigger service_levels_of_living_account before insert or update on service_levels
  for each row execute function refuse_erased_account();
`;

/**
 * A party that comes into a claim has to be living, and an erasure waits for whoever writes one. Who is there already may be
 * fenced: of two parties that are erased at once the first is cut out while the other still stands there.
 */
const fence = `
create function refuse_erased_party() returns trigger language plpgsql as $$
declare erased timestamptz;
begin
  select max(erased_at) into erased from (
    select erased_at from accounts
    where id in (new.manufacturer_id, new.customer_id)
      and not coalesce(id = any (array[old.manufacturer_id, old.customer_id]), false)
    order by id for share
  ) as parties;
  if erased is not null then
    raise exception 'account is erased' using errcode = 'PA001', table = tg_table_name;
  end if;
  return new;
end $$;
create trigger claims_of_living_parties before insert or update of manufacturer_id, customer_id on claims
  for each row execute function refuse_erased_party();
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
  await sql.raw(fence).execute(db);
}
