/** What customers pay is a fact of the repair that they accepted to pay, not of their claim's decision, where it was always 0 [D1]. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const statements = [
  'drop index claim_facts_decisions',
  'alter table claim_facts drop column charged',
  `create index claim_facts_decisions on claim_facts (account_id, decided_on)
    include (model_number, component_number, batch_number, currency_number, age_days, decided_month, paid, level_kept)`,
  'drop index repair_facts_finished',
  'alter table repair_facts add column charged bigint not null default 0 check (charged >= 0)',
  'alter table repair_facts alter column charged drop default',
  `update repair_facts fact set charged = debt.amount from repair_charges debt
    where debt.repair_id = fact.repair_id and debt.kind = 'quotation' and debt.currency = fact.currency
      and fact.account_id in (select id from accounts where erased_at is null)`,
  `create index repair_facts_finished on repair_facts (account_id, finished_on)
    include (model_number, component_number, batch_number, currency_number, age_days, finished_month, turnaround_minutes,
      failed_tests, outcome, again_after_days, parts_cost, labour_cost, shipping_cost, charged, level_kept)`,
];

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
