/**
 * Arithmetic of working time [W5, V2]: business hours are counted as they really pass, business days as days of a calendar
 * that have hours. Both count on from where they begin within a day: three quarters of the way through Monday, two
 * business days end three quarters of the way through Wednesday, however long those days are.
 *
 * Moments are milliseconds since the epoch, exact. Durations are ISO 8601, either of days (P5D) or of time (PT8H): a
 * business day has no fixed length, so the two are never mixed. Throws `CalendarRunsOut` where a year is not known.
 */
import { Temporal } from 'temporal-polyfill';
import type { Instant } from '../engine/machine.ts';
import { businessDay, dateOf, startOfDate } from './business-calendar.ts';
import type { BusinessCalendar, BusinessDay } from './business-calendar.ts';
import type { Counting } from './calendar.ts';

/** What is counted. */
export type Measure = 'time' | 'days';

/** A length in whole ticks: milliseconds of work, or {@link ticksPerDay} to a business day. */
export interface Length {
  readonly measure: Measure;
  readonly ticks: number;
}

export interface BusinessTime {
  readonly milliseconds: number;
  /** With fractions: the part of a day's work that is done. */
  readonly days: number;
}

/**
 * More than the milliseconds of the longest day (26 hours, where clocks change by two), so that each millisecond of work is
 * a tick at least; and few enough that both multiplied stay below 2^53, exact.
 */
const ticksPerDay = 95_000_000;

/** Neither days nor time, both, or less than nothing. */
export class InvalidBusinessDuration extends Error {
  override readonly name = 'InvalidBusinessDuration';
  readonly duration: string;
  constructor(duration: string) {
    super(`'${duration}' is not a business duration: give days as P5D, or time as PT8H30M`);
    this.duration = duration;
  }
}

/**
 * The first moment at which this much has been worked since `from`: the close of a day, not the opening of the next.
 * Nothing at all gives `from` itself.
 */
export function addBusinessTime(calendar: BusinessCalendar, from: number, duration: string): number {
  return momentAfter(calendar, from, lengthOf(duration));
}

/** What is worked between two moments; negative when the second is the earlier one. */
export function businessTimeBetween(calendar: BusinessCalendar, from: number, to: number): BusinessTime {
  return {
    milliseconds: ticksBetween(calendar, from, to, 'time'),
    days: inUnits('days', ticksBetween(calendar, from, to, 'days')),
  };
}

/**
 * The end of a period of business days as the agreement counts periods [C2]: the first day not counted, ending at 24:00 of
 * the last. A period of time, or one under the choice `sameInstant`, is exact.
 */
export function businessPeriodEnd(
  calendar: BusinessCalendar,
  from: number,
  duration: string,
  choice: Counting['periodEnd'],
): number {
  const { measure, ticks } = lengthOf(duration);
  if (choice === 'sameInstant' || measure === 'time') return addBusinessTime(calendar, from, duration);
  let date = dateOf(calendar, from);
  for (let left = ticks; left > 0;) {
    date = date.add({ days: 1 });
    if (businessDay(calendar, date).worked > 0) left -= ticksPerDay;
  }
  return startOfDate(calendar, date.add({ days: 1 }));
}

/** Throws {@link InvalidBusinessDuration}. */
export function lengthOf(duration: string): Length {
  const match = /^P(?:(?<days>\d{1,6})D|T(?=\d)[\dHMS.]+)$/.exec(duration);
  if (match === null) throw new InvalidBusinessDuration(duration);
  const { days } = match.groups ?? {};
  if (days !== undefined) return { measure: 'days', ticks: Number(days) * ticksPerDay };
  const milliseconds = millisecondsOf(duration);
  if (!Number.isSafeInteger(milliseconds)) throw new InvalidBusinessDuration(duration);
  return { measure: 'time', ticks: milliseconds };
}

function millisecondsOf(duration: string): number {
  try {
    return Temporal.Duration.from(duration).total('milliseconds');
  } catch {
    throw new InvalidBusinessDuration(duration);
  }
}

/** Milliseconds, or days with fractions. */
export function inUnits(measure: Measure, ticks: number): number {
  return measure === 'time' ? ticks : ticks / ticksPerDay;
}

/** Ticks of work between two moments. They add up: from a to b and from b to c is from a to c. */
export function ticksBetween(calendar: BusinessCalendar, from: number, to: number, measure: Measure): number {
  // Not negated: nothing backwards is 0 and not -0.
  if (to < from) return 0 - ticksBetween(calendar, to, from, measure);
  let ticks = 0;
  let date = dateOf(calendar, from);
  while (startOfDate(calendar, date) < to) {
    const day = businessDay(calendar, date);
    ticks += done(day, to, measure) - done(day, from, measure);
    date = date.add({ days: 1 });
  }
  return ticks;
}

/** The first moment at which so many ticks have been worked. */
export function momentAfter(calendar: BusinessCalendar, from: number, { measure, ticks }: Length): number {
  if (ticks === 0) return from;
  let date = dateOf(calendar, from);
  let day = businessDay(calendar, date);
  let left = ticks + done(day, from, measure);
  while (left > ticksOf(day, measure)) {
    left -= ticksOf(day, measure);
    date = date.add({ days: 1 });
    day = businessDay(calendar, date);
  }
  return momentIn(day, measure === 'time' ? left : quotientUp(left * day.worked, ticksPerDay));
}

/** Instant and milliseconds, as contexts and calendars have them. */
export function millisecondsAt(at: Instant): number {
  return Temporal.Instant.from(at).epochMilliseconds;
}

export function instantAt(milliseconds: number): Instant {
  return Temporal.Instant.fromEpochMilliseconds(milliseconds).toString({ smallestUnit: 'millisecond' });
}

function ticksOf({ worked }: BusinessDay, measure: Measure): number {
  if (measure === 'time') return worked;
  return worked > 0 ? ticksPerDay : 0;
}

/** Ticks of a day that are done at a moment, rounded down. */
function done(day: BusinessDay, at: number, measure: Measure): number {
  const worked = day.spans.reduce((total, { from, to }) => total + Math.max(0, Math.min(at, to) - from), 0);
  if (measure === 'time' || worked === 0) return worked;
  const product = worked * ticksPerDay;
  return (product - (product % day.worked)) / day.worked;
}

/** Rounded up, without the rounding of a division. */
function quotientUp(dividend: number, divisor: number): number {
  const rest = dividend % divisor;
  return (dividend - rest) / divisor + (rest > 0 ? 1 : 0);
}

/** The first moment of a day at which so many milliseconds have been worked; there are as many. */
function momentIn({ spans }: BusinessDay, worked: number): number {
  let left = worked;
  for (const { from, to } of spans) {
    if (left <= to - from) return from + left;
    left -= to - from;
  }
  throw new RangeError('More work than the day has');
}
