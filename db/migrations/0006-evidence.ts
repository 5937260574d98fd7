/**
 * Evidence: a file is known by the digest of what was uploaded, once for each account, and has a media type. Nothing wrote
 * to the table before, so it has no rows. An owner's proof says who gave it, and so in whose account the document is.
 */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const columns = `
alter table files
  add column sha256 text not null,
  add column media_type text not null,
  add constraint files_sha256 unique (account_id, sha256);

alter table unit_owners
  add column proof_by text check (proof_by in ('manufacturer', 'customer'));
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(columns).execute(db);
}
