/** Commands that write rows and go through no contract are noted, so that a repeated one changes nothing [W1, W4, W5]. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const statements = [
  `create table done_commands (
    account_id uuid not null references accounts,
    command text not null,
    digest text not null,
    done_at timestamptz not null,
    primary key (account_id, command)
  )`,
  `create trigger done_commands_of_living_account before insert or update on done_commands
    for each row execute function refuse_erased_account()`,
];

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
