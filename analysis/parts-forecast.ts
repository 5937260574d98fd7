/**
 * How many parts will be needed for the units that are in use [D1]: expected failures of each component of each model, times
 * the parts that its failures have used.
 */
import { rate, type Bounded } from './bounds.ts';
import { earliestOf, exposure } from './exposure.ts';
import { Groups, type Dimension, type Group } from './groups.ts';
import { lifetimes, type Ages } from './life.ts';
import { YEAR_DAYS, type ModelCohorts, type Population } from './population.ts';
import { expecting, fitWeibull, type Spans } from './weibull.ts';

/** Days as numbers; `to` is not included. */
export interface Month {
  readonly month: number;
  readonly from: number;
  readonly to: number;
}

export interface ForecastInput {
  readonly population: Population;
  /** By model and component. */
  readonly ages: Groups<Ages>;
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
  const spansByModel = new Map<string, readonly { group: Group; spans: Spans }[]>();
  for (const { group: failing, value: used } of usedBy.entries()) {
    const { n } = failures.of(failing);
    if (n === 0) continue;
    const expect = expectation(input, failing, n);
    const model = failing.model ?? '';
    const those = spansByModel.get(model) ?? spansOf(input, model);
    spansByModel.set(model, those);
    for (const { group, spans } of those) {
      const { expected, basis } = expect(spans);
      for (const { part, quantity } of used) sums.of({ ...failing, ...group, part }).add(expected, quantity / n, basis);
    }
  }
  return sums.entries().map(({ group, value }) => {
    const [basis = 'rate', other] = value.bases;
    return { group, value: { expected: value.total(), basis: other ? 'both' : basis } };
  });
}

/** What the units in use of a model go through ahead, by group; the last month first, since its ages are the largest. */
function spansOf({ population, ahead, by }: ForecastInput, ofModel: string): { group: Group; spans: Spans }[] {
  const cohorts = new Groups<ModelCohorts[]>(
    by.filter((one) => one === 'batch'),
    () => [],
  );
  for (const one of population.cohorts) if (one.model === ofModel) cohorts.of(one).push(one);
  const months = by.includes('month') ? ahead.toReversed() : [{ month: 0, from: ahead[0]!.from, to: ahead.at(-1)!.to }];
  return cohorts
    .entries()
    .flatMap(({ group, value }) =>
      months.map(({ month, from, to }) => ({ group: { ...group, month }, spans: spanOfAll(value, from, to) })),
    );
}

function spanOfAll(cohorts: readonly ModelCohorts[], from: number, to: number): Spans {
  const room = cohorts.reduce((sum, { days }) => sum + days.length, 0);
  const oldest = to - cohorts.reduce((first, one) => earliestOf(one, first), to);
  const spans = { units: new Int32Array(room), from: new Int32Array(room), to: new Int32Array(room), oldest };
  let at = 0;
  for (const { days, units } of cohorts) {
    for (let index = 0; index < days.length; index += 1, at += 1) {
      spans.units[at] = units[index]!;
      spans.from[at] = from - days[index]!;
      spans.to[at] = to - days[index]!;
    }
  }
  return spans;
}

function expectation(
  { population, ages, learntFrom }: ForecastInput,
  failing: Group,
  failures: number,
): (spans: Spans) => { expected: Bounded; basis: 'weibull' | 'rate' } {
  const fit = fitWeibull(lifetimes(ages.of(failing)));
  if (typeof fit !== 'string') {
    const expect = expecting(fit);
    return (spans) => ({ expected: expect(spans), basis: 'weibull' });
  }
  const unitDays = population.cohorts
    .filter(({ model }) => model === failing.model)
    .flatMap((cohorts) => exposure(cohorts, learntFrom, { age: false, month: false }))
    .reduce((sum, part) => sum + part.unitDays, 0);
  const perYear = rate(failures, unitDays / YEAR_DAYS) ?? { value: 0, low: 0, high: 0 };
  return (spans) => {
    const years = unitDaysOf(spans) / YEAR_DAYS;
    const { value, low, high } = perYear;
    return { expected: { value: value * years, low: low * years, high: high * years }, basis: 'rate' };
  };
}

function unitDaysOf({ units, from, to }: Spans): number {
  return units.reduce((sum, count, index) => sum + count * (to[index]! - from[index]!), 0);
}
