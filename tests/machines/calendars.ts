/** Calendars for tests. The days of 2025 are those of the notices of that year. */
import fc from 'fast-check';
import { weekdays } from '../../machines/business-calendar.ts';
import type { BusinessCalendar, CalendarYear, Interval } from '../../machines/business-calendar.ts';

const workdays = weekdays.slice(0, 5);
const office: readonly Interval[] = [
  ['09:00', '12:00'],
  ['13:00', '18:00'],
];
const nothing: CalendarYear = { holidays: [], specialDays: {} };

/** Eight hours from Monday to Friday, with a break; holidays and make-up days of China in 2025. */
export const shanghaiOffice: BusinessCalendar = {
  name: 'shanghai-office',
  version: 3,
  timeZone: 'Asia/Shanghai',
  week: Object.fromEntries(workdays.map((day) => [day, office])),
  years: {
    2024: { holidays: ['2024-10-01'], specialDays: {} },
    2025: {
      holidays: [
        '2025-01-01',
        ...['01-28', '01-29', '01-30', '01-31', '02-01', '02-02', '02-03', '02-04'].map((day) => `2025-${day}`),
        ...['04-04', '05-01', '05-02', '05-05', '06-02'].map((day) => `2025-${day}`),
        ...['10-01', '10-02', '10-03', '10-06', '10-07', '10-08'].map((day) => `2025-${day}`),
      ],
      specialDays: Object.fromEntries(
        ['01-26', '02-08', '04-27', '09-28', '10-11'].map((day) => [`2025-${day}`, office]),
      ),
    },
  },
};

/** Round the clock, every day. */
export const always = (timeZone: string): BusinessCalendar => ({
  name: 'always',
  version: 1,
  timeZone,
  week: Object.fromEntries(weekdays.map((day) => [day, [['00:00', '24:00']] as const])),
  years: { 2025: nothing, 2026: nothing, 2027: nothing },
});

export const weekdaysFrom9To17 = (timeZone: string): BusinessCalendar => ({
  ...always(timeZone),
  name: 'nine-to-five',
  week: Object.fromEntries(workdays.map((day) => [day, [['09:00', '17:00']] as const])),
});

const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`;
const intervals = fc
  .uniqueArray(fc.integer({ min: 0, max: 24 }), { minLength: 0, maxLength: 6 })
  .map((hours): Interval[] => {
    const sorted = hours.toSorted((a, b) => a - b);
    return sorted.flatMap((from, at): Interval[] =>
      at % 2 === 0 && at + 1 < sorted.length ? [[clock(from), clock(sorted[at + 1]!)]] : [],
    );
  });
const dayOf2026 = fc
  .integer({ min: 0, max: 364 })
  .map((day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10));

/** Calendars of full hours, day and night, with holidays and special days in 2026. */
export const calendars: fc.Arbitrary<BusinessCalendar> = fc
  .record({
    timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Shanghai', 'Australia/Lord_Howe'),
    week: fc.record(Object.fromEntries(weekdays.map((day) => [day, intervals])), { requiredKeys: [] }),
    monday: fc.constant([['08:00', '16:00']] as const),
    holidays: fc.uniqueArray(dayOf2026, { maxLength: 60 }),
    special: fc.dictionary(dayOf2026, intervals, { maxKeys: 40 }),
  })
  .map(({ timeZone, week, monday, holidays, special }) => ({
    ...always(timeZone),
    name: 'any',
    week: { ...week, monday },
    years: {
      2025: nothing,
      2026: {
        holidays,
        specialDays: Object.fromEntries(Object.entries(special).filter(([day]) => !holidays.includes(day))),
      },
      // Eight hours a week and a year of holidays: the longest duration of a test ends in 2028.
      ...Object.fromEntries([2027, 2028, 2029, 2030].map((year) => [year, nothing])),
    },
  }));

/** Quarters of an hour in 2026, often about the changes of the clocks and the ends of the year. */
export const moments = fc
  .oneof(
    fc.integer({ min: 0, max: 364 * 96 }),
    fc.integer({ min: 0, max: 5 * 96 }),
    ...[65, 86, 93, 296, 303, 360].map((day) => fc.integer({ min: day * 96, max: (day + 4) * 96 })),
  )
  .map((quarters) => Date.UTC(2026, 0, 1) + quarters * 900_000);
