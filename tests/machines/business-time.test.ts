import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CalendarRunsOut, InvalidCalendar, weekdays } from '../../machines/business-calendar.ts';
import type { BusinessCalendar } from '../../machines/business-calendar.ts';
import {
  InvalidBusinessDuration,
  addBusinessTime,
  businessPeriodEnd,
  businessTimeBetween,
} from '../../machines/business-time.ts';
import { always, calendars, moments, shanghaiOffice, weekdaysFrom9To17 } from './calendars.ts';

const at = (instant: string) => Date.parse(instant);
const hour = 3_600_000;
const added = (calendar: BusinessCalendar, from: string, duration: string) =>
  new Date(addBusinessTime(calendar, at(from), duration)).toISOString();
const hoursBetween = (calendar: BusinessCalendar, from: string, to: string) =>
  businessTimeBetween(calendar, at(from), at(to)).milliseconds / hour;

describe('business hours', () => {
  it('run on over the break, the night and the weekend [W5]', () => {
    expect(added(shanghaiOffice, '2025-03-05T11:00+08:00', 'PT2H')).toBe('2025-03-05T06:00:00.000Z');
    expect(added(shanghaiOffice, '2025-03-05T17:00+08:00', 'PT2H')).toBe('2025-03-06T02:00:00.000Z');
    expect(added(shanghaiOffice, '2025-03-07T17:30+08:00', 'PT1H')).toBe('2025-03-10T01:30:00.000Z');
    expect(added(shanghaiOffice, '2025-03-08T10:00+08:00', 'PT30M')).toBe('2025-03-10T01:30:00.000Z');
  });

  it('end at the close of a day and not at the opening of the next; none at all is the same moment [W5]', () => {
    expect(added(shanghaiOffice, '2025-03-07T17:00+08:00', 'PT1H')).toBe('2025-03-07T10:00:00.000Z');
    expect(added(shanghaiOffice, '2025-03-07T11:00+08:00', 'PT1H')).toBe('2025-03-07T04:00:00.000Z');
    expect(added(shanghaiOffice, '2025-03-08T10:00+08:00', 'PT0S')).toBe('2025-03-08T02:00:00.000Z');
  });

  it('leave out holidays and count make-up days at weekends [W5, V2]', () => {
    // Sunday 26 January is worked; 28 January to 4 February is Spring Festival; Saturday 8 February is worked.
    expect(added(shanghaiOffice, '2025-01-24T17:00+08:00', 'PT2H')).toBe('2025-01-26T02:00:00.000Z');
    expect(added(shanghaiOffice, '2025-01-27T17:00+08:00', 'PT2H')).toBe('2025-02-05T02:00:00.000Z');
    expect(hoursBetween(shanghaiOffice, '2025-01-25T00:00+08:00', '2025-02-09T00:00+08:00')).toBe(6 * 8);
    expect(hoursBetween(shanghaiOffice, '2025-10-01T00:00+08:00', '2025-10-12T00:00+08:00')).toBe(3 * 8);
  });

  it('go on over the end of the year [W5]', () => {
    expect(added(shanghaiOffice, '2024-12-31T17:00+08:00', 'PT2H')).toBe('2025-01-02T02:00:00.000Z');
    expect(hoursBetween(shanghaiOffice, '2024-12-31T09:00+08:00', '2025-01-02T18:00+08:00')).toBe(16);
  });

  it('count backwards as a negative time [W5]', () => {
    expect(hoursBetween(shanghaiOffice, '2025-03-06T10:00+08:00', '2025-03-05T17:00+08:00')).toBe(-2);
    expect(hoursBetween(shanghaiOffice, '2025-03-09T10:00+08:00', '2025-03-08T10:00+08:00')).toBe(0);
  });

  it.each([
    ['Europe/Berlin', '2026-03-29', '2026-10-25'],
    ['America/New_York', '2026-03-08', '2026-11-01'],
  ])('are as long as they really are when the clocks change in %s [W5]', (zone, spring, autumn) => {
    const calendar = always(zone);
    const lengthOf = (day: string) => {
      const start = businessPeriodEnd(calendar, at(`${day}T12:00Z`) - 86_400_000, 'P0D', 'endOfDay');
      return (businessPeriodEnd(calendar, start, 'P0D', 'endOfDay') - start) / hour;
    };
    expect([lengthOf(spring), lengthOf(autumn)]).toEqual([23, 25]);
    for (const [day, real] of [
      [spring, 23],
      [autumn, 25],
    ] as const) {
      const start = businessPeriodEnd(calendar, at(`${day}T12:00Z`) - 86_400_000, 'P0D', 'endOfDay');
      expect(addBusinessTime(calendar, start, `PT${real}H`)).toBe(start + real * hour);
      expect(businessTimeBetween(calendar, start, start + real * hour)).toEqual({
        milliseconds: real * hour,
        days: 1,
      });
    }
  });

  it('of an office keep their wall-clock times over a change of the clocks [W5]', () => {
    const berlin = weekdaysFrom9To17('Europe/Berlin');
    expect(added(berlin, '2026-03-27T16:00+01:00', 'PT2H')).toBe('2026-03-30T08:00:00.000Z');
    expect(added(berlin, '2026-10-23T16:00+02:00', 'PT2H')).toBe('2026-10-26T09:00:00.000Z');
    const newYork = weekdaysFrom9To17('America/New_York');
    expect(added(newYork, '2026-03-06T16:00-05:00', 'PT2H')).toBe('2026-03-09T14:00:00.000Z');
    expect(added(newYork, '2026-10-30T16:00-04:00', 'PT2H')).toBe('2026-11-02T15:00:00.000Z');
  });

  it('that begin or end in the hour that is skipped begin or end with the skip [W5]', () => {
    const night = (from: string, to: string): BusinessCalendar => ({
      ...always('Europe/Berlin'),
      week: { sunday: [[from, to]] },
    });
    const day = ['2026-03-29T00:00+01:00', '2026-03-30T00:00+02:00'] as const;
    expect(hoursBetween(night('02:30', '04:00'), ...day)).toBe(1);
    expect(hoursBetween(night('00:00', '02:30'), ...day)).toBe(2);
    expect(hoursBetween(night('02:00', '02:45'), ...day)).toBe(0);
    expect(hoursBetween(night('02:45', '03:15'), ...day)).toBe(0.25);
  });

  it('that begin or end in the hour that comes twice take its first coming [W5]', () => {
    const night = (from: string, to: string): BusinessCalendar => ({
      ...always('Europe/Berlin'),
      week: { sunday: [[from, to]] },
    });
    const day = ['2026-10-25T00:00+02:00', '2026-10-26T00:00+01:00'] as const;
    expect(hoursBetween(night('02:30', '04:00'), ...day)).toBe(2.5);
    expect(hoursBetween(night('00:00', '02:30'), ...day)).toBe(2.5);
  });
});

describe('business days', () => {
  it('end as far through the day as they began [W5]', () => {
    expect(added(shanghaiOffice, '2025-03-05T11:00+08:00', 'P2D')).toBe('2025-03-07T03:00:00.000Z');
    expect(added(shanghaiOffice, '2025-03-07T11:00+08:00', 'P1D')).toBe('2025-03-10T03:00:00.000Z');
    expect(added(shanghaiOffice, '2025-01-27T11:00+08:00', 'P1D')).toBe('2025-02-05T03:00:00.000Z');
  });

  it('that begin outside of hours end at the close of the last one [W5]', () => {
    expect(added(shanghaiOffice, '2025-03-08T10:00+08:00', 'P2D')).toBe('2025-03-11T10:00:00.000Z');
    expect(added(shanghaiOffice, '2025-03-07T20:00+08:00', 'P1D')).toBe('2025-03-10T10:00:00.000Z');
  });

  it('are days whether they are long or short [W5]', () => {
    const short: BusinessCalendar = {
      ...shanghaiOffice,
      years: { 2025: { holidays: [], specialDays: { '2025-12-24': [['09:00', '11:00']] } } },
    };
    expect(added(short, '2025-12-23T13:00+08:00', 'P1D')).toBe('2025-12-24T01:45:00.000Z');
    expect(added(short, '2025-12-24T10:00+08:00', 'P1D')).toBe('2025-12-25T06:00:00.000Z');
    expect(businessTimeBetween(short, at('2025-12-24T00:00+08:00'), at('2025-12-25T14:00+08:00'))).toEqual({
      milliseconds: 6 * hour,
      days: 1.5,
    });
  });

  it('as a period of the agreement leave out the first day and end at 24:00 of the last [C2, V2]', () => {
    const end = (from: string, duration: string) =>
      new Date(businessPeriodEnd(shanghaiOffice, at(from), duration, 'endOfDay')).toISOString();
    expect(end('2025-03-05T08:00+08:00', 'P5D')).toBe('2025-03-12T16:00:00.000Z');
    expect(end('2025-03-05T23:00+08:00', 'P5D')).toBe('2025-03-12T16:00:00.000Z');
    expect(end('2025-03-08T10:00+08:00', 'P5D')).toBe('2025-03-14T16:00:00.000Z');
    expect(end('2025-01-24T10:00+08:00', 'P5D')).toBe('2025-02-07T16:00:00.000Z');
    expect(end('2025-03-07T17:30+08:00', 'PT1H')).toBe('2025-03-10T01:30:00.000Z');
    expect(businessPeriodEnd(shanghaiOffice, at('2025-03-05T11:00+08:00'), 'P2D', 'sameInstant')).toBe(
      at('2025-03-07T11:00+08:00'),
    );
  });
});

describe('what cannot be counted', () => {
  const failing = (act: () => unknown): unknown => {
    try {
      return act();
    } catch (error) {
      return error;
    }
  };

  it('is a year that the calendar does not know, by the field that is missing [W5]', () => {
    const later = failing(() => addBusinessTime(shanghaiOffice, at('2025-12-31T17:00+08:00'), 'PT2H'));
    expect(later).toBeInstanceOf(CalendarRunsOut);
    expect(later).toMatchObject({ calendar: 'shanghai-office', version: 3, field: 'years.2026' });
    expect((later as Error).message).toMatch(/years\.2026: publish a version/);
    expect(failing(() => hoursBetween(shanghaiOffice, '2023-12-29T10:00Z', '2024-01-05T10:00Z'))).toMatchObject({
      field: 'years.2023',
    });
    expect(failing(() => businessPeriodEnd(shanghaiOffice, at('2025-12-30T10:00Z'), 'P5D', 'endOfDay'))).toMatchObject({
      field: 'years.2026',
    });
  });

  it('is not a year that a span only touches at its first moment [W5]', () => {
    expect(hoursBetween(shanghaiOffice, '2025-12-31T17:00+08:00', '2026-01-01T00:00+08:00')).toBe(1);
    expect(added(shanghaiOffice, '2025-12-31T17:00+08:00', 'PT1H')).toBe('2025-12-31T10:00:00.000Z');
  });

  it.each(['', 'P', 'PT', 'P1M', 'P1Y', 'P1W', 'P1DT2H', '-PT1H', '-P1D', 'P1.5D', 'PT0.0001S', 'one day'])(
    'is the duration %j [W5]',
    (duration) => {
      const failure = failing(() => added(shanghaiOffice, '2025-03-05T11:00Z', duration));
      expect(failure).toBeInstanceOf(InvalidBusinessDuration);
    },
  );

  it.each<[string, Partial<BusinessCalendar>]>([
    ['timeZone', { timeZone: 'Asia/Nowhere' }],
    ['week.monday', { week: { monday: [['9:00', '12:00']] } }],
    ['week.monday', { week: { monday: [['12:00', '09:00']] } }],
    ['week.friday', { week: { friday: [['09:00', '12:00'], ['11:00', '13:00']] } }], // prettier-ignore
    ['years.2025', { years: { 2025: { holidays: ['2026-01-01'], specialDays: {} } } }],
    ['years.2025', { years: { 2025: { holidays: ['2025-02-30'], specialDays: {} } } }],
    ['years.2025.specialDays.2025-05-01', { years: { 2025: { holidays: ['2025-05-01'], specialDays: { '2025-05-01': [] } } } }], // prettier-ignore
    ['years.2025.specialDays.2025-05-01', { years: { 2025: { holidays: [], specialDays: { '2025-05-01': [['08:00', '25:00']] } } } }], // prettier-ignore
  ])('is a calendar with a wrong %s [W5]', (field, more) => {
    const failure = failing(() => added({ ...shanghaiOffice, ...more }, '2025-03-05T11:00Z', 'PT1H'));
    expect(failure).toBeInstanceOf(InvalidCalendar);
    expect(failure).toMatchObject({ field });
  });
});

/** Counts quarters of an hour one by one, by what the clock on the wall says: slow, and nothing of the arithmetic above. */
function quartersWorked(calendar: BusinessCalendar, from: number, to: number): { worked: number; days: Set<string> } {
  const wall = new Intl.DateTimeFormat('en-CA', {
    timeZone: calendar.timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  });
  let worked = 0;
  const days = new Set<string>();
  for (let moment = from; moment < to; moment += 900_000) {
    const [day, time] = wall.format(moment).split(', ') as [string, string];
    const { holidays, specialDays } = calendar.years[day.slice(0, 4)]!;
    const weekday = weekdays[(new Date(day).getUTCDay() + 6) % 7]!;
    const hours = holidays.includes(day) ? [] : (specialDays[day] ?? calendar.week[weekday] ?? []);
    if (!hours.some(([start, end]) => start <= time && time < end)) continue;
    worked += 1;
    days.add(day);
  }
  return { worked, days };
}

describe('for any calendar and moment', () => {
  const durations = fc.oneof(
    fc.integer({ min: 0, max: 60 * 24 * 20 }).map((minutes) => `PT${minutes}M`),
    fc.integer({ min: 0, max: 100 * hour }).map((milliseconds) => `PT${milliseconds / 1000}S`),
  );
  const days = fc.integer({ min: 0, max: 25 });
  /** In quarters of an hour, up to twenty days. */
  const within = fc.integer({ min: 0, max: 20 * 96 });

  it('the time is what the clock on the wall says, counted one quarter of an hour after the other [W5]', () => {
    fc.assert(
      fc.property(calendars, moments, within, (calendar, from, quarters) => {
        const to = from + quarters * 900_000;
        const { worked } = quartersWorked(calendar, from, to);
        expect(businessTimeBetween(calendar, from, to).milliseconds).toBe(worked * 900_000);
      }),
      { numRuns: 150 },
    );
  });

  it('adding time is the inverse of measuring it [W5]', () => {
    fc.assert(
      fc.property(calendars, moments, durations, (calendar, from, duration) => {
        const to = addBusinessTime(calendar, from, duration);
        const { milliseconds } = businessTimeBetween(calendar, from, to);
        expect(addBusinessTime(calendar, from, `PT${milliseconds / 1000}S`)).toBe(to);
        if (to > from) expect(businessTimeBetween(calendar, from, to - 1).milliseconds).toBe(milliseconds - 1);
        expect(`PT${milliseconds / 1000}S`).toBe(
          duration.endsWith('M') ? `PT${Number(duration.slice(2, -1)) * 60}S` : duration,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('adding days is the inverse of measuring them, to less than a millisecond of work [W5]', () => {
    fc.assert(
      fc.property(calendars, moments, days, (calendar, from, count) => {
        const to = addBusinessTime(calendar, from, `P${count}D`);
        const measured = businessTimeBetween(calendar, from, to).days;
        expect(measured).toBeGreaterThanOrEqual(count);
        expect(measured).toBeLessThan(count + 1e-6);
        if (to > from) expect(businessTimeBetween(calendar, from, to - 1).days).toBeLessThan(count);
      }),
      { numRuns: 300 },
    );
  });

  it('time adds up, and in days as well [W5]', () => {
    fc.assert(
      fc.property(calendars, moments, moments, moments, (calendar, a, b, c) => {
        const [first, second, third] = [
          businessTimeBetween(calendar, a, b),
          businessTimeBetween(calendar, b, c),
          businessTimeBetween(calendar, a, c),
        ];
        expect(first.milliseconds + second.milliseconds).toBe(third.milliseconds);
        expect(first.days + second.days).toBeCloseTo(third.days, 9);
      }),
      { numRuns: 100 },
    );
  });

  it('so many business days later so many days with work have ended, the first not counted [V2, W5]', () => {
    fc.assert(
      fc.property(calendars, moments, fc.integer({ min: 1, max: 6 }), (calendar, from, count) => {
        const firstEnd = businessPeriodEnd(calendar, from, 'P0D', 'endOfDay');
        const end = businessPeriodEnd(calendar, from, `P${count}D`, 'endOfDay');
        fc.pre(end - firstEnd < 60 * 86_400_000);
        expect(quartersWorked(calendar, firstEnd, end).days.size).toBe(count);
        expect(quartersWorked(calendar, firstEnd, end - 86_400_000 * 1.1).days.size).toBeLessThan(count);
      }),
      { numRuns: 60 },
    );
  });
});
