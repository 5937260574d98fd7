/** Figures from counts, small enough to work out by hand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costs } from '../../analysis/costs.ts';
import { failureRates } from '../../analysis/failure-rates.ts';
import { dayNumber, Groups, monthOf, TooManyGroups, type Dimension } from '../../analysis/groups.ts';
import { ages, fits, lifetimes, lives, type Ages } from '../../analysis/life.ts';
import { partsForecast, type ForecastInput } from '../../analysis/parts-forecast.ts';
import { componentsAskedFor, YEAR_DAYS, type Population } from '../../analysis/population.ts';
import { repairQuality } from '../../analysis/repairs.ts';
import { serviceLevels } from '../../analysis/service-levels.ts';
import { quantile, turnaround } from '../../analysis/turnaround.ts';

const day = dayNumber;
const most = 100;
/** Ten units of A from the first day of 2026, and five of B, half a year later. */
const cohorts = [
  { model: 'A', batch: null, days: [day('2026-01-01')], units: [10] },
  { model: 'B', batch: null, days: [day('2026-07-01')], units: [5] },
];
const all: Population = { cohorts, components: null };
const year = { from: day('2026-01-01'), to: day('2026-12-31') };

describe('failure rates', () => {
  const options = (by: readonly Dimension[], most_ = most) => ({ period: year, by, most: most_, shares: true });
  const counts = [
    { model: 'A', month: monthOf('2025-12-01'), failures: 0, first: 0, firstBefore: 1 },
    { model: 'A', month: monthOf('2026-02-01'), failures: 3, first: 2, firstBefore: 0 },
    { model: 'A', month: monthOf('2026-03-01'), failures: 1, first: 1, firstBefore: 0 },
  ];

  it('are failures over unit-years, and first failures over units that had not failed', () => {
    const rows = failureRates(counts, all, options(['model']));
    expect(rows.map(({ group }) => group)).toEqual([{ model: 'A' }, { model: 'B' }]);
    const [a, b] = rows.map(({ value }) => value);
    expect(a).toMatchObject({ units: 10, unitYears: 3650 / YEAR_DAYS, failures: 4 });
    expect(a!.rate!.value).toBeCloseTo(4 / (3650 / YEAR_DAYS), 12);
    expect(a!.firstFailures).toMatchObject({ units: 3, of: 9, share: { value: 3 / 9 } });
    expect(b).toMatchObject({ units: 5, unitYears: (5 * 184) / YEAR_DAYS, failures: 0, rate: { value: 0, low: 0 } });
    expect(b!.firstFailures).toMatchObject({ units: 0, of: 5 });
  });

  it('by month leave out of a month’s share what had failed before it', () => {
    const rows = failureRates(counts, { cohorts: [cohorts[0]!], components: null }, options(['month']));
    expect(rows).toHaveLength(12);
    expect(rows.slice(0, 4).map(({ value }) => value.firstFailures)).toMatchObject([
      { units: 0, of: 9 },
      { units: 2, of: 9 },
      { units: 1, of: 7 },
      { units: 0, of: 6 },
    ]);
  });

  it('of a component are over the units of models that have it', () => {
    const described = new Map([
      ['A', ['motor', 'blade']],
      ['B', ['motor']],
    ]);
    const rows = [{ model: 'B', component: null, failures: 1, first: 1, firstBefore: 0 }];
    const population = { cohorts, components: componentsAskedFor(described, rows, [], ['component']) };
    const found = failureRates(rows, population, options(['component']));
    expect(found.map(({ group, value }) => [group.component, value.units, value.failures])).toEqual([
      [null, 5, 1],
      ['blade', 10, 0],
      ['motor', 15, 0],
    ]);
    // Asked for one component, a model without it does not count.
    const blades = { cohorts, components: componentsAskedFor(described, [], ['blade'], []) };
    expect(failureRates([], blades, options([]))).toMatchObject([{ group: {}, value: { units: 10 } }]);
  });

  it('are refused where there would be more groups than are answered', () => {
    expect(() => failureRates(counts, all, options(['month'], 11))).toThrow(TooManyGroups);
  });

  it('have a total also where there is nothing', () => {
    const nothing = { cohorts: [], components: null };
    expect(failureRates([], nothing, options([]))).toMatchObject([{ value: { units: 0, failures: 0, rate: null } }]);
  });
});

describe('lives', () => {
  it('are of units that failed, in the middle of a day, and of those that have not, at the end of the last', () => {
    const failures = [{ model: 'A', days: Int32Array.of(day('2026-01-01')), ages: Int32Array.of(30) }];
    const until = day('2026-12-31');
    const found = ages(failures, all, { until, by: ['model'], most });
    const { failed, unfailed } = found.of({ model: 'A' });
    expect([failed.indexOf(1), failed.lastIndexOf(1), unfailed.indexOf(9), unfailed.lastIndexOf(9)]).toEqual([
      30, 30, 364, 364,
    ]);
    const { failed: at, unfailed: until_ } = lifetimes({ failed, unfailed });
    expect([at, until_]).toEqual([
      { times: Float64Array.of(30.5), units: Float64Array.of(1) },
      { times: Float64Array.of(365), units: Float64Array.of(9) },
    ]);
    const rows = lives(failures, all, { until, by: ['model'], most });
    expect(rows).toMatchObject([
      { group: { model: 'A' }, value: { units: 10, failed: 1, fit: null, refused: 'tooFewFailures' } },
      { group: { model: 'B' }, value: { units: 5, failed: 0, fit: null, refused: 'tooFewFailures' } },
    ]);
  });

  it('by month are by the month from which units are in use', () => {
    const failures = [{ model: 'B', days: Int32Array.of(day('2026-07-01')), ages: Int32Array.of(10) }];
    const rows = lives(failures, all, { until: day('2026-12-31'), by: ['month'], most });
    expect(rows.map(({ group, value }) => [group.month, value.units, value.failed])).toEqual([
      [monthOf('2026-01-01'), 10, 0],
      [monthOf('2026-07-01'), 5, 1],
    ]);
  });
});

describe('the turnaround', () => {
  it('is the nearest rank: a value that occurred', () => {
    const one = (minutes: number[]) => Int32Array.from(minutes);
    expect(quantile(one([60]), 0.9)).toBe(60);
    expect(quantile(one([1, 2, 3, 4]), 0.5)).toBe(2);
    expect(quantile(one([1, 2, 3, 4, 5]), 0.5)).toBe(3);
    expect(quantile(one([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 0.9)).toBe(9);
    const rows = [
      { model: 'A', minutes: one([600, 60]) },
      { model: 'B', minutes: one([120]) },
    ];
    expect(turnaround(rows, [], most)).toEqual([{ group: {}, value: { repairs: 3, medianHours: 2, p90Hours: 10 } }]);
  });

  it('is not exceeded by at least the share that it names, and by no smaller value', () => {
    const lists = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(lists, fc.constantFrom(0.5, 0.9), (list, part) => {
        const sorted = Int32Array.from(list).toSorted();
        const value = quantile(sorted, part);
        expect(sorted.filter((one) => one <= value).length).toBeGreaterThanOrEqual(part * sorted.length - 1e-9);
        expect(sorted.filter((one) => one < value).length).toBeLessThan(part * sorted.length);
      }),
    );
  });
});

it('repairs are summed up over models before a share is taken', () => {
  const of = (model: string, judged: number, fixedFirstTime: number, cameAgain: number) => ({
    ...{ model, repairs: judged + 1, failedTests: 1, judged, fixedFirstTime, cameAgain },
  });
  expect(repairQuality([of('A', 4, 3, 1), of('B', 6, 6, 0)], [], most)).toMatchObject([
    {
      value: {
        repairs: 12,
        failedTests: 2,
        judged: 10,
        firstTimeFix: { repairs: 9, share: { value: 0.9 } },
        repeats: { repairs: 1, share: { value: 0.1 } },
      },
    },
  ]);
});

it('service levels stand beside each other, also where one has nothing', () => {
  const rows = serviceLevels(
    [{ model: 'A', counted: 4, kept: 3 }],
    [{ model: 'B', counted: 2, kept: 2 }],
    ['model'],
    most,
  );
  expect(rows).toMatchObject([
    {
      group: { model: 'A' },
      value: { decisions: { counted: 4, kept: 3, share: { value: 0.75 } }, repairs: { share: null } },
    },
    { group: { model: 'B' }, value: { decisions: { counted: 0, share: null }, repairs: { share: { value: 1 } } } },
  ]);
});

it('costs are told apart by currency, and divided by repairs, units and unit-years', () => {
  const repair = { model: 'A', repairs: 2, parts: 300, labour: 200, shipping: 100, charged: 40 };
  const claim = { model: 'A', lines: 3, paid: 500 };
  const rows = costs(
    [
      { ...repair, currency: 'CNY' },
      { ...repair, currency: 'EUR', model: 'B' },
    ],
    [{ ...claim, currency: 'CNY' }],
    all,
    { period: year, by: [], most },
  );
  expect(rows).toMatchObject([
    {
      group: { currency: 'CNY' },
      value: { total: 600, charged: 40, perRepair: 300, units: 15, perUnit: 40, lines: 3, paid: 500 },
    },
    { group: { currency: 'EUR' }, value: { total: 600, lines: 0, paid: 0 } },
  ]);
  expect(rows[0]!.value.perUnitYear).toBeCloseTo(600 / ((3650 + 920) / YEAR_DAYS), 9);
});

describe('the forecast of parts', async () => {
  const today = day('2026-12-31');
  const month = (from: string, to: string) => ({ month: monthOf(from), from: day(from), to: day(to) });
  const each = ['model', 'component'] as const;
  const noLives = () =>
    new Groups<Ages>(each, () => ({ failed: new Float64Array(365), unfailed: new Float64Array(365) }));
  const noFits = await fits(noLives(), each, () => Promise.resolve());
  const input = (changes: Partial<ForecastInput> = {}): ForecastInput => ({
    population: all,
    fits: noFits,
    failures: [{ model: 'A', component: 'motor', failures: 2 }],
    parts: [{ model: 'A', component: 'motor', part: 'P-1', quantity: 3 }],
    learntFrom: { from: null, to: today },
    ahead: [month('2027-01-01', '2027-02-01'), month('2027-02-01', '2027-03-01')],
    by: [],
    most,
    ...changes,
  });

  it('goes by the constant rate where too few have failed', () => {
    // 2 failures in 10 × 365 unit-days; 10 units for 59 days; 1.5 parts for each failure.
    const expected = (2 / 3650) * 590 * 1.5;
    const [row, ...more] = partsForecast(input());
    expect([row!.group, row!.value.basis, more]).toEqual([{ part: 'P-1' }, 'rate', []]);
    expect(row!.value.expected.value).toBeCloseTo(expected, 12);
    // 0.2422 and 7.2247 failures are the bounds of 2 (Garwood).
    expect(row!.value.expected.low).toBeCloseTo((expected * 0.24220928) / 2, 6);
    expect(row!.value.expected.high).toBeCloseTo((expected * 7.22468767) / 2, 6);
  });

  it('goes by the fitted hazard, and its months add up', async () => {
    const lived = noLives();
    const motor = lived.of({ model: 'A', component: 'motor' });
    for (const [age, n] of [
      [100, 2],
      [200, 3],
      [300, 4],
    ] as const)
      motor.failed[age] = n;
    motor.unfailed[364] = 100;
    const fitted = await fits(lived, each, () => Promise.resolve());
    const [whole] = partsForecast(input({ fits: fitted }));
    const months = partsForecast(input({ fits: fitted, by: ['month', 'model'] }));
    expect(whole!.value.basis).toBe('weibull');
    expect(months.map(({ group }) => group)).toEqual([
      { part: 'P-1', month: monthOf('2027-01-01'), model: 'A' },
      { part: 'P-1', month: monthOf('2027-02-01'), model: 'A' },
    ]);
    const added = months.reduce((sum, { value }) => sum + value.expected.value, 0);
    expect(added).toBeCloseTo(whole!.value.expected.value, 9);
  });

  it('puts independent bounds together less widely than by adding them', () => {
    const [both] = partsForecast(
      input({
        failures: [
          { model: 'A', component: 'motor', failures: 2 },
          { model: 'B', component: 'motor', failures: 2 },
        ],
        parts: [
          { model: 'A', component: 'motor', part: 'P-1', quantity: 2 },
          { model: 'B', component: 'motor', part: 'P-1', quantity: 2 },
        ],
      }),
    );
    const [a] = partsForecast(input({ parts: [{ model: 'A', component: 'motor', part: 'P-1', quantity: 2 }] }));
    const { value, low, high } = both!.value.expected;
    expect(value).toBeCloseTo((2 / 3650) * 590 + (2 / 920) * 295, 12);
    expect(high - value).toBeLessThan(2 * (2 / 920) * 295 * 3);
    expect(high - value).toBeGreaterThan(a!.value.expected.high - a!.value.expected.value);
    expect([low >= 0, low < value]).toEqual([true, true]);
  });

  it('is none of parts whose component has not failed', () => {
    expect(partsForecast(input({ failures: [] }))).toEqual([]);
  });
});
