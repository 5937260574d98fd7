/**
 * Counts of facts by group [D1]: each question is one scan of an index that has all its columns, however many claims there
 * are. What is computed from the counts is in analysis/.
 */
import { sql, type RawBuilder } from 'kysely';
import {
  byGroup,
  dayNumber,
  firstOf,
  isCounted,
  isNotCounted,
  ofUnits,
  where,
  whereUnits,
  type Dimension,
  type Grouped,
  type Selection,
} from './analysis-selection.ts';
import type { Db } from './database.ts';
import type { CalendarDate } from './schema.ts';

/**
 * How Postgres is to plan these queries. A covering index is read alone in half the time of the table, but its pages are taken
 * for expensive, as those of a disk with a moving head would be; groups by age or by part are taken for ten times as many as
 * there are, too many for processes to count side by side. Nothing is compiled (not measured: the local Postgres cannot), and groups stay in memory.
 */
const settings = {
  random_page_cost: '1.1',
  parallel_tuple_cost: '0.001',
  jit: 'off',
  work_mem: '32MB',
};

async function byIndex<Row>(db: Db, query: RawBuilder<Row>): Promise<Row[]> {
  const set = Object.entries(settings).map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
  return await db
    .transaction()
    .setAccessMode('read only')
    .execute(async (trx) => {
      await sql`select ${sql.join(set)}`.execute(trx);
      const { rows } = await query.execute(trx);
      return rows;
    });
}

/** As bytes, not as text: there may be a million of them. To be read by {@link listed}. */
const listOf = (number: RawBuilder<unknown>) => sql`string_agg(int4send(${number}), '')`;

function listed(bytes: Buffer | null): Int32Array {
  // The other order of bytes, in memory of its own, where integers begin at a multiple of four.
  const copy = Uint8Array.from(bytes ?? []);
  Buffer.from(copy.buffer).swap32();
  return new Int32Array(copy.buffer);
}

/** Units by the day from which they are in use, as parallel lists. `days` counts from 1 January 1970. */
export interface CohortRow {
  readonly model: string;
  readonly batch: string | null;
  readonly days: Int32Array;
  readonly units: Int32Array;
}

/** All that came into use until `to`, whenever that was; `batch` is null unless it is asked for. */
export async function cohorts(db: Db, selection: Selection, byBatch: boolean): Promise<CohortRow[]> {
  const rows = await byIndex(
    db,
    sql<{ model: string; batch: string | null; days: Buffer; units: Buffer }>`
    select model_id as model, ${byBatch ? sql`batch` : sql`null::text as batch`},
      ${listOf(dayNumber('in_use_from'))} as days, ${listOf(sql`units`)} as units
    from unit_cohorts where ${whereUnits(selection)} and ${isCounted} and units > 0
    group by 1, 2`,
  );
  return rows.map(({ days, units, ...of }) => {
    const all = { days: listed(days), units: listed(units) };
    return { ...of, ...(byBatch ? all : byDay(all)) };
  });
}

/** Each day once: units of several batches may have come into use on it. */
function byDay({ days, units }: Pick<CohortRow, 'days' | 'units'>): Pick<CohortRow, 'days' | 'units'> {
  let first = Infinity;
  let last = 0;
  for (let index = 0; index < days.length; index += 1) {
    first = Math.min(first, days[index]!);
    last = Math.max(last, days[index]!);
  }
  const sums = new Int32Array(last - first + 1);
  for (let index = 0; index < days.length; index += 1) sums[days[index]! - first]! += units[index]!;
  const those = { days: new Int32Array(sums.length), units: new Int32Array(sums.length) };
  let count = 0;
  for (let day = 0; day < sums.length; day += 1) {
    if (sums[day] === 0) continue;
    those.days[count] = first + day;
    those.units[count] = sums[day]!;
    count += 1;
  }
  return { days: those.days.subarray(0, count), units: those.units.subarray(0, count) };
}

/** Units and failures that are not counted, because nobody knows from when the unit is in use. */
export async function withoutDay(db: Db, selection: Selection): Promise<{ units: number; failures: number }> {
  const rows = await byIndex(
    db,
    sql<{ units: number; failures: number }>`
    select
      (select coalesce(sum(units), 0) from unit_cohorts
       where account_id = ${selection.accountId} and ${isNotCounted} and ${ofUnits(selection)}) as units,
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
  const { from } = selection;
  const first = firstOf(selection, dimensions);
  const inPeriod = from === null ? sql`true` : sql`failed_on >= ${from}`;
  return await byIndex(
    db,
    byGroup<FailureCount>(dimensions, {
      from: sql.table('claim_facts'),
      month: 'failed_month',
      condition: sql`${where(selection, 'failed_on', null)} and is_failure and ${isCounted}`,
      counts: {
        failures: sql`count(*) filter (where ${inPeriod})`,
        first: sql`count(*) filter (where ${first} and ${inPeriod})`,
        firstBefore: sql`count(*) filter (where ${first} and not (${inPeriod}))`,
      },
    }),
  );
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
  const packed = sql`${dayNumber('in_use_from')} * ${sql.lit(MOST_AGE_DAYS)}
    + least(age_days, ${sql.lit(MOST_AGE_DAYS - 1)})`;
  const since = period.from === null ? sql`` : sql`and failed_on >= ${period.from}`;
  const rows = await byIndex(
    db,
    byGroup<Grouped & { packed: Buffer | null; failures: number }>(dimensions, {
      from: sql.table('claim_facts'),
      condition: sql`${where(selection, 'in_use_from')} and ${isCounted} and failed_on <= ${until} and is_failure`,
      counts: {
        failures: sql`count(*) filter (where failed_on <= ${period.to} ${since})`,
        packed: sql`${listOf(packed)} filter (where ${firstOf(selection, dimensions)})`,
      },
    }),
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

export interface Turnarounds extends Grouped {
  readonly minutes: Int32Array;
}

/** Of every finished repair whose unit was received. */
export async function turnarounds(
  db: Db,
  selection: Selection,
  dimensions: readonly Dimension[],
): Promise<Turnarounds[]> {
  const rows = await byIndex(
    db,
    byGroup<Grouped & { minutes: Buffer }>(dimensions, {
      ...finishedRepairs(selection),
      condition: sql`${where(selection, 'finished_on')} and turnaround_minutes >= 0`,
      counts: { minutes: listOf(sql`turnaround_minutes`) },
    }),
  );
  return rows.map(({ minutes, ...group }) => ({ ...group, minutes: listed(minutes) }));
}

const finishedRepairs = (selection: Selection) =>
  ({ from: sql.table('repair_facts'), month: 'finished_month', condition: where(selection, 'finished_on') }) as const;
const decidedLines = (selection: Selection) =>
  ({ from: sql.table('claim_facts'), month: 'decided_month', condition: where(selection, 'decided_on') }) as const;

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
  const judged = sql`outcome = 'repaired' and finished_on <= ${today}::date - ${within}::integer`;
  const again = sql`coalesce(again_after_days <= ${within}, false)`;
  return await byIndex(
    db,
    byGroup<RepairCount>(dimensions, {
      ...finishedRepairs(selection),
      counts: {
        repairs: sql`count(*)`,
        failedTests: sql`sum(failed_tests)`,
        judged: sql`count(*) filter (where ${judged})`,
        fixedFirstTime: sql`count(*) filter (where ${judged} and failed_tests = 0 and not ${again})`,
        cameAgain: sql`count(*) filter (where ${judged} and ${again})`,
      },
    }),
  );
}

export interface RepairCost extends Grouped {
  readonly currency: string;
  readonly repairs: number;
  readonly parts: number;
  readonly labour: number;
  readonly shipping: number;
  readonly charged: number;
}

export async function repairCosts(
  db: Db,
  selection: Selection,
  dimensions: readonly Dimension[],
): Promise<RepairCost[]> {
  return await byIndex(
    db,
    byGroup<RepairCost>([...dimensions, 'currency'], {
      ...finishedRepairs(selection),
      counts: {
        repairs: sql`count(*)`,
        parts: sql`sum(parts_cost)`,
        labour: sql`sum(labour_cost)`,
        shipping: sql`sum(shipping_cost)`,
        charged: sql`sum(charged)`,
      },
    }),
  );
}

export interface ClaimCost extends Grouped {
  readonly currency: string;
  readonly lines: number;
  readonly paid: number;
}

export async function claimCosts(db: Db, selection: Selection, dimensions: readonly Dimension[]): Promise<ClaimCost[]> {
  return await byIndex(
    db,
    byGroup<ClaimCost>([...dimensions, 'currency'], {
      ...decidedLines(selection),
      counts: { lines: sql`count(*)`, paid: sql`sum(paid)` },
    }),
  );
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
  return await byIndex(
    db,
    byGroup<LevelCount>(dimensions, {
      ...(of === 'claims' ? decidedLines(selection) : finishedRepairs(selection)),
      counts: { counted: sql`count(level_kept)`, kept: sql`count(*) filter (where level_kept)` },
    }),
  );
}

export interface PartCount extends Grouped {
  readonly part: string;
  readonly quantity: number;
}

/** By model and component. */
export async function partCounts(db: Db, selection: Selection): Promise<PartCount[]> {
  return await byIndex(
    db,
    byGroup<PartCount>(['model', 'component', 'part'], {
      ...usedParts(selection),
      counts: { quantity: sql`sum(quantity)` },
    }),
  );
}

/**
 * Full months as they were counted when the parts were used, days before and after them from the facts. Batches are told
 * apart by the facts only: counts by batch would be as many as these.
 */
function usedParts(selection: Selection) {
  if (selection.batches.length > 0) return { from: sql.table('part_facts'), condition: where(selection, 'used_on') };
  const [first, last] = [sql`${selection.from ?? '-infinity'}::date`, sql`${selection.to}::date`];
  const begin = sql`date_trunc('month', ${first} + interval '1 month' - interval '1 day')::date`;
  const end = sql`date_trunc('month', ${last} + interval '1 day')::date`;
  const columns = sql.raw('model_number, component_number, part_number, quantity');
  return {
    from: sql`(
      select ${columns} from part_counts where ${where(selection, 'month')} and month >= ${begin} and month < ${end}
      union all
      select ${columns} from part_facts where ${where(selection, 'used_on')} and used_on < ${begin}
      union all
      select ${columns} from part_facts where ${where(selection, 'used_on')} and used_on >= greatest(${begin}, ${end})
    ) used`,
    condition: sql`true`,
  };
}
