import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ageMonth, exposure, type Cohorts, type Exposure } from '../../analysis/exposure.ts';
import { dayNumber, dayText, firstDayOf, monthOf, monthText } from '../../analysis/groups.ts';

const day = dayNumber;
const both = { age: true, month: true };
const neither = { age: false, month: false };
const sum = (parts: readonly Exposure[]) => parts.reduce((total, { unitDays }) => total + unitDays, 0);

describe('exposure', () => {
  it('counts every day from the first on, both ends of the period included', () => {
    const cohorts = { days: [day('2026-01-31'), day('2026-02-10'), day('2026-03-01')], units: [2, 3, 5] };
    const period = { from: null, to: day('2026-02-10') };
    // 31 January to 10 February are 11 days; 10 February is one; 1 March comes later.
    expect(exposure(cohorts, period, neither)).toEqual([{ age: null, month: null, units: 5, unitDays: 2 * 11 + 3 }]);
    expect(exposure(cohorts, { ...period, from: day('2026-02-09') }, neither)).toMatchObject([
      { units: 5, unitDays: 2 * 2 + 3 },
    ]);
    expect(exposure(cohorts, period, { age: false, month: true })).toEqual([
      { age: null, month: monthOf('2026-01-01'), units: 2, unitDays: 2 },
      { age: null, month: monthOf('2026-02-01'), units: 5, unitDays: 2 * 10 + 3 },
    ]);
    expect(exposure(cohorts, { from: null, to: day('2026-01-30') }, both)).toEqual([]);
  });

  it('tells months of age apart where they are full: on the 31st day, the 61st and the 92nd', () => {
    expect([0, 30, 31, 60, 61, 91, 92, 365, 366].map(ageMonth)).toEqual([0, 0, 1, 1, 2, 2, 3, 11, 12]);
    const cohorts = { days: [0], units: [1] };
    expect(exposure(cohorts, { from: null, to: 69 }, { age: true, month: false })).toEqual([
      { age: 0, month: null, units: 1, unitDays: 31 },
      { age: 1, month: null, units: 1, unitDays: 30 },
      { age: 2, month: null, units: 1, unitDays: 9 },
    ]);
  });

  it('is the same however it is split, and as counted day by day', () => {
    const cohorts: fc.Arbitrary<Cohorts> = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 9 })), { maxLength: 8 })
      .map((those) => ({ days: those.map(([start]) => start), units: those.map(([, units]) => units) }));
    const period = fc
      .tuple(fc.option(fc.integer({ min: 0, max: 600 })), fc.integer({ min: 0, max: 600 }))
      .map(([from, to]) => ({ from, to }));
    fc.assert(
      fc.property(cohorts, period, (those, within) => {
        const expected = new Map<string, number>();
        for (const [index, start] of Array.from(those.days).entries())
          for (let one = Math.max(start, within.from ?? 0); one <= within.to; one += 1) {
            const key = `${ageMonth(one - start)} ${monthOf(dayText(one))}`;
            expected.set(key, (expected.get(key) ?? 0) + those.units[index]!);
          }
        const parts = exposure(those, within, both);
        expect(new Map(parts.map(({ age, month, unitDays }) => [`${age} ${month}`, unitDays]))).toEqual(expected);
        for (const by of [neither, { age: true, month: false }, { age: false, month: true }])
          expect(sum(exposure(those, within, by))).toBe(sum(parts));
      }),
    );
  });
});

it('days and months have one number each', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40_000 }), (number) => {
      const text = dayText(number);
      expect(dayNumber(text)).toBe(number);
      expect(text.startsWith(monthText(monthOf(text)))).toBe(true);
      expect(firstDayOf(monthOf(text))).toBeLessThanOrEqual(number);
      expect(firstDayOf(monthOf(text) + 1)).toBeGreaterThan(number);
    }),
  );
});
