/** Bounds against values of SciPy 1.17 (scipy.special.betaincinv and gammaincinv), which are computed in another way. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile, rate, share } from '../../analysis/bounds.ts';

describe('the bounds of a share', () => {
  it('are those of Clopper and Pearson', () => {
    for (const [count, of, low, high] of [
      [0, 1, 0, 0.975],
      [0, 40, 0, 0.08809730287880237],
      [1, 40, 0.0006327449320494191, 0.13158585848276572],
      [3, 10, 0.06673951117773447, 0.6524528500599973],
      [10, 10, 0.6915028921812392, 1],
      [250, 1000, 0.2234304062646804, 0.27805000622375553],
      [1, 1_000_000, 2.5317807663794178e-8, 5.571630655166939e-6],
      [5000, 1_000_000, 0.004862691820452957, 0.005140187265579256],
    ] as const) {
      const bounds = share(count, of)!;
      expect(bounds.value).toBe(count / of);
      expectClose(bounds.low, low, 1e-8);
      expectClose(bounds.high, high, 1e-8);
    }
  });

  it('are none of nothing', () => {
    expect(share(0, 0)).toBeNull();
  });

  it('enclose the share, mirror the others’ and narrow with the number', () => {
    const counts = fc.integer({ min: 1, max: 100_000 }).chain((of) => fc.tuple(fc.nat({ max: of }), fc.constant(of)));
    fc.assert(
      fc.property(counts, ([count, of]) => {
        const { value, low, high } = share(count, of)!;
        expect([low >= 0, low <= value, value <= high, high <= 1]).toEqual([true, true, true, true]);
        const others = share(of - count, of)!;
        expectClose(1 - others.high, low, 1e-6, 1e-9);
        const more = share(count * 4, of * 4)!;
        expect(more.high - more.low).toBeLessThan(high - low);
      }),
    );
  });
});

describe('the bounds of a rate', () => {
  it('are those of Garwood', () => {
    for (const [count, exposure, low, high] of [
      [0, 12.5, 0, 0.2951103563291148],
      [1, 1, 0.025317807984289876, 5.571643390938898],
      [4, 100, 0.010898653736263248, 0.10241588675403694],
      [10, 1, 4.7953886961324335, 18.39035604201778],
      [1000, 1000, 0.9389730184076952, 1.0639521360163018],
    ] as const) {
      const bounds = rate(count, exposure)!;
      expect(bounds.value).toBe(count / exposure);
      expectClose(bounds.low, low, 1e-9);
      expectClose(bounds.high, high, 1e-9);
    }
  });

  it('are as good as exact where the count is large', () => {
    for (const [count, low, high] of [
      [5000, 4862.359188694899, 5140.5489485350045],
      [5001, 4863.345330109137, 5141.562805740653],
      [20_000, 19723.767600607054, 20279.133627926407],
      [1_000_000, 998040.9833402939, 1001961.9119454322],
    ] as const) {
      const bounds = rate(count, 1)!;
      expectClose(bounds.low, low, 1e-6);
      expectClose(bounds.high, high, 1e-6);
    }
  });

  it('enclose the rate, scale with the exposure and grow with the count, also where the method changes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20_000 }), fc.double({ min: 0.01, max: 1e6, noNaN: true }), (count, exposure) => {
        const { value, low, high } = rate(count, exposure)!;
        expect([low <= value, value < high]).toEqual([true, true]);
        const double = rate(count, exposure * 2)!;
        expectClose(double.high * 2, high, 1e-9);
        const next = rate(count + 1, exposure)!;
        expect([next.low > low, next.high > high]).toEqual([true, true]);
      }),
    );
    for (let count = 4990; count < 5010; count += 1) {
      expect(rate(count + 1, 1)!.low).toBeGreaterThan(rate(count, 1)!.low);
      expect(rate(count + 1, 1)!.high).toBeGreaterThan(rate(count, 1)!.high);
    }
  });

  it('are none without exposure', () => {
    expect(rate(3, 0)).toBeNull();
  });
});

it('the normal quantile is that of 95 %', () => {
  expectClose(normalQuantile, 1.959963984540054, 1e-14);
});

function expectClose(actual: number, expected: number, relative: number, absolute = 0): void {
  expect(Math.abs(actual - expected), `${actual} instead of ${expected}`).toBeLessThanOrEqual(
    Math.abs(expected) * relative + absolute,
  );
}
