/**
 * Facts for data analysis [D1]: written in the transaction of the commit that decided them, never changed but by a later
 * decision. Model, batch and the day from which the unit is in use are the unit's own, so the facts cannot differ from it.
 */
import { sql, type Insertable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type { CalendarDate, ClaimFactsTable, Instant, PartFactsTable } from './schema.ts';

/** Causes that are not the product's own: such a claim line is no failure. */
const outsideCauses = ['misuse', 'accident', 'unauthorisedRepair'] as const;
/** The verdict on a duplicate, which is the same failure once more, and on a fraud, which is none. */
const REFUSED = 'refused';
/** The outcome of a repair that takes a failure back. */
const NO_FAULT = 'noFaultFound';

/** One decided line of a claim. Amounts in minor units. */
export interface ClaimFact {
  readonly accountId: string;
  readonly claimId: string;
  readonly lineId: string;
  readonly serial: string;
  readonly component: string | null;
  readonly failedOn: CalendarDate;
  readonly openedAt: Instant;
  readonly decidedAt: Instant;
  /** The day of `decidedAt` in the agreement's time zone. */
  readonly decidedOn: CalendarDate;
  /** `Cause` of machines/warranty/policy.ts. */
  readonly cause: string;
  /** What the customer gets, e.g. `repair`, `replacement`, `refund`, `rejection`. */
  readonly outcome: string;
  /** `covered`, `partlyCovered`, `notCovered`, `goodwill`, `refused`. */
  readonly verdict: string;
  readonly paid: number;
  readonly currency: string;
  readonly levelKept: boolean | null;
  readonly repeatOf: string | null;
}

/** One finished repair order, with all parts that it used. */
export interface RepairFact {
  readonly accountId: string;
  readonly repairId: string;
  readonly claimId: string | null;
  readonly serial: string;
  readonly component: string | null;
  readonly authorisedAt: Instant;
  readonly receivedAt: Instant | null;
  readonly finishedAt: Instant;
  /** The day of `finishedAt` in the agreement's time zone. */
  readonly finishedOn: CalendarDate;
  readonly failedTests: number;
  /** `repaired`, `noFaultFound`, `beyondRepair`, `returnedUnrepaired`, … */
  readonly outcome: string;
  readonly cost: { readonly parts: number; readonly labour: number; readonly shipping: number };
  /** What the customer pays of it. */
  readonly charged: number;
  readonly currency: string;
  readonly levelKept: boolean | null;
  readonly parts: readonly { readonly part: string; readonly quantity: number }[];
}

/**
 * Keeps what a claim's decision says of each line. The same again changes nothing; of two decisions of a line (an appeal)
 * the later one holds, in whatever order they come; of the same decision what the claim came to at last.
 * @throws when a unit is not there: that is a fault of the caller
 */
export async function insertClaimFacts(trx: Trx, facts: readonly ClaimFact[]): Promise<void> {
  await ofUnits(trx, facts, async (fact, unit) => {
    const known = await trx
      .selectFrom('claim_facts')
      .select(['is_failure', 'component'])
      .where('account_id', '=', fact.accountId)
      .where('serial', '=', fact.serial)
      .execute();
    await trx
      .insertInto('claim_facts')
      .values({ ...claimRow(fact, unit), ...asItMostlyIs(fact, known) })
      .onConflict((conflict) =>
        conflict
          .columns(['account_id', 'claim_id', 'line_id'])
          .doUpdateSet(({ ref }) => Object.fromEntries(decided.map((column) => [column, ref(`excluded.${column}`)])))
          .whereRef('excluded.decided_at', '>=', 'claim_facts.decided_at'),
      )
      .execute();
  });
}

function claimRow(fact: ClaimFact, unit: OfUnit) {
  return {
    ...unit,
    account_id: fact.accountId,
    claim_id: fact.claimId,
    line_id: fact.lineId,
    serial: fact.serial,
    component: fact.component,
    failed_on: fact.failedOn,
    opened_at: fact.openedAt,
    decided_at: fact.decidedAt,
    decided_on: fact.decidedOn,
    cause: fact.cause,
    outcome: fact.outcome,
    verdict: fact.verdict,
    paid: fact.paid,
    currency: fact.currency,
    level_kept: fact.levelKept,
    repeat_of: fact.repeatOf,
  };
}

/** What {@link bringUpToDate} will find, but for rare cases: a row that is right from the start is written once. */
function asItMostlyIs(
  { cause, verdict, component }: ClaimFact,
  known: readonly { readonly is_failure: boolean; readonly component: string | null }[],
) {
  const failures = known.filter(({ is_failure }) => is_failure);
  const is_failure = verdict !== REFUSED && !outsideCauses.some((one) => one === cause);
  return {
    is_failure,
    first_of_unit: is_failure && failures.length === 0,
    first_of_component: is_failure && !failures.some((one) => one.component === component),
  };
}

/** What another decision of the same line may change. */
const decided = [
  'component',
  'failed_on',
  'decided_at',
  'decided_on',
  'cause',
  'outcome',
  'verdict',
  'paid',
  'currency',
  'level_kept',
  'repeat_of',
] as const satisfies readonly (keyof ClaimFactsTable)[];

/**
 * Keeps what a finished repair order says, with its parts. The same again changes nothing.
 * @throws when a unit is not there: that is a fault of the caller
 */
export async function insertRepairFacts(trx: Trx, facts: readonly RepairFact[]): Promise<void> {
  const used: Insertable<PartFactsTable>[] = [];
  await ofUnits(trx, facts, async (fact, unit) => {
    const inserted = await trx
      .insertInto('repair_facts')
      .values(repairRow(fact, unit))
      .onConflict((conflict) => conflict.columns(['account_id', 'repair_id']).doNothing())
      .returning('repair_id')
      .execute();
    if (inserted.length === 0) return;
    const of = {
      account_id: fact.accountId,
      repair_id: fact.repairId,
      model_id: unit.model_id,
      component: fact.component,
      batch: unit.batch,
      used_on: fact.finishedOn,
    };
    used.push(...summed(fact.parts).map(([part, quantity]) => ({ ...of, part, quantity })));
  });
  // All at once: then they are counted in one order, and nobody who counts the same parts waits for one who waits.
  if (used.length > 0) await trx.insertInto('part_facts').values(used).execute();
}

function repairRow(fact: RepairFact, unit: OfUnit) {
  return {
    ...unit,
    account_id: fact.accountId,
    repair_id: fact.repairId,
    claim_id: fact.claimId,
    serial: fact.serial,
    component: fact.component,
    authorised_at: fact.authorisedAt,
    received_at: fact.receivedAt,
    finished_at: fact.finishedAt,
    finished_on: fact.finishedOn,
    failed_tests: fact.failedTests,
    outcome: fact.outcome,
    parts_cost: fact.cost.parts,
    labour_cost: fact.cost.labour,
    shipping_cost: fact.cost.shipping,
    charged: fact.charged,
    currency: fact.currency,
    level_kept: fact.levelKept,
    again_after_days: null,
  };
}

function summed(parts: RepairFact['parts']): [string, number][] {
  const quantities = new Map<string, number>();
  for (const { part, quantity } of parts) quantities.set(part, (quantities.get(part) ?? 0) + quantity);
  return [...quantities];
}

interface OfUnit {
  readonly model_id: string;
  readonly batch: string | null;
  readonly in_use_from: CalendarDate | null;
}

/** Fact by fact, unit by unit in one order, each under its unit's lock; then what follows for the unit's other facts. */
async function ofUnits<Fact extends { readonly accountId: string; readonly serial: string }>(
  trx: Trx,
  facts: readonly Fact[],
  insert: (fact: Fact, unit: OfUnit) => Promise<void>,
): Promise<void> {
  const byUnit = Map.groupBy(facts, ({ accountId, serial }) => `${accountId} ${serial}`);
  for (const [, those] of [...byUnit].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const { accountId, serial } = those[0]!;
    await sql`select pg_advisory_xact_lock(hashtextextended(${`facts ${accountId} ${serial}`}, 0))`.execute(trx);
    const unit = await trx
      .selectFrom('units')
      .select(['model_id', 'batch', sql<CalendarDate | null>`unit_in_use_from(dates)`.as('in_use_from')])
      .where('account_id', '=', accountId)
      .where('serial', '=', serial)
      .forShare()
      .executeTakeFirst();
    if (!unit) throw new Error(`Facts are recorded of unit ${serial} of account ${accountId}, which is not there`);
    for (const fact of those) await insert(fact, unit);
    await bringUpToDate(trx, accountId, serial);
  }
}

/**
 * Brings what facts say of each other up to date: which lines count as failures, which are the first of their unit and of
 * its component, and after how many days a repaired unit came again.
 * @param serial one unit; all of the account where it is left out, for data that was put in as a whole
 */
export async function bringUpToDate(trx: Db, accountId: string, serial?: string): Promise<void> {
  const those =
    serial === undefined ? sql`account_id = ${accountId}` : sql`account_id = ${accountId} and serial = ${serial}`;
  await sql`
    with judged as (
      select serial, claim_id, line_id, component, failed_on,
        verdict <> ${REFUSED} and cause not in (${sql.join(outsideCauses)}) and claim_id not in (
          select claim_id from repair_facts where ${those} and outcome = ${NO_FAULT} and claim_id is not null
        ) as is_failure
      from claim_facts where ${those}
    ), ordered as (
      select claim_id, line_id, is_failure,
        is_failure and row_number() over (partition by serial, is_failure order by failed_on, claim_id, line_id) = 1
          as first_of_unit,
        is_failure and row_number() over
          (partition by serial, is_failure, component order by failed_on, claim_id, line_id) = 1 as first_of_component
      from judged
    )
    update claim_facts fact
    set is_failure = now.is_failure, first_of_unit = now.first_of_unit, first_of_component = now.first_of_component
    from ordered now
    where fact.account_id = ${accountId} and fact.claim_id = now.claim_id and fact.line_id = now.line_id
      and (fact.is_failure, fact.first_of_unit, fact.first_of_component)
        is distinct from (now.is_failure, now.first_of_unit, now.first_of_component)
  `.execute(trx);
  await sql`
    with moments as (
      select serial, claim_id as id, opened_at as at from claim_facts where ${those} and is_failure
      union all
      select serial, repair_id, authorised_at from repair_facts where ${those}
    ), next as (
      select fact.repair_id,
        floor(extract(epoch from min(moments.at) - fact.finished_at) / 86400)::integer as days
      from (select * from repair_facts where ${those}) fact
      left join moments on moments.serial = fact.serial and moments.at > fact.finished_at
        and moments.id is distinct from fact.claim_id and moments.id <> fact.repair_id
      group by fact.repair_id, fact.finished_at
    )
    update repair_facts fact set again_after_days = next.days from next
    where fact.account_id = ${accountId} and fact.repair_id = next.repair_id
      and fact.again_after_days is distinct from next.days
  `.execute(trx);
}

/** Everything of one kind that belongs to the account, without the numbers of names: for its export. */
export async function listFacts(
  db: Db,
  table: 'claim_facts' | 'repair_facts' | 'part_facts',
  accountId: string,
): Promise<{ readonly account_id: string; readonly [column: string]: unknown }[]> {
  const key = table === 'claim_facts' ? 'claim_id' : 'repair_id';
  const rows = await db
    .selectFrom(table as 'claim_facts')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy(key as 'claim_id')
    .execute();
  const isOwn = ([column]: [string, unknown]) => !column.endsWith('_number');
  return rows.map((row) => ({ ...Object.fromEntries(Object.entries(row).filter(isOwn)), account_id: row.account_id }));
}
