/**
 * Calendars of working time as versioned data [W5, V2]: hours of each weekday, holidays, and days with hours of their own,
 * such as China's make-up days at weekends. What runs keeps the version that it began with.
 */
import { Temporal } from 'temporal-polyfill';
import { isDay, isTimeZone } from './calendar.ts';
import type { Day } from './calendar.ts';

export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof weekdays)[number];

/**
 * Wall-clock times `HH:MM`, the second not included; `24:00` is the end of the day. Work through midnight is two intervals.
 * A time that occurs twice on a day is its first occurrence; one that is skipped is the moment of the skip.
 */
export type Interval = readonly [from: string, to: string];

export interface CalendarYear {
  /** Days off although their weekday has hours. */
  readonly holidays: readonly Day[];
  /** Days with hours of their own instead of their weekday's: make-up days, short days. */
  readonly specialDays: { readonly [day: Day]: readonly Interval[] };
}

export interface BusinessCalendar {
  readonly name: string;
  readonly version: number;
  /** IANA name. */
  readonly timeZone: string;
  /** In order and apart; weekdays left out have none. */
  readonly week: { readonly [Name in Weekday]?: readonly Interval[] };
  /** By year, `2027`. A year that is not here is not known, and never taken for one without holidays. */
  readonly years: { readonly [year: string]: CalendarYear };
}

/** Time is counted in a year of which the calendar knows no holidays. Way out: a version that has this field. */
export class CalendarRunsOut extends Error {
  override readonly name = 'CalendarRunsOut';
  readonly calendar: string;
  readonly version: number;
  /** e.g. `years.2029`. */
  readonly field: string;
  constructor({ name, version }: BusinessCalendar, year: number) {
    const field = `years.${year}`;
    super(`Calendar '${name}', version ${version}, has no ${field}: publish a version that lists its holidays`);
    this.calendar = name;
    this.version = version;
    this.field = field;
  }
}

/** A calendar that cannot be meant; `field` says where. */
export class InvalidCalendar extends Error {
  override readonly name = 'InvalidCalendar';
  readonly field: string;
  constructor({ name, version }: BusinessCalendar, field: string, why: string) {
    super(`Calendar '${name}', version ${version}, ${field}: ${why}`);
    this.field = field;
  }
}

/** Working time from one moment to another, in milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One day of a calendar. */
export interface BusinessDay {
  readonly date: Temporal.PlainDate;
  readonly spans: readonly Span[];
  /** Milliseconds of work, as they really pass: a change of the clocks makes them more or less. */
  readonly worked: number;
}

interface Known {
  readonly starts: Map<string, number>;
  readonly days: Map<string, BusinessDay>;
}

/** What was computed of a calendar, for as long as it is in use; calendars do not change. */
const known = new WeakMap<BusinessCalendar, Known>();

/** The day in the calendar's time zone on which a moment falls. */
export function dateOf(calendar: BusinessCalendar, at: number): Temporal.PlainDate {
  knownOf(calendar);
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(calendar.timeZone).toPlainDate();
}

/** 00:00 of a day, or the first moment that it has. */
export function startOfDate(calendar: BusinessCalendar, date: Temporal.PlainDate): number {
  const { starts } = knownOf(calendar);
  const key = date.toString();
  const start = starts.get(key) ?? date.toZonedDateTime({ timeZone: calendar.timeZone }).epochMilliseconds;
  starts.set(key, start);
  return start;
}

/** Throws {@link CalendarRunsOut} for a year that the calendar does not know. */
export function businessDay(calendar: BusinessCalendar, date: Temporal.PlainDate): BusinessDay {
  const { days } = knownOf(calendar);
  const key = date.toString();
  const day = days.get(key) ?? makeDay(calendar, date);
  days.set(key, day);
  return day;
}

function knownOf(calendar: BusinessCalendar): Known {
  const found = known.get(calendar);
  if (found !== undefined) return found;
  checkCalendar(calendar);
  const made: Known = { starts: new Map(), days: new Map() };
  known.set(calendar, made);
  return made;
}

function makeDay(calendar: BusinessCalendar, date: Temporal.PlainDate): BusinessDay {
  const spans = intervalsOf(calendar, date)
    .map(([from, to]) => ({ from: momentOf(calendar, date, from), to: momentOf(calendar, date, to) }))
    .filter(({ from, to }) => from < to);
  return { date, spans, worked: spans.reduce((total, { from, to }) => total + to - from, 0) };
}

function intervalsOf(calendar: BusinessCalendar, date: Temporal.PlainDate): readonly Interval[] {
  const year = calendar.years[date.year];
  if (year === undefined) throw new CalendarRunsOut(calendar, date.year);
  const day = date.toString();
  if (year.holidays.includes(day)) return [];
  return year.specialDays[day] ?? calendar.week[weekdays[date.dayOfWeek - 1]!] ?? [];
}

function momentOf(calendar: BusinessCalendar, date: Temporal.PlainDate, time: string): number {
  if (time === '24:00') return startOfDate(calendar, date.add({ days: 1 }));
  const wall = date.toPlainDateTime(Temporal.PlainTime.from(time));
  const first = wall.toZonedDateTime(calendar.timeZone, { disambiguation: 'earlier' });
  if (first.toPlainDateTime().equals(wall)) return first.epochMilliseconds;
  return first.getTimeZoneTransition('next')!.epochMilliseconds;
}

/** Throws {@link InvalidCalendar} for the first thing that cannot be meant. */
export function checkCalendar(calendar: BusinessCalendar): void {
  const { timeZone, week, years } = calendar;
  if (!isTimeZone(timeZone)) throw new InvalidCalendar(calendar, 'timeZone', 'names no time zone');
  for (const weekday of weekdays) checkIntervals(calendar, `week.${weekday}`, week[weekday] ?? []);
  for (const [year, { holidays, specialDays }] of Object.entries(years)) {
    for (const day of [...holidays, ...Object.keys(specialDays)]) {
      if (!isDay(day) || !day.startsWith(`${year}-`))
        throw new InvalidCalendar(calendar, `years.${year}`, `'${day}' is not a day of that year`);
    }
    for (const [day, intervals] of Object.entries(specialDays)) {
      const field = `years.${year}.specialDays.${day}`;
      if (holidays.includes(day)) throw new InvalidCalendar(calendar, field, 'is a holiday as well');
      checkIntervals(calendar, field, intervals);
    }
  }
}

function checkIntervals(calendar: BusinessCalendar, field: string, intervals: readonly Interval[]): void {
  const times = intervals.flat();
  const isTime = (time: string) => /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/.test(time);
  const strange = times.find((time) => !isTime(time));
  if (strange !== undefined) throw new InvalidCalendar(calendar, field, `'${strange}' is not a time as 09:30`);
  const isOrdered = intervals.every(([from, to], at) => from < to && (at === 0 || intervals[at - 1]![1] <= from));
  if (!isOrdered) throw new InvalidCalendar(calendar, field, 'the intervals are not in order and apart');
}
