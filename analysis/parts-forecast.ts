/**
 * How many parts will be needed for the units that are in use [D1]: expected failures of each component of each model, times
 * the parts that its failures have used.
 */
import { rate, type Bounded } from './bounds.ts';
import { earliestOf, exposure } from './exposure.ts';
import { Groups, type Dimension, type Group } from './groups.ts';
import { YEAR_DAYS, type ModelCohorts, type Population } from './population.ts';
import { cumulativeHazard, expectedBetween, type Aged, type Refusal, type Weibull } from './weibull.ts';

/** Days as numbers; `to` is not included. */
export interface Month {
  readonly month: number;
  readonly from: number;
  readonly to: number;
}

export interface ForecastInput {
  readonly population: Population;
  /** By model and component; what has none is as one that is refused. */
  readonly fits: Groups<{ readonly fit: Weibull | Refusal }>;
  /** In the period that is learnt from. */
  readonly failures: readonly (Group & { readonly failures: number })[];
  readonly parts: readonly (Group & { readonly part: string; readonly quantity: number })[];
  readonly learntFrom: { readonly from: number | null; readonly to: number };
  /** One after the other. */
  readonly ahead: readonly Month[];
  readonly by: readonly Dimension[];
  readonly most: number;
}

export interface PartForecast {
  /** In the months ahead. */
  readonly expected: Bounded;
  /** From a fitted hazard, from the constant rate where too few have failed for one, or some of each. */
  readonly basis: 'weibull' | 'rate' | 'both';
}

/** Sums of independent estimates with bounds of their own, by Zou and Donner (2008). */
class Sum {
  #value = 0;
  #below = 0;
  #above = 0;
  readonly bases = new Set<'weibull' | 'rate'>();

  add({ value, low, high }: Bounded, times: number, basis: 'weibull' | 'rate'): void {
    this.#value += value * times;
    this.#below += ((value - low) * times) ** 2;
    this.#above += ((high - value) * times) ** 2;
    this.bases.add(basis);
  }

  total(): Bounded {
    const value = this.#value;
    return { value, low: Math.max(0, value - Math.sqrt(this.#below)), high: value + Math.sqrt(this.#above) };
  }
}

/** @throws TooManyGroups */
export function partsForecast(input: ForecastInput): { group: Group; value: PartForecast }[] {
  const { parts, by, most } = input;
  const failures = new Groups<{ n: number }>(['model', 'component'], () => ({ n: 0 }));
  for (const row of input.failures) failures.of(row).n += row.failures;
  const usedBy = new Groups<{ part: string; quantity: number }[]>(['model', 'component'], () => []);
  for (const { part, quantity, ...row } of parts) usedBy.of(row).push({ part, quantity });
  const sums = new Groups(['part', ...by], () => new Sum(), most);
  const aheadByModel = new Map<string, UnitsAhead>();
  for (const { group: failing, value: used } of usedBy.entries()) {
    const { n } = failures.of(failing);
    if (n === 0) continue;
    const model = failing.model ?? '';
    const unitsAhead = aheadByModel.get(model) ?? unitsOf(input, model);
    aheadByModel.set(model, unitsAhead);
    for (const { group, expected, basis } of expectations(input, failing, n, unitsAhead)) {
      for (const { part, quantity } of used) sums.of({ ...failing, ...group, part }).add(expected, quantity / n, basis);
    }
  }
  return sums.entries().map(({ group, value }) => {
    const [basis = 'rate', other] = value.bases;
    return { group, value: { expected: value.total(), basis: other ? 'both' : basis } };
  });
}

/** The units in use of a model, by batch where batches are told apart. */
interface UnitsAhead {
  /** In days, when the last month is over. */
  readonly oldest: number;
  readonly groups: readonly {
    readonly group: Group;
    readonly units: number;
    /** As old as they are when each stretch ahead begins, and when the last one is over. */
    readonly moments: readonly Aged[];
  }[];
}

/** Months, or all of them as one where they are not told apart. */
function stretches({ ahead, by }: Pick<ForecastInput, 'ahead' | 'by'>): readonly Month[] {
  return by.includes('month') ? ahead : [{ month: 0, from: ahead[0]!.from, to: ahead.at(-1)!.to }];
}

function unitsOf(input: ForecastInput, model: string): UnitsAhead {
  const cohorts = new Groups<ModelCohorts[]>(
    input.by.filter((one) => one === 'batch'),
    () => [],
  );
  const those = input.population.cohorts.filter((one) => one.model === model);
  for (const one of those) cohorts.of(one).push(one);
  const [first, ...others] = stretches(input);
  const bounds = [first!.from, first!.to, ...others.map(({ to }) => to)];
  const end = bounds.at(-1)!;
  return {
    oldest: end - those.reduce((day, one) => earliestOf(one, day), end),
    groups: cohorts.entries().map(({ group, value }) => ({
      group,
      units: value.reduce((sum, { units }) => sum + Array.from(units).reduce((total, count) => total + count, 0), 0),
      moments: bounds.map((day) => agedOn(value, day)),
    })),
  };
}

function agedOn(cohorts: readonly ModelCohorts[], day: number): Aged {
  const room = cohorts.reduce((sum, { days }) => sum + days.length, 0);
  const aged = { units: new Int32Array(room), ages: new Int32Array(room) };
  let at = 0;
  for (const { days, units } of cohorts) {
    for (let index = 0; index < days.length; index += 1, at += 1) {
      aged.units[at] = units[index]!;
      aged.ages[at] = day - days[index]!;
    }
  }
  return aged;
}

interface Expectation {
  readonly group: Group;
  readonly expected: Bounded;
  readonly basis: 'weibull' | 'rate';
}

/** Of a component that has failed so often in the period that is learnt from. */
function expectations(
  input: ForecastInput,
  failing: Group,
  failures: number,
  { oldest, groups }: UnitsAhead,
): Expectation[] {
  const { fit } = input.fits.of(failing);
  const all = stretches(input);
  if (typeof fit !== 'string') {
    const hazardOf = cumulativeHazard(fit, oldest);
    return groups.flatMap(({ group, moments }) => {
      const hazards = moments.map(hazardOf);
      return all.map(({ month }, index): Expectation => ({
        group: { ...group, month },
        expected: expectedBetween(fit, hazards[index]!, hazards[index + 1]!),
        basis: 'weibull',
      }));
    });
  }
  const perYear = ratePerYear(input, failing, failures);
  return groups.flatMap(({ group, units }) =>
    all.map(({ month, from, to }): Expectation => {
      const years = (units * (to - from)) / YEAR_DAYS;
      const { value, low, high } = perYear;
      const expected = { value: value * years, low: low * years, high: high * years };
      return { group: { ...group, month }, expected, basis: 'rate' };
    }),
  );
}

function ratePerYear({ population, learntFrom }: ForecastInput, failing: Group, failures: number): Bounded {
  const unitDays = population.cohorts
    .filter(({ model }) => model === failing.model)
    .flatMap((cohorts) => exposure(cohorts, learntFrom, { age: false, month: false }))
    .reduce((sum, part) => sum + part.unitDays, 0);
  return rate(failures, unitDays / YEAR_DAYS) ?? { value: 0, low: 0, high: 0 };
}
