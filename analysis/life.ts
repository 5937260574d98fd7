/** How long units live until they first fail [D1]: a Weibull fit for each group. */
import type { Bounded } from './bounds.ts';
import { Groups, monthOf, dayText, type Dimension, type Group } from './groups.ts';
import { componentsIn, type Population } from './population.ts';
import {
  fitWeibull,
  lifeAt,
  scaleBounds,
  shapeBounds,
  type Lifetimes,
  type Refusal,
  type Times,
  type Weibull,
} from './weibull.ts';

/** First failures: from which day the unit was in use, and at what age in days it failed. Parallel lists. */
export interface FirstFailures extends Group {
  readonly model: string;
  readonly days: Int32Array;
  readonly ages: Int32Array;
}

export interface Life {
  readonly units: number;
  readonly failed: number;
  readonly fit: { readonly shape: Bounded; readonly scaleDays: Bounded; readonly b10Days: Bounded } | null;
  /** Why there is no fit. */
  readonly refused: Refusal | null;
}

/** How many units of each age in days have failed, or have not yet. */
export interface Ages {
  readonly failed: Float64Array;
  readonly unfailed: Float64Array;
}

interface AgesAsked {
  /** The last day on which units are seen. */
  readonly until: number;
  readonly by: readonly Dimension[];
  readonly most: number;
}

/** @throws TooManyGroups */
export function ages(failures: readonly FirstFailures[], population: Population, asked: AgesAsked): Groups<Ages> {
  const { until, by } = asked;
  const groups = agesByGroup(population, asked);
  for (const cohorts of population.cohorts) {
    const { model, batch } = cohorts;
    const months = byMonth(cohorts.days, by);
    for (const component of componentsIn(population, model, by))
      for (const [month, indices] of months) {
        const { unfailed } = groups.of({ model, batch, component, ...month });
        for (const index of indices) unfailed[until - cohorts.days[index]!]! += cohorts.units[index]!;
      }
  }
  for (const row of failures) {
    for (const [month, indices] of byMonth(row.days, by)) {
      const { failed, unfailed } = groups.of({ ...row, ...month });
      for (const index of indices) {
        failed[row.ages[index]!]! += 1;
        unfailed[until - row.days[index]!]! -= 1;
      }
    }
  }
  return groups;
}

/** With room for the age of the oldest unit. */
function agesByGroup({ cohorts }: Population, { until, by, most }: AgesAsked): Groups<Ages> {
  const oldest = cohorts.reduce((max, { days }) => days.reduce((age, day) => Math.max(age, until - day), max), 0);
  const make = () => ({ failed: new Float64Array(oldest + 1), unfailed: new Float64Array(oldest + 1) });
  return new Groups<Ages>(by, make, most);
}

/** Places in a list of days by the month that each is in; all together where months are not told apart. */
function byMonth(days: ArrayLike<number>, by: readonly Dimension[]): [{ month?: number }, Iterable<number>][] {
  const all = Array.from({ length: days.length }, (_, index) => index);
  if (!by.includes('month')) return [[{}, all]];
  const months = new Map<number, number>();
  const monthAt = (index: number): number => {
    const day = days[index]!;
    const month = months.get(day) ?? monthOf(dayText(day));
    months.set(day, month);
    return month;
  };
  return [...Map.groupBy(all, monthAt)].map(([month, indices]) => [{ month }, indices]);
}

/** A unit fails in the middle of a day, and is seen to live to the end of the last one. */
export function lifetimes({ failed, unfailed }: Ages): Lifetimes {
  return { failed: timesOf(failed, 0.5), unfailed: timesOf(unfailed, 1) };
}

function timesOf(byAge: Float64Array, later: number): Times {
  const times: number[] = [];
  const units: number[] = [];
  for (let age = 0; age < byAge.length; age += 1) {
    if (byAge[age]! <= 0) continue;
    times.push(age + later);
    units.push(byAge[age]!);
  }
  return { times, units };
}

/** @throws TooManyGroups */
export function lives(
  failures: readonly FirstFailures[],
  population: Population,
  options: AgesAsked,
): { group: Group; value: Life }[] {
  const groups = ages(failures, population, options);
  if (options.by.length === 0) groups.of({});
  return groups.entries().map(({ group, value }) => {
    const times = lifetimes(value);
    const failed = total(times.failed);
    const fit = fitWeibull(times);
    const isFit = typeof fit !== 'string';
    return {
      group,
      value: {
        units: failed + total(times.unfailed),
        failed,
        fit: isFit ? described(fit) : null,
        refused: isFit ? null : fit,
      },
    };
  });
}

function described(fit: Weibull): NonNullable<Life['fit']> {
  return { shape: shapeBounds(fit), scaleDays: scaleBounds(fit), b10Days: lifeAt(fit, 0.1) };
}

function total({ units }: Times): number {
  return Array.from(units).reduce((sum, n) => sum + n, 0);
}
