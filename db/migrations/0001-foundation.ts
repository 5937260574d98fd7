/**
 * The first shape of the database: accounts and what hangs on them, the ledger of receipts, the vault, the engine's
 * read model with its audit and outbox, and what erasure leaves behind.
 *
 * Plain SQL, because a reader should see the tables. No statement here or anywhere asks the database for the time.
 */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const tables = `
create table accounts (
  id uuid primary key,
  number text unique,
  role text check (role in ('manufacturer', 'customer', 'serviceCenter')),
  edition text check (edition in ('standard', 'professional', 'enterprise')),
  agreement_version text,
  clock text,
  token_hash text,
  created_at timestamptz not null,
  erased_at timestamptz
);
create index accounts_clock on accounts (clock) where clock is not null;
create index accounts_token on accounts (token_hash) where token_hash is not null;

create sequence account_number_sequence start 1000001;
create table account_numbers (
  number text primary key,
  account_id uuid not null unique references accounts,
  assigned_at timestamptz not null
);

create table agreement_versions (
  version text primary key,
  text text not null,
  text_hash text not null,
  terms jsonb not null,
  counterparty jsonb not null,
  bank_account jsonb not null,
  effective_at timestamptz not null
);

create table price_lists (
  id text primary key,
  role text not null,
  edition text,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  yearly_amount bigint not null check (yearly_amount >= 0),
  effective_from timestamptz not null,
  effective_until timestamptz,
  account_id uuid references accounts,
  created_at timestamptz not null
);
create index price_lists_in_effect on price_lists (role, edition, effective_from desc);

create table confirmations (
  account_id uuid not null references accounts,
  version text not null,
  text_hash text not null,
  confirmed_at timestamptz not null,
  primary key (account_id, version)
);

create table payment_references (
  reference text primary key,
  order_id text unique,
  account_id uuid references accounts,
  account_number text,
  clock text,
  price_list_id text not null,
  unit_price bigint not null,
  currency text not null,
  counterparty_id text,
  issued_at timestamptz not null
);
create index payment_references_account on payment_references (account_id);

create table orders (
  id text primary key,
  account_id uuid not null references accounts,
  kind text not null check (kind in ('registration', 'renewal')),
  years integer not null check (years >= 1),
  unit_price bigint not null check (unit_price >= 0),
  total bigint not null check (total >= 0),
  currency text not null,
  price_list_id text not null,
  counterparty_id text,
  reference text not null unique,
  issued_at timestamptz not null,
  due_at timestamptz not null,
  status text not null check (status in ('open', 'partlyPaid', 'paid', 'cancelled')),
  received bigint not null check (received >= 0),
  status_at timestamptz not null
);
create index orders_account on orders (account_id);

create table order_allocations (
  n bigint generated always as identity primary key,
  account_id uuid not null references accounts,
  order_id text not null references orders,
  receipt_id text not null,
  amount bigint not null,
  allocated_at timestamptz not null
);
create index order_allocations_order on order_allocations (order_id);
create index order_allocations_account on order_allocations (account_id);

create table account_credits (
  account_id uuid primary key references accounts,
  balance bigint not null check (balance >= 0),
  currency text not null,
  recorded_at timestamptz not null
);

create table receipts (
  id text primary key,
  source text not null check (source in ('operator', 'bank', 'statement')),
  bank_transaction_hash text not null unique,
  bank_transaction_id text,
  amount bigint not null check (amount > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  reference text,
  booked_on date not null,
  clock text,
  state text not null,
  account_id uuid references accounts,
  account_number text,
  order_id text,
  applied bigint not null default 0 check (applied >= 0),
  credited bigint not null default 0 check (credited >= 0),
  refund_due bigint not null default 0 check (refund_due >= 0),
  refund_transaction text,
  reason text,
  recorded_at timestamptz not null
);
create index receipts_state on receipts (state);
create index receipts_account on receipts (account_id) where account_id is not null;
create index receipts_clock on receipts (clock) where clock is not null;

create table service_terms (
  account_id uuid not null references accounts,
  n integer not null,
  order_id text,
  years integer not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  recorded_at timestamptz not null,
  primary key (account_id, n)
);

create table notices (
  id uuid primary key,
  account_id uuid references accounts,
  kind text not null,
  params jsonb not null,
  posted_key text not null unique,
  posted_at timestamptz not null,
  delivered_at timestamptz,
  deletes_at timestamptz,
  certificate_number text,
  mail_sent_at timestamptz,
  mail_message_id text,
  mail_error text
);
create index notices_page on notices (account_id, posted_at desc);

create table statements (
  n bigint generated always as identity primary key,
  account_id uuid not null references accounts,
  paid bigint not null,
  owed bigint not null,
  refunded bigint not null,
  currency text not null,
  stated_at timestamptz not null
);
create index statements_account on statements (account_id);

create table account_ends (
  account_id uuid primary key references accounts,
  reason text not null,
  clause text not null,
  ended_at timestamptz not null
);

create table files (
  account_id uuid not null references accounts,
  digest text not null,
  size bigint not null,
  stored_at timestamptz not null,
  primary key (account_id, digest)
);

create table vault_entries (
  subject text not null,
  name text not null,
  account_id uuid references accounts,
  nonce bytea not null,
  ciphertext bytea not null,
  primary key (subject, name)
);
create index vault_entries_account on vault_entries (account_id) where account_id is not null;

create table instances (
  id text primary key,
  machine text not null,
  version text not null,
  tenant uuid,
  clock text,
  status text not null,
  value jsonb not null,
  tags jsonb not null,
  context jsonb not null,
  output jsonb,
  deadlines jsonb not null,
  next_due_at timestamptz,
  words text not null,
  "references" jsonb not null,
  children jsonb not null,
  sequence bigint not null,
  updated_at timestamptz not null
);
create index instances_tenant on instances (tenant) where tenant is not null;
create index instances_clock on instances (clock) where clock is not null;
create index instances_due on instances (next_due_at) where status = 'active';

create table audit (
  instance text not null,
  sequence bigint not null,
  tenant uuid,
  machine text not null,
  version text not null,
  digest text not null,
  at timestamptz not null,
  recorded_at timestamptz not null,
  causes jsonb not null,
  "from" jsonb,
  "to" jsonb not null,
  effects jsonb not null,
  emitted jsonb not null,
  primary key (instance, sequence)
);
create index audit_tenant on audit (tenant) where tenant is not null;

create table outbox (
  id text primary key,
  position bigint generated always as identity unique,
  kind text not null check (kind in ('message', 'mail')),
  sender text not null,
  sender_machine text,
  receiver text not null,
  receiver_machine text,
  payload jsonb not null,
  tenant uuid,
  clock text,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  last_error text,
  created_at timestamptz not null
);
create index outbox_pair on outbox (kind, sender, receiver, position);
create index outbox_clock on outbox (clock) where clock is not null;

create table clocks (
  name text primary key,
  at timestamptz not null,
  advanced_at timestamptz not null,
  created_at timestamptz not null
);

create sequence certificate_number_sequence start 1000001;
create table certificates (
  number text primary key,
  account_id uuid not null unique references accounts,
  account_number text,
  reason text,
  clause text,
  counts jsonb,
  decided_at timestamptz,
  erased_at timestamptz,
  hash text,
  reserved_at timestamptz not null
);

create table erasures (
  account_id uuid primary key references accounts,
  executions jsonb not null,
  subjects jsonb not null,
  counts jsonb not null
);
`;

/** A dispatcher that listens hears of new rows when their transaction commits. */
const wakeUp = `
create function notify_outbox() returns trigger language plpgsql as $$
begin
  perform pg_notify('outbox', '');
  return null;
end $$;
create trigger outbox_wakes_dispatcher after insert on outbox
  for each statement execute function notify_outbox();
`;

/**
 * The fence, where nobody can forget it: whoever writes a row of an account locks the account's row in share mode first,
 * so erasure's own update waits for writers in flight, and every writer after it is refused.
 */
const fence = `
create function refuse_erased_account() returns trigger language plpgsql as $$
declare erased timestamptz;
begin
  if new.account_id is null then return new; end if;
  select erased_at into erased from accounts where id = new.account_id for share;
  if erased is not null then
    raise exception 'account is erased' using errcode = 'PA001', table = tg_table_name;
  end if;
  return new;
end $$;
`;

const fenced = [
  'account_numbers',
  'price_lists',
  'confirmations',
  'payment_references',
  'orders',
  'order_allocations',
  'account_credits',
  'receipts',
  'service_terms',
  'notices',
  'statements',
  'account_ends',
  'files',
  'vault_entries',
];

/** Creates everything. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(tables).execute(db);
  await sql.raw(wakeUp).execute(db);
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
