/**
 * An order knows by which step of its contract it was recorded, so that a repeated application is answered with its own [R2, C8].
 * The contract records one order a step, in the order of their issue.
 */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table orders add column step integer`.execute(db);
  await sql`
    with issued as (
      select id, account_id, row_number() over (partition by account_id order by issued_at, length(id), id) as n from orders
    ), recorded as (
      select instance, sequence, row_number() over (partition by instance order by sequence) as n
      from audit where machine = 'subscription' and effects ? 'recordOrder'
    )
    update orders set step = recorded.sequence from issued
    join recorded on recorded.instance = 'subscription-' || issued.account_id and recorded.n = issued.n
    where orders.id = issued.id`.execute(db);
  await sql`alter table orders alter column step set not null`.execute(db);
}
