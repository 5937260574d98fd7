/**
 * The audit as something to read and to wait on: what a step passed through, led to and sent; which step an event caused;
 * and a word to those who listen when steps are stored.
 */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const columns = `
alter table audit
  add column status text not null default 'active',
  add column passed jsonb not null default '{"states":[],"tags":[]}',
  add column tags jsonb not null default '[]',
  add column words text not null default '',
  add column "references" jsonb not null default '[]',
  add column messages jsonb not null default '[]';
create index audit_event on audit (instance, (causes->0->>'id')) where causes->0->>'kind' = 'event';
`;

/** One for each commit: the instance's row is written once in it. */
const notify = `
create function notify_steps() returns trigger language plpgsql as $$
begin
  perform pg_notify('steps', new.id);
  return null;
end $$;
create trigger steps_wake_readers after insert or update on instances
  for each row execute function notify_steps();
`;

export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(columns).execute(db);
  await sql.raw(notify).execute(db);
}
