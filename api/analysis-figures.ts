/** Each figure of data analysis: what is counted in the database, and what is computed from it [D1]. */
import { setImmediate } from 'node:timers/promises';
import { componentsAskedFor, type ModelCohorts, type Population } from '../analysis/population.ts';
import { costs } from '../analysis/costs.ts';
import { failureRates } from '../analysis/failure-rates.ts';
import { dayNumber, firstDayOf, monthOf, type Dimension } from '../analysis/groups.ts';
import { ages, fits, lives } from '../analysis/life.ts';
import { partsForecast, type Month } from '../analysis/parts-forecast.ts';
import { repairQuality } from '../analysis/repairs.ts';
import { serviceLevels } from '../analysis/service-levels.ts';
import { turnaround } from '../analysis/turnaround.ts';
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
  type CohortRow,
} from '../db/analysis-queries.ts';
import type { Grouped, Selection } from '../db/analysis-selection.ts';
import type { Db } from '../db/database.ts';
import { listModels, type ModelRow } from '../db/warranty.ts';
import type { Figures } from './analysis-answer.ts';
import { wholeIn, wrong, type Asked } from './analysis-query.ts';

export interface FiguresQuestion {
  readonly db: Db;
  readonly selection: Selection;
  readonly by: readonly Dimension[];
  readonly today: string;
  readonly query: Asked;
}

/** More are neither read nor answered in time. */
export const MOST_GROUPS = 5000;
/** Each is a fit of its own. */
const MOST_FITS = 1000;
const REPEAT_DAYS = { usual: 90, largest: 3650 };
const MONTHS_AHEAD = { usual: 6, largest: 24 };

export async function failureRateFigures({ db, selection, by }: FiguresQuestion): Promise<readonly Figures[]> {
  const shares = selection.components.length < 2 || by.includes('component');
  const [counts, inUse] = await Promise.all([failureCounts(db, selection, by), unitsOf(db, selection, by)]);
  const population = populationOf(inUse, selection, counts, by);
  return failureRates(counts, population, { period: periodOf(selection), by, most: MOST_GROUPS, shares });
}

/** `from` and `to` are for the day from which a unit is in use; all that failed until today are counted. */
export async function lifeFigures({ db, selection, by, today }: FiguresQuestion): Promise<readonly Figures[]> {
  if (selection.components.length > 1 && !by.includes('component'))
    throw wrong('groupBy', 'Several components live different lives: group by component.');
  const [failures, inUse] = await Promise.all([
    firstFailures(db, selection, notMonth(by), { until: today, period: { from: null, to: today } }),
    unitsOf(db, selection, by),
  ]);
  const population = populationOf(inUse, selection, failures, by);
  const { from, to } = periodOf(selection);
  const inPeriod = { ...population, cohorts: population.cohorts.map((one) => startedIn(one, from ?? -Infinity, to)) };
  return lives(failures, inPeriod, { until: dayNumber(today), by, most: MOST_FITS });
}

function startedIn(of: ModelCohorts, from: number, to: number): ModelCohorts {
  const isIn = (_: number, index: number) => of.days[index]! >= from && of.days[index]! <= to;
  return { ...of, days: Array.from(of.days).filter(isIn), units: Array.from(of.units).filter(isIn) };
}

function notMonth(by: readonly Dimension[]): Dimension[] {
  return by.filter((one) => one !== 'month');
}

export async function turnaroundFigures({ db, selection, by }: FiguresQuestion): Promise<readonly Figures[]> {
  return turnaround(await turnarounds(db, selection, by), by, MOST_GROUPS);
}

export async function repairFigures({ db, selection, by, today, query }: FiguresQuestion): Promise<readonly Figures[]> {
  const within = wholeIn(query, 'withinDays', REPEAT_DAYS.usual, REPEAT_DAYS.largest);
  return repairQuality(await repairCounts(db, selection, by, { within, today }), by, MOST_GROUPS);
}

export async function costFigures({ db, selection, by }: FiguresQuestion): Promise<readonly Figures[]> {
  const [repairs, claims, inUse] = await Promise.all([
    repairCosts(db, selection, by),
    claimCosts(db, selection, by),
    unitsOf(db, selection, by),
  ]);
  const population = populationOf(inUse, selection, [...repairs, ...claims], by);
  return costs(repairs, claims, population, { period: periodOf(selection), by, most: MOST_GROUPS });
}

export async function serviceLevelFigures({ db, selection, by }: FiguresQuestion): Promise<readonly Figures[]> {
  const [decisions, repairs] = await Promise.all([
    levelCounts(db, 'claims', selection, by),
    levelCounts(db, 'repairs', selection, by),
  ]);
  return serviceLevels(decisions, repairs, by, MOST_GROUPS);
}

export async function forecastFigures({
  db,
  selection,
  by,
  today,
  query,
}: FiguresQuestion): Promise<readonly Figures[]> {
  const months = wholeIn(query, 'months', MONTHS_AHEAD.usual, MONTHS_AHEAD.largest);
  const each = ['model', 'component'] as const;
  const until = { ...selection, from: null, to: today };
  const [failures, parts, inUse, whole] = await Promise.all([
    firstFailures(db, until, each, { until: today, period: selection }),
    partCounts(db, selection),
    unitsOf(db, until, by),
    by.includes('batch') ? unitsOf(db, until, []) : null,
  ]);
  const of = [...each, ...by];
  const population = populationOf(inUse, until, failures, of);
  // The life of a component is that of its model, whatever batch a unit is of.
  const lived = whole === null ? population : populationOf(whole, until, failures, of);
  const atAges = ages(failures, lived, { until: dayNumber(today), by: each, most: Infinity });
  return partsForecast({
    population,
    fits: await fits(atAges, each, setImmediate),
    failures,
    parts,
    learntFrom: periodOf(selection),
    ahead: monthsAfter(today, months),
    by,
    most: MOST_GROUPS,
  });
}

/** Full months from the next one on, the rest of the present month before them. */
function monthsAfter(today: string, count: number): Month[] {
  const present = monthOf(today);
  const tomorrow = dayNumber(today) + 1;
  return Array.from({ length: count + 1 }, (_, index) => ({
    month: present + index,
    from: Math.max(tomorrow, firstDayOf(present + index)),
    to: firstDayOf(present + index + 1),
  })).filter(({ from, to }) => from < to);
}

interface Units {
  readonly cohorts: readonly CohortRow[];
  readonly models: readonly ModelRow[];
}

async function unitsOf(db: Db, selection: Selection, by: readonly Dimension[]): Promise<Units> {
  const [those, models] = await Promise.all([
    cohorts(db, selection, by.includes('batch')),
    listModels(db, selection.accountId),
  ]);
  return { cohorts: those, models };
}

function populationOf(
  units: Units,
  { components }: Selection,
  rows: readonly Grouped[],
  by: readonly Dimension[],
): Population {
  const described = units.models.map((model) => {
    const those = model.components as unknown as readonly { readonly id: string }[];
    return [model.id, those.map(({ id }) => id)] as const;
  });
  return { cohorts: units.cohorts, components: componentsAskedFor(new Map(described), rows, components, by) };
}

function periodOf({ from, to }: Selection): { from: number | null; to: number } {
  return { from: from === null ? null : dayNumber(from), to: dayNumber(to) };
}
