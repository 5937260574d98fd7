/** The edition that an order is of, upgrades, and what becomes of each change of an account's edition [E2]. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const change = `
alter table orders add column edition text;
alter table orders add column replaces text;
update orders set edition = accounts.edition from accounts where accounts.id = orders.account_id;
alter table orders drop constraint orders_kind_check;
alter table orders drop constraint orders_years_check;
alter table orders drop constraint orders_status_check;
alter table orders add constraint orders_kind_check check (kind in ('registration', 'renewal', 'upgrade'));
alter table orders add constraint orders_years_check check ((kind = 'upgrade') = (years = 0) and years >= 0);
alter table orders add constraint orders_status_check
  check (status in ('open', 'partlyPaid', 'paid', 'cancelled', 'lapsed'));
alter table orders add constraint orders_replaces_check check ((kind = 'upgrade') = (replaces is not null));

create table edition_changes (
  account_id uuid not null references accounts,
  n integer not null,
  step integer not null,
  kind text not null check (kind in ('upgrade', 'downgrade')),
  from_edition text not null,
  to_edition text not null,
  order_id text,
  state text not null check (state in ('requested', 'agreed', 'done', 'withdrawn', 'lapsed', 'unpriced')),
  effective_at timestamptz,
  requested_at timestamptz not null,
  state_at timestamptz not null,
  primary key (account_id, n)
);
create trigger edition_changes_of_living_account before insert or update on edition_changes
  for each row execute function refuse_erased_account();
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(change).execute(db);
}
