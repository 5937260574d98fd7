/**
 * Counts of facts by group [D1]: each question is one scan of an index that has all its columns, however many claims there
 * are. What is computed from the counts is in analysis/.
 */
import { sql, type RawBuilder } from 'kysely';
import {
  dayNumber,
  firstOf,
  grouping,
  isCounted,
  isNotCounted,
  where,
  type Dimension,
  type Grouped,
  type Selection,
} from './analysis-selection.ts';
import type { Db } from './database.ts';
import type { CalendarDate } from './schema.ts';

/**
 * A covering index is read alone in half the time of the table; Postgres takes its pages for expensive, as those of a disk
 * with a moving head would be.
 */
async function byIndex<Row>(db: Db, query: RawBuilder<Row>): Promise<Row[]> {
  return await db
    .transaction()
    .setAccessMode('read only')
    .execute(async (trx) => {
      await sql`set local random_page_cost = 1.1`.execute(trx);
      const { rows } = await query.execute(trx);
      return rows;
    });
}

/** Units by the day from which they are in use, as parallel lists. `days` counts from 1 January 1970. */
export interface CohortRow {
  readonly model: string;
  readonly batch: string | null;
  readonly days: readonly number[];
  readonly units: readonly number[];
}

/** All that came into use until `to`, whenever that was; `batch` is null unless it is asked for. */
export async function cohorts(db: Db, selection: Selection, byBatch: boolean): Promise<CohortRow[]> {
  const batch = byBatch ? sql`batch` : sql`null::text`;
  const rows = await byIndex(
    db,
    sql<{ model: string; batch: string | null; days: string; units: string }>`
    select model, batch, string_agg(day::text, ',') as days, string_agg(units::text, ',') as units from (
      select model_id as model, ${batch} as batch, ${dayNumber('in_use_from')} as day, sum(units) as units
      from unit_cohorts
      where ${where({ ...selection, components: [] }, 'in_use_from', null)} and ${isCounted} and units > 0
      group by 1, 2, 3
    ) cohorts group by 1, 2`,
  );
  return rows.map(({ days, units, ...of }) => ({ ...of, days: numbers(days), units: numbers(units) }));
}

function numbers(list: string | null): number[] {
  return list === null ? [] : list.split(',').map(Number);
}

/** Units and failures that are not counted, because nobody knows from when the unit is in use. */
export async function withoutDay(db: Db, selection: Selection): Promise<{ units: number; failures: number }> {
  const { accountId, models, batches } = selection;
  const rows = await byIndex(
    db,
    sql<{ units: number; failures: number }>`
    select
      (select coalesce(sum(units), 0) from unit_cohorts
       where account_id = ${accountId} and ${isNotCounted}
         and (${models.length === 0} or model_id = any(${models}))
         and (${batches.length === 0} or batch = any(${batches}))) as units,
      (select count(*) from claim_facts
       where ${where(selection, 'failed_on')} and is_failure and ${isNotCounted}) as failures`,
  );
  return rows[0]!;
}

export interface FailureCount extends Grouped {
  readonly failures: number;
  /** Units (with a component: units and component) that failed for the first time. */
  readonly first: number;
  /** Those that had before the period began. */
  readonly firstBefore: number;
}

export async function failureCounts(
  db: Db,
  selection: Selection,
  dimensions: readonly Dimension[],
): Promise<FailureCount[]> {
  const { select, by } = grouping(dimensions, 'failed_month');
  const { from } = selection;
  const first = firstOf(selection, dimensions);
  const inPeriod = from === null ? sql`true` : sql`failed_on >= ${from}`;
  const rows = await byIndex(
    db,
    sql<FailureCount>`
    select ${select},
      count(*) filter (where ${inPeriod}) as failures,
      count(*) filter (where ${first} and ${inPeriod}) as first,
      count(*) filter (where ${first} and not (${inPeriod})) as "firstBefore"
    from claim_facts
    where ${where(selection, 'failed_on', null)} and is_failure and ${isCounted}
    group by ${by}`,
  );
  return rows;
}

/** The first failures of a group, as parallel lists. */
export interface FirstFailures extends Grouped {
  /** First ones and others, in the period that is asked for. */
  readonly failures: number;
  /** Of the unit, counted from 1 January 1970: from when it was in use. */
  readonly days: Int32Array;
  /** In days, at the failure. */
  readonly ages: Int32Array;
}

/** Day and age travel as one number, which is much less to group and to send; days fit until the year 2328. */
const MOST_AGE_DAYS = 2 ** 14;

/**
 * `from` and `to` of the selection are for the day from which the unit was in use; failures count until `until`.
 * @param period in which all failures are counted, also those after the first
 */
export async function firstFailures(
  db: Db,
  selection: Selection,
  dimensions: readonly Dimension[],
  { until, period }: { readonly until: CalendarDate; readonly period: Pick<Selection, 'from' | 'to'> },
): Promise<FirstFailures[]> {
  const { select, by } = grouping(dimensions, 'failed_month');
  const packed = sql`${dayNumber('in_use_from')} * ${sql.lit(MOST_AGE_DAYS)}
    + least(age_days, ${sql.lit(MOST_AGE_DAYS - 1)})`;
  const since = period.from === null ? sql`` : sql`and failed_on >= ${period.from}`;
  const rows = await byIndex(
    db,
    sql<Grouped & { packed: Buffer | null; failures: number }>`
    select ${select}, count(*) filter (where failed_on <= ${period.to} ${since}) as failures,
      ${listOf(packed)} filter (where ${firstOf(selection, dimensions)}) as packed
    from claim_facts
    where ${where(selection, 'in_use_from')} and ${isCounted} and failed_on <= ${until} and is_failure
    group by ${by}`,
  );
  return rows.map(({ packed, ...group }) => {
    const both = listed(packed);
    const [days, ages] = [new Int32Array(both.length), new Int32Array(both.length)];
    for (let index = 0; index < both.length; index += 1) {
      days[index] = Math.floor(both[index]! / MOST_AGE_DAYS);
      ages[index] = both[index]! % MOST_AGE_DAYS;
    }
    return { ...group, days, ages };
  });
}

/** As bytes, not as text: there may be a million of them. To be read by {@link listed}. */
const listOf = (number: RawBuilder<unknown>) => sql`string_agg(int4send(${number}), '')`;

function listed(bytes: Buffer | null): Int32Array {
  const numbers = new Int32Array((bytes?.length ?? 0) / Int32Array.BYTES_PER_ELEMENT);
  for (let index = 0; index < numbers.length; index += 1)
    numbers[index] = bytes!.readInt32BE(index * Int32Array.BYTES_PER_ELEMENT);
  return numbers;
}

export interface Turnarounds extends Partial<Grouped> {
  readonly minutes: Int32Array;
}

/** Of every finished repair whose unit was received. */
export async function turnarounds(
  db: Db,
  selection: Selection,
  dimensions: readonly Dimension[],
): Promise<Turnarounds[]> {
  const { select, by } = grouping(dimensions, 'finished_month');
  const rows = await byIndex(
    db,
    sql<Grouped & { minutes: Buffer }>`
    select ${select}, ${listOf(sql`turnaround_minutes`)} as minutes
    from repair_facts
    where ${where(selection, 'finished_on')} and turnaround_minutes >= 0
    group by ${by}`,
  );
  return rows.map(({ minutes, ...group }) => ({ ...group, minutes: listed(minutes) }));
}

export interface RepairCount extends Grouped {
  readonly repairs: number;
  readonly failedTests: number;
  /** Repaired long enough ago to know whether the unit came again. */
  readonly judged: number;
  readonly fixedFirstTime: number;
  readonly cameAgain: number;
}

/**
 * @param within days after a repair in which a next claim or repair of the unit makes it a repeat
 * @param today until when next ones are known
 */
export async function repairCounts(
  db: Db,
  selection: Selection,
  dimensions: readonly Dimension[],
  { within, today }: { readonly within: number; readonly today: CalendarDate },
): Promise<RepairCount[]> {
  const { select, by } = grouping(dimensions, 'finished_month');
  const judged = sql`outcome = 'repaired' and finished_on <= ${today}::date - ${within}::integer`;
  const again = sql`coalesce(again_after_days <= ${within}, false)`;
  const rows = await byIndex(
    db,
    sql<RepairCount>`
    select ${select}, count(*) as repairs, sum(failed_tests) as "failedTests",
      count(*) filter (where ${judged}) as judged,
      count(*) filter (where ${judged} and failed_tests = 0 and not ${again}) as "fixedFirstTime",
      count(*) filter (where ${judged} and ${again}) as "cameAgain"
    from repair_facts where ${where(selection, 'finished_on')}
    group by ${by}`,
  );
  return rows;
}

export interface RepairCost extends Grouped {
  readonly currency: string;
  readonly repairs: number;
  readonly parts: number;
  readonly labour: number;
  readonly shipping: number;
}

export async function repairCosts(
  db: Db,
  selection: Selection,
  dimensions: readonly Dimension[],
): Promise<RepairCost[]> {
  const { select, names } = grouping(dimensions, 'finished_month');
  const rows = await byIndex(
    db,
    sql<RepairCost>`
    select ${names}, currency, count(*) as repairs,
      sum(parts_cost) as parts, sum(labour_cost) as labour, sum(shipping_cost) as shipping
    from (
      select ${select}, currency, parts_cost, labour_cost, shipping_cost
      from repair_facts where ${where(selection, 'finished_on')}
    ) repairs group by ${names}, currency`,
  );
  return rows;
}

export interface ClaimCost extends Grouped {
  readonly currency: string;
  readonly lines: number;
  readonly paid: number;
  readonly charged: number;
}

export async function claimCosts(db: Db, selection: Selection, dimensions: readonly Dimension[]): Promise<ClaimCost[]> {
  const { select, names } = grouping(dimensions, 'decided_month');
  const rows = await byIndex(
    db,
    sql<ClaimCost>`
    select ${names}, currency, count(*) as lines, sum(paid) as paid, sum(charged) as charged
    from (
      select ${select}, currency, paid, charged from claim_facts where ${where(selection, 'decided_on')}
    ) lines group by ${names}, currency`,
  );
  return rows;
}

export interface LevelCount extends Grouped {
  /** With a service level. */
  readonly counted: number;
  readonly kept: number;
}

/** Of claim lines by the day of their decision, or of repairs by the day on which they were finished. */
export async function levelCounts(
  db: Db,
  of: 'claims' | 'repairs',
  selection: Selection,
  dimensions: readonly Dimension[],
): Promise<LevelCount[]> {
  const [table, day, month] =
    of === 'claims'
      ? (['claim_facts', 'decided_on', 'decided_month'] as const)
      : (['repair_facts', 'finished_on', 'finished_month'] as const);
  const { select, by } = grouping(dimensions, month);
  const rows = await byIndex(
    db,
    sql<LevelCount>`
    select ${select}, count(level_kept) as counted, count(*) filter (where level_kept) as kept
    from ${sql.table(table)} where ${where(selection, day)} group by ${by}`,
  );
  return rows;
}

export interface PartCount extends Grouped {
  readonly part: string;
  readonly quantity: number;
}

/** By model and component, and what else is asked for. */
export async function partCounts(db: Db, selection: Selection): Promise<PartCount[]> {
  const rows = await byIndex(
    db,
    sql<PartCount>`
    select model_id as model, component, part, sum(quantity) as quantity
    from part_facts where ${where(selection, 'used_on')} group by 1, 2, 3`,
  );
  return rows;
}
