/** A line that was refused, as a duplicate or a fraud, is no failure [D1]: those that were counted are not any more. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const statements = [
  `update claim_facts set is_failure = false, first_of_unit = false, first_of_component = false
    where is_failure and verdict = 'refused'`,
  `with ordered as (
    select account_id, claim_id, line_id,
      row_number() over (partition by account_id, serial order by failed_on, claim_id, line_id) = 1 as of_unit,
      row_number() over (partition by account_id, serial, component order by failed_on, claim_id, line_id) = 1 as of_component
    from claim_facts where is_failure
  )
  update claim_facts fact set first_of_unit = of_unit, first_of_component = of_component
    from ordered where (fact.account_id, fact.claim_id, fact.line_id) = (ordered.account_id, ordered.claim_id, ordered.line_id)
      and (first_of_unit, first_of_component) is distinct from (of_unit, of_component)`,
];

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
