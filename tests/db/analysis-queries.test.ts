/** Every question that facts are asked, by every group, against the same counted one fact after another [D1]. */
import fc from 'fast-check';
import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertClaimFacts, insertRepairFacts } from '../../db/analysis.ts';
import {
  claimCosts,
  cohorts,
  failureCounts,
  firstFailures,
  levelCounts,
  partCounts,
  repairCosts,
  repairCounts,
  turnarounds,
} from '../../db/analysis-queries.ts';
import type { Dimension, Selection } from '../../db/analysis-selection.ts';
import { createDatabase, type Db } from '../../db/database.ts';
import { up } from '../../db/migrations/0016-part-counts.ts';
import { up as uncounted } from '../../db/migrations/0019-refused-lines.ts';
import { insertUnits, putModel } from '../../db/warranty.ts';
import { newAccount, someday } from '../activities/rows.ts';
import { createDatabase as newDatabase } from '../support/stack.ts';

const FIRST = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const today = '2026-12-31';
const dayText = (day: number) => new Date(FIRST + day * DAY_MS).toISOString().slice(0, 10);
const datesOf = (day: number | null): Record<string, string> => (day === null ? {} : { shipment: dayText(day) });
const dayNumber = (day: string) => Date.parse(`${day}T00:00:00Z`) / DAY_MS;

const models = ['A', 'B', 'C'];
/** A name means nothing beyond its kind: here a batch is called as a component is. */
const components = [null, 'motor', 'blade', 'A'];
const batches = [null, 'W1', 'motor'];

const unitsMade = fc.record({
  model: fc.constantFrom(...models),
  batch: fc.constantFrom(...batches),
  // Some before 1970, some after their failure, some unknown.
  from: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -60, max: 300 }) },
    { weight: 1, arbitrary: fc.constantFrom(-21_000, null) },
  ),
});
const factsMade = fc.record({
  unit: fc.nat(119),
  component: fc.constantFrom(...components),
  day: fc.integer({ min: 0, max: 330 }),
  cause: fc.constantFrom('defect', 'defect', 'misuse'),
  outcome: fc.constantFrom('repaired', 'repaired', 'noFaultFound'),
  amount: fc.nat(10 ** 9),
  currency: fc.constantFrom('CNY', 'EUR'),
  levelKept: fc.constantFrom(true, false, null),
  minutes: fc.option(fc.nat(50_000)),
  failedTests: fc.nat(1),
  parts: fc.uniqueArray(fc.constantFrom('P-1', 'P-2', 'CNY'), { maxLength: 2 }),
});

let db: Db;
let account: string;

beforeAll(async () => {
  db = createDatabase(await newDatabase());
  account = await newAccount(db);
  for (const [owner, seed] of [
    [account, 1],
    [await newAccount(db), 2],
  ] as const)
    await db.transaction().execute(async (trx) => {
      for (const id of models) await putModel(trx, { accountId: owner, id, name: id, components: [], at: someday });
      const units = fc.sample(unitsMade, { numRuns: 120, seed });
      await insertUnits(
        trx,
        owner,
        units.map(({ model, batch, from }, n) => ({
          serial: `S-${n}`,
          modelId: model,
          batch,
          dates: datesOf(from),
        })),
        someday,
      );
      const facts = fc.sample(factsMade, { numRuns: 300, seed }).map((fact, n) => ({ ...fact, n }));
      const of = (unit: number) => ({ accountId: owner, serial: `S-${unit}` });
      await insertClaimFacts(
        trx,
        facts.map(({ n, unit, component, day, cause, amount, currency, levelKept }) => ({
          ...of(unit),
          ...{ claimId: `c${n}`, lineId: '1', component, cause, currency, levelKept, outcome: 'repair' },
          failedOn: dayText(day),
          openedAt: `${dayText(day)}T08:00:00.000Z`,
          decidedAt: `${dayText(day + 2)}T08:00:00.000Z`,
          decidedOn: dayText(day + 2),
          verdict: n % 9 === 0 ? 'refused' : 'covered',
          paid: amount,
          repeatOf: null,
        })),
      );
      await insertRepairFacts(
        trx,
        facts.map(({ n, unit, component, day, outcome, amount, currency, levelKept, minutes, failedTests, parts }) => ({
          ...of(unit),
          ...{ repairId: `r${n}`, claimId: `c${n}`, component, outcome, currency, levelKept, failedTests },
          authorisedAt: `${dayText(day)}T09:00:00.000Z`,
          receivedAt: minutes === null ? null : new Date(FIRST + (day + 4) * DAY_MS - minutes * 60_000).toISOString(),
          finishedAt: `${dayText(day + 4)}T00:00:00.000Z`,
          finishedOn: dayText(day + 4),
          cost: { parts: amount, labour: n, shipping: 5 },
          charged: n % 7,
          parts: parts.map((part, index) => ({ part, quantity: index + 1 })),
        })),
      );
    });
});
afterAll(() => db.destroy());

const dimensions = ['model', 'component', 'batch', 'age', 'month'] as const;
const everyGroup = (of: readonly Dimension[]) =>
  of.reduce<Dimension[][]>((all, one) => [...all, ...all.map((those) => [...those, one])], [[]]);

const everything = { models: [], components: [], batches: [], from: null, to: today };
const asked: readonly Omit<Selection, 'accountId'>[] = [
  everything,
  { ...everything, models: ['A', 'C'], components: ['motor', 'NONE'] },
  { ...everything, batches: ['W1', 'motor'], from: '2026-02-10', to: '2026-08-20' },
];

/** Of whole months, of days before and after them, and of days within one. */
const partsAsked = [
  ['2026-02-10', '2026-08-20'],
  ['2026-03-01', '2026-05-31'],
  ['2026-03-01', '2026-03-01'],
  ['2026-03-05', '2026-03-20'],
  ['2026-02-20', '2026-03-10'],
].flatMap(([from, to]) => [
  { ...everything, from: from!, to: to! },
  { ...everything, models: ['A', 'C'], components: ['motor', 'NONE'], from: from!, to: to! },
]);

interface Fact {
  readonly model_id: string;
  readonly component: string | null;
  readonly batch: string | null;
  readonly age_days?: number | null;
}

function isOf({ models: those, components: parts, batches: made }: (typeof asked)[number], fact: Fact): boolean {
  const isIn = (list: readonly string[], value: string | null) =>
    list.length === 0 || (value !== null && list.includes(value));
  return isIn(those, fact.model_id) && isIn(parts, fact.component) && isIn(made, fact.batch);
}
const isWithin = ({ from, to }: (typeof asked)[number], day: string) => (from === null || day >= from) && day <= to;
const isFrom1970 = ({ in_use_from }: { in_use_from: string | null }) => in_use_from !== null && in_use_from >= '1970';

const groupOf = (fact: Fact, day: string) => ({
  model: fact.model_id,
  component: fact.component,
  batch: fact.batch,
  age: typeof fact.age_days === 'number' ? Math.floor((fact.age_days * 16) / 487) : null,
  month: Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1,
});

type Counted = Readonly<Record<string, unknown>>;

/** Sums by group, whatever else the rows are told apart by; lists are put together. */
function summed(rows: readonly object[], keys: readonly string[], fields: readonly string[]): Record<string, Counted> {
  const sums: Record<string, Record<string, unknown>> = {};
  for (const row of rows as readonly Counted[]) {
    const sum = (sums[JSON.stringify(keys.map((key) => row[key]))] ??= {});
    for (const field of fields) {
      const value = row[field];
      sum[field] =
        typeof value === 'number'
          ? ((sum[field] as number | undefined) ?? 0) + value
          : [...((sum[field] as number[] | undefined) ?? []), ...(value as Iterable<number>)].toSorted((a, b) => a - b);
    }
  }
  return sums;
}

/** Of every selection and group, what is asked of the database and the same of all facts. */
async function compare(
  of: readonly Dimension[],
  fields: readonly string[],
  ask: (selection: Selection, by: readonly Dimension[]) => Promise<readonly object[]>,
  count: (selection: Selection, by: readonly Dimension[]) => readonly object[],
  further: readonly string[] = [],
  selections = asked,
): Promise<void> {
  for (const one of selections) {
    const selection = { ...one, accountId: account };
    for (const by of everyGroup(of)) {
      const keys = [...by, ...further];
      const found = await ask(selection, by);
      expect(summed(found, keys, fields), `${JSON.stringify(one)} by ${keys.join()}`).toEqual(
        summed(count(selection, by), keys, fields),
      );
    }
  }
}

const factsIn = <Table extends 'claim_facts' | 'repair_facts' | 'part_facts'>(table: Table) =>
  db
    .selectFrom(table as 'claim_facts')
    .selectAll()
    .where('account_id', '=', account)
    .execute();
const one = (is: boolean) => (is ? 1 : 0);

describe('facts are counted as one after another', () => {
  it('for failure rates [D1]', async () => {
    const facts = await factsIn('claim_facts');
    const failures = facts.filter((fact) => fact.is_failure && isFrom1970(fact));
    expect([facts.length, failures.length < facts.length]).toEqual([300, true]);
    const isFirst = (fact: (typeof failures)[number], { components: those }: Selection, by: readonly Dimension[]) =>
      those.length > 0 || by.includes('component') ? fact.first_of_component : fact.first_of_unit;
    await compare(
      dimensions,
      ['failures', 'first', 'firstBefore'],
      (selection, by) => failureCounts(db, selection, by),
      (selection, by) =>
        failures
          .filter((fact) => isOf(selection, fact) && fact.failed_on <= selection.to)
          .map((fact) => ({
            ...groupOf(fact, fact.failed_on),
            failures: one(isWithin(selection, fact.failed_on)),
            first: one(isWithin(selection, fact.failed_on) && isFirst(fact, selection, by)),
            firstBefore: one(!isWithin(selection, fact.failed_on) && isFirst(fact, selection, by)),
          })),
    );
    const until = '2026-10-01';
    const period = { from: '2026-03-01', to: '2026-07-31' };
    const pair = (day: number, age: number) => day * 100_000 + age;
    await compare(
      ['model', 'component', 'batch'],
      ['failures', 'lived'],
      async (selection, by) =>
        (await firstFailures(db, selection, by, { until, period })).map(({ days, ages, ...row }) => ({
          ...row,
          lived: Array.from(days, (day, index) => pair(day, ages[index]!)),
        })),
      (selection, by) =>
        failures
          .filter((fact) => isOf(selection, fact) && isWithin(selection, fact.in_use_from!) && fact.failed_on <= until)
          .map((fact) => ({
            ...groupOf(fact, fact.failed_on),
            failures: one(fact.failed_on >= period.from && fact.failed_on <= period.to),
            lived: isFirst(fact, selection, by) ? [pair(dayNumber(fact.in_use_from!), fact.age_days!)] : [],
          })),
    );
  });

  it('for costs and service levels of claims [D1]', async () => {
    const facts = await factsIn('claim_facts');
    const decided = (selection: Selection) =>
      facts
        .filter((fact) => isOf(selection, fact) && isWithin(selection, fact.decided_on))
        .map((fact) => ({
          ...groupOf(fact, fact.decided_on),
          ...{ currency: fact.currency, lines: 1, paid: fact.paid },
          counted: one(fact.level_kept !== null),
          kept: one(fact.level_kept === true),
        }));
    const amounts = ['lines', 'paid'];
    await compare(dimensions, amounts, (selection, by) => claimCosts(db, selection, by), decided, ['currency']);
    const levels = ['counted', 'kept'];
    await compare(dimensions, levels, (selection, by) => levelCounts(db, 'claims', selection, by), decided);
  });

  it('for everything about repairs, and for parts [D1]', async () => {
    const facts = await db.selectFrom('repair_facts').selectAll().where('account_id', '=', account).execute();
    const within = 30;
    const lastJudged = dayText(dayNumber(today) - FIRST / DAY_MS - within);
    const finished = (selection: Selection) =>
      facts
        .filter((fact) => isOf(selection, fact) && isWithin(selection, fact.finished_on))
        .map((fact) => {
          const isJudged = fact.outcome === 'repaired' && fact.finished_on <= lastJudged;
          const again = fact.again_after_days !== null && fact.again_after_days <= within;
          return {
            ...groupOf(fact, fact.finished_on),
            ...{ currency: fact.currency, repairs: 1, failedTests: fact.failed_tests, judged: one(isJudged) },
            ...{ parts: fact.parts_cost, labour: fact.labour_cost, shipping: fact.shipping_cost },
            charged: fact.charged,
            fixedFirstTime: one(isJudged && fact.failed_tests === 0 && !again),
            cameAgain: one(isJudged && again),
            counted: one(fact.level_kept !== null),
            kept: one(fact.level_kept === true),
            minutes: fact.turnaround_minutes === null ? null : [fact.turnaround_minutes],
          };
        });
    const ofQuality = ['repairs', 'failedTests', 'judged', 'fixedFirstTime', 'cameAgain'];
    const quality = (selection: Selection, by: readonly Dimension[]) =>
      repairCounts(db, selection, by, { within, today });
    await compare(dimensions, ofQuality, quality, finished);
    const amounts = ['repairs', 'parts', 'labour', 'shipping', 'charged'];
    await compare(dimensions, amounts, (selection, by) => repairCosts(db, selection, by), finished, ['currency']);
    const levels = ['counted', 'kept'];
    await compare(dimensions, levels, (selection, by) => levelCounts(db, 'repairs', selection, by), finished);
    await compare(
      dimensions,
      ['minutes'],
      (selection, by) => turnarounds(db, selection, by),
      (selection) => finished(selection).filter(({ minutes }) => minutes !== null),
    );
    const parts = await db.selectFrom('part_facts').selectAll().where('account_id', '=', account).execute();
    const used = (selection: Selection) =>
      parts
        .filter((fact) => isOf(selection, fact) && isWithin(selection, fact.used_on))
        .map((fact) => ({ ...groupOf(fact, fact.used_on), part: fact.part, quantity: fact.quantity }));
    const keys = ['model', 'component', 'part'];
    const periods = [...asked, ...partsAsked];
    await compare([], ['quantity'], (selection) => partCounts(db, selection), used, keys, periods);
  });

  it('and so are lines that counted before they were known to be refused [D1]', async () => {
    const flags = () =>
      db
        .selectFrom('claim_facts')
        .select(['account_id', 'claim_id', 'is_failure', 'first_of_unit', 'first_of_component'])
        .orderBy('account_id')
        .orderBy('claim_id')
        .execute();
    const before = await flags();
    const counted = { is_failure: true, first_of_unit: true, first_of_component: true };
    await db.updateTable('claim_facts').set(counted).where('verdict', '=', 'refused').execute();
    await db.updateTable('claim_facts').set({ first_of_unit: false }).where('verdict', '!=', 'refused').execute();
    await uncounted(db as unknown as Kysely<never>);
    expect(await flags()).toEqual(before);
  });

  it('as parts are that were used before they were counted [D1]', async () => {
    const counts = () =>
      db
        .selectFrom('part_counts')
        .selectAll()
        .orderBy('account_id')
        .orderBy('month')
        .orderBy('model_number')
        .orderBy('component_number')
        .orderBy('part_number')
        .execute();
    const before = await counts();
    expect(before.length).toBeGreaterThan(50);
    for (const undone of ['drop function count_used_parts cascade', 'drop table part_counts'])
      await sql.raw(undone).execute(db);
    await up(db as unknown as Kysely<never>);
    expect(await counts()).toEqual(before);
  });

  it('and so are the units that came into use [D1]', async () => {
    const units = await db
      .selectFrom('unit_cohorts')
      .selectAll()
      .where('account_id', '=', account)
      .where('units', '>', 0)
      .execute();
    for (const by of [[], ['batch']] as const)
      await compare(
        [],
        ['of'],
        async (selection) =>
          (await cohorts(db, { ...selection, components: [] }, by.length > 0)).map(
            ({ model, batch, days, units: n }) => ({
              model,
              batch,
              of: Array.from(days).flatMap((day, index) => Array.from({ length: n[index]! }, () => day)),
            }),
          ),
        (selection) =>
          units
            .filter((row) => isFrom1970(row) && row.in_use_from! <= selection.to)
            .filter((row) => isOf({ ...selection, components: [] }, { ...row, component: null }))
            .map((row) => ({
              model: row.model_id,
              batch: by.length > 0 ? row.batch : null,
              of: Array.from({ length: row.units }, () => dayNumber(row.in_use_from!)),
            })),
        ['model', 'batch'],
      );
  });
});
