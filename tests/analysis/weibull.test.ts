/**
 * The Weibull fit against published data. Where a publication prints fewer digits, they are from an independent
 * maximisation of the likelihood in Python (Nelder–Mead on ln scale and ln shape, SciPy 1.17; standard errors from its
 * numerical second derivatives; the point agrees with scipy.stats.weibull_min.fit on scipy.stats.CensoredData).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cumulativeHazard,
  expectedBetween,
  fitWeibull,
  lifeAt,
  scaleBounds,
  shapeBounds,
  type Times,
  type Weibull,
} from '../../analysis/weibull.ts';

interface Group {
  readonly time: number;
  readonly units: number;
}

const once = (times: readonly number[]): Group[] => times.map((time) => ({ time, units: 1 }));
const timesOf = (groups: readonly Group[]): Times => ({
  times: groups.map(({ time }) => time),
  units: groups.map(({ units }) => units),
});
const fitOf = ({ failed, unfailed }: { failed: readonly Group[]; unfailed: readonly Group[] }) =>
  fitWeibull({ failed: timesOf(failed), unfailed: timesOf(unfailed) });
const fitted = (failed: readonly Group[], unfailed: readonly Group[] = []): Weibull => {
  const fit = fitOf({ failed, unfailed });
  if (typeof fit === 'string') throw new Error(fit);
  return fit;
};

/** Lieblein and Zelen (1956), millions of revolutions of 23 ball bearings: shape 2.10, scale 81.88 (Lawless 2003). */
const bearings = once([
  17.88, 28.92, 33, 41.52, 42.12, 45.6, 48.48, 51.84, 51.96, 54.12, 55.56, 67.8, 68.64, 68.64, 68.88, 84.12, 93.12,
  98.64, 105.12, 105.84, 127.92, 128.04, 173.4,
]);
/** NIST/SEMATECH e-Handbook 8.4.1.2: ten of twenty failed within 500 hours; shape 1.7208, scale 606.5280. */
const nist = { failed: once([54, 187, 216, 240, 244, 335, 361, 373, 375, 386]), unfailed: [{ time: 500, units: 10 }] };
/** Gehan (1965), weeks of remission under 6-MP, most of them censored: shape 1.354, scale 33.77. */
const remissions = {
  failed: once([6, 6, 6, 7, 10, 13, 16, 22, 23]),
  unfailed: once([6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]),
};

describe('the Weibull fit', () => {
  it('finds the published shape and scale, without and with units that have not failed', () => {
    const all = fitted(bearings);
    expect([all.shape, all.scale].map((one) => one.toFixed(4))).toEqual(['2.1021', '81.8783']);
    const half = fitted(nist.failed, nist.unfailed);
    expect(half.shape).toBeCloseTo(1.7208, 4);
    // The handbook stops its search at 606.5280.
    expect(half.scale).toBeCloseTo(606.5276, 3);
    const few = fitted(remissions.failed, remissions.unfailed);
    expect([few.shape, few.scale].map((one) => one.toFixed(3))).toEqual(['1.354', '33.765']);
  });

  it('has the standard errors and bounds of the observed information', () => {
    for (const [data, errors, shape, scale, b10] of [
      [
        { failed: bearings, unfailed: [] },
        [0.328687, 8.600446],
        [1.547203, 2.855896],
        [66.643739, 100.59552],
        [28.069413, 18.060103, 43.626107],
      ],
      [nist, [0.502151, 124.910653], [0.971266, 3.048745], [405.0893, 908.13477], [164.022436, 83.875129, 320.75491]],
      [remissions, [0.376877, 9.230343], [0.784442, 2.336179], [19.759532, 57.698], [6.405065, 2.795082, 14.677516]],
    ] as const) {
      const fit = fitted(data.failed, data.unfailed);
      expectClose(fit.shape * Math.sqrt(fit.covariance.shape), errors[0]);
      expectClose(fit.scale * Math.sqrt(fit.covariance.scale), errors[1]);
      const [k, l, b] = [shapeBounds(fit), scaleBounds(fit), lifeAt(fit, 0.1)];
      for (const [actual, expected] of [
        [k.low, shape[0]],
        [k.high, shape[1]],
        [l.low, scale[0]],
        [l.high, scale[1]],
        [b.value, b10[0]],
        [b.low, b10[1]],
        [b.high, b10[2]],
      ] as const)
        expectClose(actual, expected);
    }
  });

  it('does not depend on the unit of time, nor on how units are grouped', () => {
    const lives = fc.record({
      failed: fc.array(fc.record({ time: fc.integer({ min: 1, max: 4000 }), units: fc.integer({ min: 1, max: 50 }) }), {
        minLength: 5,
        maxLength: 60,
      }),
      unfailed: fc.array(
        fc.record({ time: fc.integer({ min: 1, max: 4001 }), units: fc.integer({ min: 0, max: 10_000 }) }),
        { maxLength: 60 },
      ),
    });
    fc.assert(
      fc.property(lives, fc.double({ min: 0.001, max: 1000, noNaN: true }), (data, unit) => {
        const fit = fitOf(data);
        const scaled = (groups: readonly Group[]) => groups.map(({ time, units }) => ({ time: time * unit, units }));
        const other = fitOf({ failed: scaled(data.failed), unfailed: scaled(data.unfailed) });
        const single = fitOf({
          failed: data.failed.flatMap(({ time, units }) => once(Array.from({ length: units }, () => time))),
          unfailed: data.unfailed,
        });
        if (typeof fit === 'string') return expect([other, single]).toEqual([fit, fit]);
        expectClose((other as Weibull).shape, fit.shape);
        expectClose((other as Weibull).scale, fit.scale * unit);
        expectClose((single as Weibull).shape, fit.shape);
        // The maximum: nothing near it is likelier.
        const best = likelihood(data, fit.shape, fit.scale);
        for (const [shape, scale] of [
          [1.001, 1],
          [0.999, 1],
          [1, 1.001],
          [1, 0.999],
        ] as const)
          expect(likelihood(data, fit.shape * shape, fit.scale * scale)).toBeLessThanOrEqual(best + 1e-9);
      }),
    );
  });

  it('finds again what a million units were drawn from, grouped by day, within a tenth of a second', () => {
    // A grid of probabilities instead of chance: 1 million units, followed for 1000 days.
    const [shape, scale, units, days] = [1.6, 2500, 1_000_000, 1000];
    const failedBy = (day: number) => Math.round(units * -Math.expm1(-((day / scale) ** shape)));
    const failed = Array.from({ length: days }, (_, day) => ({
      time: day + 0.5,
      units: failedBy(day + 1) - failedBy(day),
    }));
    const startedAt = performance.now();
    const fit = fitted(failed, [{ time: days, units: units - failedBy(days) }]);
    expect(performance.now() - startedAt).toBeLessThan(100);
    expect(fit.shape).toBeCloseTo(shape, 2);
    expect(Math.abs(fit.scale / scale - 1)).toBeLessThan(0.002);
  });

  it('is refused where there is too little to learn from', () => {
    const many = [{ time: 900, units: 1_000_000 }];
    expect(fitOf({ failed: once([1, 2, 3, 4]), unfailed: many })).toBe('tooFewFailures');
    expect(fitOf({ failed: [], unfailed: many })).toBe('tooFewFailures');
    expect(fitOf({ failed: [{ time: 100, units: 50 }], unfailed: [{ time: 100, units: 3 }] })).toBe('noSpread');
    expect(typeof fitOf({ failed: [{ time: 100, units: 50 }], unfailed: [{ time: 101, units: 3 }] })).toBe('object');
  });
});

describe('expected failures', () => {
  it('are the growth of the cumulative hazard, with bounds by the delta method', () => {
    // In Python: the same sum, its logarithm differentiated numerically.
    const fit = fitted(remissions.failed, remissions.unfailed);
    const { value, low, high } = expected(fit, [
      { units: 100, from: 500, to: 600 },
      { units: 50, from: 0, to: 100 },
    ]);
    const hazard = (time: number) => (time / fit.scale) ** fit.shape;
    expectClose(value, 100 * (hazard(600) - hazard(500)) + 50 * hazard(100));
    expectClose(value, 1292.9344);
    expectClose(low, 87.025276);
    expectClose(high, 19209.125);
  });

  it('add up over time and over units', () => {
    const fit = fitted(nist.failed, nist.unfailed);
    const at = (units: number, from: number, to: number) => expected(fit, [{ units, from, to }]).value;
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(400), fc.nat(400), fc.integer({ min: 1, max: 9 }), (from, a, b, units) => {
        expectClose(
          at(units, from, from + a) + at(units, from + a, from + a + b),
          at(units, from, from + a + b),
          1e-6,
          1e-9,
        );
        expectClose(at(units, from, from + a), units * at(1, from, from + a), 1e-9, 1e-9);
      }),
    );
    expect(expected(fit, [])).toEqual({ value: 0, low: 0, high: 0 });
  });
});

function expected(fit: Weibull, those: readonly { units: number; from: number; to: number }[]) {
  const hazardOf = cumulativeHazard(fit, Math.max(0, ...those.map(({ to }) => to)));
  const units = Int32Array.from(those, (one) => one.units);
  const [before, after] = (['from', 'to'] as const).map((moment) =>
    hazardOf({ units, ages: Int32Array.from(those, (one) => one[moment]) }),
  );
  return expectedBetween(fit, before!, after!);
}

function likelihood(
  data: { failed: readonly Group[]; unfailed: readonly Group[] },
  shape: number,
  scale: number,
): number {
  const hazard = (time: number) => (time / scale) ** shape;
  const failed = data.failed.reduce(
    (sum, { time, units }) => sum + units * (Math.log(shape / time) + shape * Math.log(time / scale) - hazard(time)),
    0,
  );
  return data.unfailed.reduce((sum, { time, units }) => sum - units * hazard(time), failed);
}

function expectClose(actual: number, expected: number, relative = 1e-5, absolute = 0): void {
  expect(Math.abs(actual - expected), `${actual} instead of ${expected}`).toBeLessThanOrEqual(
    Math.abs(expected) * relative + absolute,
  );
}
