/** How often units fail [D1]. */
import { rate, share, type Bounded } from './bounds.ts';
import type { Period } from './exposure.ts';
import { Groups, type Dimension, type Group } from './groups.ts';
import { inUse, YEAR_DAYS, type Population } from './population.ts';

/** Failures as the database counts them. */
export interface FailureCount extends Group {
  readonly failures: number;
  /** Units that failed for the first time; where components are told apart, pairs of unit and component. */
  readonly first: number;
  /** Those that had before the period. */
  readonly firstBefore: number;
}

export interface FailureRate {
  /** In use at some time in the period. */
  readonly units: number;
  readonly unitYears: number;
  readonly failures: number;
  /** Failures per unit-year. */
  readonly rate: Bounded | null;
  /** Units that failed for the first time, of those that had not before. Null by age, and for several components at once. */
  readonly firstFailures: { readonly units: number; readonly of: number; readonly share: Bounded | null } | null;
}

/** @throws TooManyGroups */
export function failureRates(
  counts: readonly FailureCount[],
  population: Population,
  { period, by, most, shares }: { period: Period; by: readonly Dimension[]; most: number; shares: boolean },
): { group: Group; value: FailureRate }[] {
  const exposed = inUse(population, period, by, most);
  const failures = new Groups(by, () => ({ failures: 0, first: 0, firstBefore: 0 }));
  for (const count of counts) {
    const sum = failures.of(count);
    sum.failures += count.failures;
    sum.first += count.first;
    sum.firstBefore += count.firstBefore;
    // A month in which nothing but earlier failures are counted is none of the period.
    if (count.failures > 0) exposed.of(count);
  }
  const failedBefore = earlierFailures(failures, by);
  const total: Group = {};
  if (by.length === 0) exposed.of(total);
  return exposed.entries().map(({ group, value: { units, unitDays } }) => {
    const { failures: n, first } = failures.of(group);
    const unitYears = unitDays / YEAR_DAYS;
    const of = Math.max(first, units - failedBefore(group));
    return {
      group,
      value: {
        units,
        unitYears,
        failures: n,
        rate: rate(n, unitYears),
        firstFailures: !shares || by.includes('age') ? null : { units: first, of, share: share(first, of) },
      },
    };
  });
}

/** How many of a group had failed before the period or, where months are told apart, before the month. */
function earlierFailures(
  failures: Groups<{ first: number; firstBefore: number }>,
  by: readonly Dimension[],
): (group: Group) => number {
  const months = new Groups<{ month: number; first: number; firstBefore: number }[]>(
    by.filter((one) => one !== 'month'),
    () => [],
  );
  for (const { group, value } of failures.entries()) months.of(group).push({ month: group.month ?? 0, ...value });
  return (group) =>
    months
      .of(group)
      .reduce((sum, { month, first, firstBefore }) => sum + firstBefore + (month < (group.month ?? 0) ? first : 0), 0);
}
