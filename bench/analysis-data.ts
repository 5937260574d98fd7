/**
 * A generated company for `npm run bench:analysis`: the same facts for the same number, put in set by set. Every value is
 * taken from a hash of its row's number, so that order and parallelism of the server do not matter.
 */
import { sql } from 'kysely';
import { insertAccount } from '../db/accounts.ts';
import { bringUpToDate } from '../db/analysis.ts';
import type { Db } from '../db/database.ts';

export interface Company {
  readonly accountId: string;
  readonly claims: number;
  /** Units for each claim. */
  readonly unitsPerClaim: number;
}

const shape = { models: 20, batches: 500, components: 15, parts: 40, firstDay: '2022-01-01', days: 1700 };

/** A number from 0 to below 1 that belongs to a row and a purpose. */
const chance = (n: string, purpose: string) =>
  `((hashtext(${n}::text || '${purpose}')::bigint + 2147483648)::float8 / 4294967296)`;

const CHUNK = 100_000;
const CLOCK = 'bench';
/** The present of the company, just after its last facts. */
const PRESENT = '2026-09-01T00:00:00.000Z';

/** A manufacturer of the edition Enterprise whose service is on, as its registration and contract would have written it. */
export async function enter(db: Db, account: { accountId: string; tokenHash: string }): Promise<void> {
  const { version } = await db.selectFrom('agreement_versions').select('version').executeTakeFirstOrThrow();
  const now = new Date().toISOString();
  await db
    .insertInto('clocks')
    .values({ name: CLOCK, at: PRESENT, advanced_at: now, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await insertAccount(db, {
    id: account.accountId,
    role: 'manufacturer',
    edition: 'enterprise',
    agreementVersion: version,
    clock: CLOCK,
    tokenHash: account.tokenHash,
    createdAt: '2022-01-01T00:00:00.000Z',
  });
  await sql`
    insert into instances (id, machine, version, tenant, clock, status, value, tags, context, deadlines, words, "references",
      children, sequence, updated_at)
    values (${`subscription-${account.accountId}`}, 'subscription', '1', ${account.accountId}, ${CLOCK}, 'active', '"inForce"',
      '["service","readable","exportable"]', '{}', '[]', 'In force', '[]', '{}', 1, ${PRESENT})`.execute(db);
}

/**
 * Fills one account. Triggers are off meanwhile: what they keep is put in as a whole afterwards.
 * @param signal stops between two chunks
 */
export async function fill(
  db: Db,
  { accountId, claims, unitsPerClaim }: Company,
  { tell, signal }: { tell: (text: string) => void; signal: AbortSignal },
): Promise<void> {
  const units = Math.round(claims * unitsPerClaim);
  await db.connection().execute(async (connection) => {
    await sql`set session_replication_role = replica`.execute(connection);
    await sql`set synchronous_commit = off`.execute(connection);
    await sql.raw(models(accountId)).execute(connection);
    await sql.raw(names(accountId)).execute(connection);
    for (const [what, total, statement] of [
      ['units', units, unitRows],
      ['claims', claims, claimRows],
    ] as const) {
      for (let from = 1; from <= total; from += CHUNK) {
        if (signal.aborted) return;
        const to = Math.min(total, from + CHUNK - 1);
        await sql.raw(statement(accountId, from, to, units)).execute(connection);
        tell(`${to.toLocaleString('en')} of ${total.toLocaleString('en')} ${what}`);
      }
      await sql.raw('analyze units').execute(connection);
    }
    tell('repairs and parts');
    await sql.raw(repairRows(accountId)).execute(connection);
    await sql.raw(partRows(accountId)).execute(connection);
    await sql.raw(partCountRows(accountId)).execute(connection);
    await sql.raw(cohortRows(accountId)).execute(connection);
    if (signal.aborted) return;
    tell('what facts say of each other');
    await sql.raw('analyze claim_facts, repair_facts').execute(connection);
    await bringUpToDate(connection, accountId);
    await sql`set session_replication_role = origin`.execute(connection);
  });
  if (signal.aborted) return;
  // Facts that come one by one are written once; here all were changed after they were put in.
  tell('vacuum');
  for (const table of ['claim_facts', 'repair_facts']) await sql.raw(`vacuum full ${table}`).execute(db);
  for (const table of ['units', 'claim_facts', 'repair_facts', 'part_facts', 'part_counts', 'unit_cohorts'])
    await sql.raw(`vacuum analyze ${table}`).execute(db);
}

const models = (account: string) => `
  insert into product_models
  select '${account}', 'M-' || lpad(m::text, 2, '0'), 'Model ' || m,
    (select jsonb_agg(jsonb_build_object('id', 'component-' || c, 'partOf', null)) from generate_series(1, ${shape.components}) c),
    '2022-01-01'
  from generate_series(0, ${shape.models - 1}) m`;

const names = (account: string) => `
  insert into fact_names (account_id, name)
  select '${account}', name from (
    select 'M-' || lpad(m::text, 2, '0') as name from generate_series(0, ${shape.models - 1}) m
    union all select 'component-' || c from generate_series(1, ${shape.components}) c
    union all select 'B-' || lpad(b::text, 4, '0') from generate_series(0, ${shape.batches - 1}) b
    union all select 'P-' || lpad(p::text, 3, '0') from generate_series(0, 31) p
    union all select 'P-' || p from generate_series(100, 107) p
    union all select 'CNY'
  ) names`;
const numberOf = (account: string, name: string) =>
  `(select number from fact_names where account_id = '${account}' and name = ${name})`;

/** Made batch by batch; each batch is sold over half a year. */
const unitRows = (account: string, from: number, to: number, units: number) => `
  insert into units
  select '${account}', 'S-' || lpad(n::text, 9, '0'), 'M-' || lpad((b % ${shape.models})::text, 2, '0'),
    'B-' || lpad(b::text, 4, '0'),
    jsonb_build_object('proofOfPurchase',
      date '${shape.firstDay}' + (b * ${shape.days - 190}.0 / ${shape.batches})::integer + floor(${chance('n', 'sold')} * 180)::integer),
    '[]', '2022-01-01'
  from (select n, floor((n - 1)::numeric * ${shape.batches} / ${units})::integer as b from generate_series(${from}, ${to}) n) made`;

/** Of units by chance, some more than once; ages as of wear, by a Weibull distribution of shape 1.4. */
const claimRows = (account: string, from: number, to: number, units: number) => `
  insert into claim_facts (account_id, claim_id, line_id, serial, model_id, component, batch, in_use_from, failed_on,
    opened_at, decided_at, decided_on, cause, outcome, verdict, paid, currency, level_kept, is_failure,
    model_number, component_number, batch_number, currency_number)
  select facts.*, ${['facts.model_id', 'facts.component', 'facts.batch', 'facts.currency'].map((name) => numberOf(account, name)).join(', ')}
  from (select '${account}'::uuid, 'c' || n, '1', serial, model_id,
    'component-' || (1 + floor(${shape.components} * power(${chance('n', 'component')}, 1.7))::integer) as component, batch, day, failed,
    failed + interval '1 day', failed + interval '1 day' + interval '1 hour' * floor(${chance('n', 'decided')} * 120),
    failed + 1 + floor(${chance('n', 'decided')} * 5)::integer,
    case when ${chance('n', 'cause')} < 0.1 then 'misuse' else 'defect' end,
    case when ${chance('n', 'outcome')} < 0.7 then 'repair' else 'refund' end, 'covered',
    floor(${chance('n', 'paid')} * 50000)::bigint, 'CNY' as currency,
    ${chance('n', 'level')} < 0.93, false
  from (
    select n, units.serial, model_id, batch, unit_in_use_from(dates) as day,
      least(
        unit_in_use_from(dates) + floor(900 * power(-ln(1 - ${chance('n', 'age')}), 1 / 1.4))::integer,
        unit_in_use_from(dates) + floor(${chance('n', 'age')} * (date '${shape.firstDay}' + ${shape.days} - unit_in_use_from(dates)))::integer
      ) as failed
    from generate_series(${from}, ${to}) n
    join units on account_id = '${account}' and serial = 'S-' || lpad((1 + floor(${chance('n', 'unit')} * ${units})::bigint)::text, 9, '0')
  ) failures) facts`;

const repairRows = (account: string) => `
  insert into repair_facts (account_id, repair_id, claim_id, serial, model_id, component, batch, in_use_from, authorised_at,
    received_at, finished_at, finished_on, failed_tests, outcome, parts_cost, labour_cost, shipping_cost, charged, currency, level_kept,
    model_number, component_number, batch_number, currency_number)
  select account_id, 'r' || substr(claim_id, 2), claim_id, serial, model_id, component, batch, in_use_from, decided_at,
    decided_at + interval '3 days', decided_at + interval '3 days' + spent, (decided_at + interval '3 days' + spent)::date,
    case when ${chance('claim_id', 'test')} < 0.08 then 1 else 0 end,
    case when ${chance('claim_id', 'fault')} < 0.06 then 'noFaultFound' else 'repaired' end,
    floor(${chance('claim_id', 'parts')} * 20000)::bigint, floor(${chance('claim_id', 'labour')} * 15000)::bigint, 3000,
    floor(${chance('claim_id', 'charged')} * 3000)::bigint, 'CNY',
    ${chance('claim_id', 'kept')} < 0.9, model_number, component_number, batch_number, currency_number
  from (
    select *, interval '1 minute' * floor(600 - 7200 * ln(1 - ${chance('claim_id', 'spent')})) as spent
    from claim_facts where account_id = '${account}' and outcome = 'repair'
  ) claims`;

const partRows = (account: string) => `
  insert into part_facts (account_id, repair_id, part, model_id, component, batch, used_on, quantity, model_number,
    component_number, batch_number, part_number)
  select account_id, repair_id, part, model_id, component, batch, finished_on, quantity, model_number, component_number,
    batch_number, ${numberOf(account, 'part')}
  from repair_facts, lateral (
    select 'P-' || lpad((hashtext(component) & 31)::text, 3, '0') as part,
      1 + (${chance('repair_id', 'two')} < 0.1)::integer as quantity
    union all
    select 'P-' || (100 + floor(${chance('repair_id', 'which')} * 8)), 1 where ${chance('repair_id', 'more')} < 0.4
  ) used where account_id = '${account}' and outcome = 'repaired'`;

const partCountRows = (account: string) => `
  insert into part_counts
  select account_id, date_trunc('month', used_on)::date, model_number, component_number, part_number, sum(quantity)
  from part_facts where account_id = '${account}' group by 1, 2, 3, 4, 5`;

const cohortRows = (account: string) => `
  insert into unit_cohorts
  select account_id, model_id, batch, unit_in_use_from(dates), count(*) from units where account_id = '${account}' group by 1, 2, 3, 4`;
