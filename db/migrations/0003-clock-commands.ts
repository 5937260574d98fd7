/** What a test clock was made by: the command's id and what it asked, so that a repeated request is known as one. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const columns = `
alter table clocks
  add column command text unique,
  add column asked text;
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(columns).execute(db);
}
