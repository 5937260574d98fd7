/** Reasons for which the platform has suspended a subscription, and when each was remedied [V1, W7]. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const table = `
create table account_suspensions (
  account_id uuid not null references accounts,
  reason text not null,
  since timestamptz not null,
  lifted_at timestamptz,
  primary key (account_id, reason, since)
);
create trigger account_suspensions_of_living_account before insert or update on account_suspensions
  for each row execute function refuse_erased_account();
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(table).execute(db);
}
