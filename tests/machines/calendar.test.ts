import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  after,
  before,
  dayOf,
  daysBetween,
  endOfDay,
  expiry,
  isDay,
  isPositiveDuration,
  isTimeZone,
  lastDay,
  latest,
  monthsBegun,
  periodEnd,
  periodEndAfter,
} from '../../machines/calendar.ts';
import type { Counting } from '../../machines/calendar.ts';

const shanghai: Counting = { timeZone: 'Asia/Shanghai', periodEnd: 'endOfDay' };
const exactly: Counting = { timeZone: 'Asia/Shanghai', periodEnd: 'sameInstant' };

describe('a period', () => {
  it('does not count its first day and ends at 24:00 of its last [C2]', () => {
    expect(periodEnd('2027-03-10T02:00:00.000Z', 'P7D', shanghai)).toBe('2027-03-17T16:00:00.000Z');
    expect(periodEnd('2027-03-10T02:00:00.000Z', 'P1Y', shanghai)).toBe('2028-03-10T16:00:00.000Z');
  });

  it('ends on the same day whether it begins at 00:00 or at 23:59 [C2]', () => {
    expect(periodEnd('2027-03-09T16:00:00.000Z', 'P7D', shanghai)).toBe('2027-03-17T16:00:00.000Z');
    expect(periodEnd('2027-03-10T15:59:59.999Z', 'P7D', shanghai)).toBe('2027-03-17T16:00:00.000Z');
    expect(periodEnd('2027-03-10T16:00:00.000Z', 'P7D', shanghai)).toBe('2027-03-18T16:00:00.000Z');
  });

  it('ends at the time of day at which it began where the term says so [C2]', () => {
    expect(periodEnd('2027-03-10T02:03:04.005Z', 'P1Y', exactly)).toBe('2028-03-10T02:03:04.005Z');
  });

  it('that follows another one counts from the day that ended, though the clock says 00:00 of the next [C5]', () => {
    expect(periodEndAfter('2028-03-10T16:00:00.000Z', 'P7D', shanghai)).toBe('2028-03-17T16:00:00.000Z');
    expect(periodEndAfter('2028-03-10T02:00:00.000Z', 'P7D', shanghai)).toBe('2028-03-17T16:00:00.000Z');
    expect(periodEndAfter('2028-03-10T02:00:00.000Z', 'P7D', exactly)).toBe('2028-03-17T02:00:00.000Z');
  });

  it('of seconds is exact and never rounded to the end of a day [C2]', () => {
    expect(periodEnd('2027-03-10T02:00:00.250Z', 'PT5S', shanghai)).toBe('2027-03-10T02:00:05.250Z');
    expect(periodEndAfter('2027-03-10T16:00:00.000Z', 'PT5S', shanghai)).toBe('2027-03-10T16:00:05.000Z');
    expect(expiry('2027-03-10T02:00:00.000Z', 3, 'PT20S', shanghai)).toBe('2027-03-10T02:01:00.000Z');
    expect(expiry('2027-03-10T02:00:00.000Z', 2, 'PT0.5S', shanghai)).toBe('2027-03-10T02:00:01.000Z');
  });
});

describe('expiry', () => {
  const leapDay = '2028-02-29T04:00:00.000Z';

  it('of a term that began on 29 February is on the 28th, and on the 29th again in leap years [C2]', () => {
    const ends = [1, 2, 3, 4, 5, 8].map((years) => expiry(leapDay, years, 'P1Y', shanghai).slice(0, 10));
    expect(ends).toEqual(['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29', '2033-02-28', '2036-02-29']);
    expect(expiry(leapDay, 1, 'P1Y', exactly)).toBe('2029-02-28T04:00:00.000Z');
    expect(expiry(leapDay, 4, 'P1Y', exactly)).toBe('2032-02-29T04:00:00.000Z');
  });

  it('keeps its wall-clock day over a change of daylight saving time [C2]', () => {
    const berlin: Counting = { timeZone: 'Europe/Berlin', periodEnd: 'endOfDay' };
    expect(periodEnd('2027-03-20T12:00:00.000Z', 'P14D', berlin)).toBe('2027-04-03T22:00:00.000Z');
    expect(periodEnd('2027-10-20T12:00:00.000Z', 'P14D', berlin)).toBe('2027-11-03T23:00:00.000Z');
    expect(before('2027-11-03T23:00:00.000Z', 'P90D', 'Europe/Berlin')).toBe('2027-08-05T22:00:00.000Z');
    expect(after('2027-03-27T12:00:00.000Z', 'P7D', 'Europe/Berlin')).toBe('2027-04-03T11:00:00.000Z');
  });

  it('counts days in a zone that changed its offset for good [C2]', () => {
    // Kazakhstan's Almaty moved from UTC+6 to UTC+5 on 1 March 2024.
    const almaty: Counting = { timeZone: 'Asia/Almaty', periodEnd: 'endOfDay' };
    expect(periodEnd('2024-02-20T06:00:00.000Z', 'P5D', almaty)).toBe('2024-02-25T18:00:00.000Z');
    expect(periodEnd('2024-02-20T06:00:00.000Z', 'P14D', almaty)).toBe('2024-03-05T19:00:00.000Z');
  });
});

describe('a calendar day', () => {
  it('is the one on which a moment falls in the agreement’s time zone, up to 24:00 [C2]', () => {
    expect(dayOf('2027-03-10T15:59:59.999Z', 'Asia/Shanghai')).toBe('2027-03-10');
    expect(dayOf('2027-03-10T16:00:00.000Z', 'Asia/Shanghai')).toBe('2027-03-11');
    expect(endOfDay('2027-03-10', 'Asia/Shanghai')).toBe('2027-03-10T16:00:00.000Z');
    expect(endOfDay('2027-03-27', 'Europe/Berlin')).toBe('2027-03-27T23:00:00.000Z');
  });

  it('begins a period that ends on the same day as one of instants, or a day earlier at the same instant [C2]', () => {
    expect(lastDay('2027-01-31', 'P1M', 'endOfDay')).toBe('2027-02-28');
    expect(lastDay('2027-01-31', 'P1M', 'sameInstant')).toBe('2027-02-27');
    expect(daysBetween('2027-01-31', '2027-03-01')).toBe(29);
  });

  it('lies in a month counted from the first day, however long the months between are [C2]', () => {
    const begun = ['2027-01-31', '2027-02-01', '2027-02-28', '2027-03-01', '2027-03-31', '2027-04-30', '2027-05-01'];
    expect(begun.map((day) => monthsBegun('2027-01-31', day, 'endOfDay'))).toEqual([0, 1, 1, 2, 2, 3, 4]);
    expect(monthsBegun('2027-01-10', '2027-02-10', 'sameInstant')).toBe(2);
    expect(monthsBegun('2027-01-10', '2027-02-09', 'sameInstant')).toBe(1);
  });

  it('is told from other text', () => {
    expect(['2027-03-10', '2028-02-29'].map(isDay)).toEqual([true, true]);
    expect(['2027-02-29', '2027-3-10', '10.03.2027', '2027-03-10T00:00', ''].map(isDay)).toEqual(
      Array.from({ length: 5 }, () => false),
    );
  });
});

const instants = fc
  .integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2060, 0, 1) })
  .map((time) => new Date(time).toISOString());
const countings = fc.record({
  timeZone: fc.constantFrom('Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Pacific/Apia', 'UTC'),
  periodEnd: fc.constantFrom('endOfDay' as const, 'sameInstant' as const),
});
const durations = fc.constantFrom('P1D', 'P7D', 'P30D', 'P90D', 'P1M', 'P1Y', 'PT5S', 'PT36H');
const time = (instant: string) => Date.parse(instant);

describe('for any instant, zone and choice', () => {
  it('a later beginning never ends earlier [C2]', () => {
    fc.assert(
      fc.property(instants, instants, durations, countings, (one, other, duration, counting) => {
        const [first, second] = [one, other].toSorted() as [string, string];
        expect(time(periodEnd(second, duration, counting))).toBeGreaterThanOrEqual(
          time(periodEnd(first, duration, counting)),
        );
      }),
    );
  });

  it('a period ends after it begins, and each year bought moves expiry on [C2, R3]', () => {
    fc.assert(
      fc.property(instants, countings, fc.integer({ min: 1, max: 20 }), (from, counting, years) => {
        expect(time(expiry(from, years, 'P1Y', counting))).toBeGreaterThan(time(from));
        expect(time(expiry(from, years + 1, 'P1Y', counting))).toBeGreaterThan(
          time(expiry(from, years, 'P1Y', counting)),
        );
      }),
    );
  });

  it('the month and day of expiry are the anchor’s, but for 29 February [C2]', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 12 }), (from, years) => {
        const utc: Counting = { timeZone: 'UTC', periodEnd: 'sameInstant' };
        const end = expiry(from, years, 'P1Y', utc);
        expect(Number(end.slice(0, 4))).toBe(Number(from.slice(0, 4)) + years);
        const leap = from.slice(5, 10) === '02-29';
        if (!leap) expect(end.slice(5)).toBe(from.slice(5));
        else expect(['02-28', '02-29']).toContain(end.slice(5, 10));
      }),
    );
  });

  it('the end of a day counts as that day: one day more is one day later [C5]', () => {
    fc.assert(
      fc.property(instants, countings, (from, counting) => {
        const end = periodEnd(from, 'P3D', counting);
        expect(periodEndAfter(end, 'P4D', counting)).toBe(periodEnd(from, 'P7D', counting));
      }),
    );
  });

  it('a warning that stands some days never stands less than their hours, but for a change of the clocks [C5]', () => {
    fc.assert(
      fc.property(instants, countings, (from, { timeZone }) => {
        const stood = time(after(from, 'P7D', timeZone)) - time(from);
        expect(Math.abs(stood - 7 * 86_400_000)).toBeLessThanOrEqual(
          3_600_000 * (timeZone === 'Pacific/Apia' ? 24 : 1),
        );
      }),
    );
  });
});

describe('the calendar', () => {
  it('knows the latest of some instants', () => {
    expect(latest('2027-01-01T00:00:00.000Z', '2028-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')).toBe(
      '2028-01-01T00:00:00.000Z',
    );
  });

  it('tells durations and time zones from other text', () => {
    expect(['P1D', 'PT5S', 'P1Y2M'].map(isPositiveDuration)).toEqual([true, true, true]);
    expect(['P0D', '-P1D', 'one day', ''].map(isPositiveDuration)).toEqual([false, false, false, false]);
    expect(['Asia/Shanghai', 'UTC'].map(isTimeZone)).toEqual([true, true]);
    expect(['Asia/Nowhere', ''].map(isTimeZone)).toEqual([false, false]);
  });
});
