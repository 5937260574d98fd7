/**
 * The calendar of who has given none [V2]: Monday to Friday, and the public holidays of China whose days are the same in
 * every year. Those by the moon, and make-up days, are announced year by year: a version of the calendar brings them.
 */
import type { BusinessCalendar } from './business-calendar.ts';

const workday: readonly [string, string][] = [
  ['09:00', '12:00'],
  ['13:00', '18:00'],
];
const fixedHolidays = ['01-01', '05-01', '05-02', '10-01', '10-02', '10-03'];
const years = Array.from({ length: 41 }, (_, n) => 2020 + n);

export const standardCalendar = {
  name: 'standard',
  version: 1,
  timeZone: 'Asia/Shanghai',
  week: {
    monday: [...workday],
    tuesday: [...workday],
    wednesday: [...workday],
    thursday: [...workday],
    friday: [...workday],
  },
  years: Object.fromEntries(
    years.map((year) => [year, { holidays: fixedHolidays.map((day) => `${year}-${day}`), specialDays: {} }]),
  ),
} satisfies BusinessCalendar;
