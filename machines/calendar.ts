/**
 * Periods of the agreement, counted as its law counts them: by calendar in the agreement's time zone, the first day not
 * counted, ending at 24:00 of the last day (PRC Civil Code arts. 201–204; term `periodEnd`, clause C2).
 *
 * Everything takes and gives ISO instants in UTC. Durations are ISO 8601; their date parts (years to days) count by
 * calendar, and a duration with a time part (PT5S) is exact and never rounded to the end of a day.
 */
import { Temporal } from 'temporal-polyfill';
import type { Instant } from '../engine/machine.ts';

/** A calendar day of the agreement's time zone, e.g. `2027-03-10`. Days compare as text. */
export type Day = string;

/** How an agreement counts; both are terms. */
export interface Counting {
  /** IANA name, e.g. `Asia/Shanghai`. */
  readonly timeZone: string;
  readonly periodEnd: 'endOfDay' | 'sameInstant';
}

/** The end of a period that a moment begins, e.g. an activation or the issue of an order. */
export function periodEnd(from: Instant, duration: string, counting: Counting): Instant {
  const start = zoned(from, counting.timeZone);
  const length = Temporal.Duration.from(duration);
  if (counting.periodEnd === 'sameInstant' || hasTimePart(length)) return instant(start.add(length));
  const lastDay = start.toPlainDate().add(length);
  return instant(lastDay.add({ days: 1 }).toZonedDateTime({ timeZone: counting.timeZone }));
}

/**
 * The end of a period that follows another period's end. Where an end is 24:00 of day D it belongs to D, although the
 * clock says 00:00 of the next day: seven days more end at 24:00 of D + 7.
 */
export function periodEndAfter(end: Instant, duration: string, counting: Counting): Instant {
  const last = zoned(end, counting.timeZone);
  const atDayEnd = last.epochMilliseconds === last.startOfDay().epochMilliseconds;
  const length = Temporal.Duration.from(duration);
  if (counting.periodEnd === 'sameInstant' || hasTimePart(length)) return instant(last.add(length));
  const lastDay = last.toPlainDate().subtract({ days: atDayEnd ? 1 : 0 });
  return instant(lastDay.add(length).add({ days: 1 }).toZonedDateTime({ timeZone: counting.timeZone }));
}

/** Expiry of a term: the anchor and all periods bought, never chained, so that 29 February comes back in leap years. */
export function expiry(anchor: Instant, periods: number, period: string, counting: Counting): Instant {
  return periodEnd(anchor, multiply(period, periods).toString(), counting);
}

/** The moment this long before an instant by wall clock, e.g. the notice 90 days before expiry [R1]. */
export function before(end: Instant, duration: string, timeZone: string): Instant {
  return instant(zoned(end, timeZone).subtract(Temporal.Duration.from(duration)));
}

/** The moment this long after an instant by wall clock, never rounded: how long a warning has to stand [C5]. */
export function after(start: Instant, duration: string, timeZone: string): Instant {
  return instant(zoned(start, timeZone).add(Temporal.Duration.from(duration)));
}

/** The day on which a moment falls. */
export function dayOf(at: Instant, timeZone: string): Day {
  return zoned(at, timeZone).toPlainDate().toString();
}

/** 24:00 of a day. */
export function endOfDay(day: Day, timeZone: string): Instant {
  return instant(Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime({ timeZone }));
}

/**
 * The last day of a period that a day begins, for facts that are known by the day only: {@link periodEnd} counts the same
 * from 00:00. The duration has date parts only.
 */
export function lastDay(first: Day, duration: string, choice: Counting['periodEnd']): Day {
  const end = Temporal.PlainDate.from(first).add(Temporal.Duration.from(duration));
  return (choice === 'endOfDay' ? end : end.subtract({ days: 1 })).toString();
}

/** The number of the month, counted from a first day as {@link lastDay} counts, in which a day is: 0 up to the first end. */
export function monthsBegun(first: Day, day: Day, choice: Counting['periodEnd']): number {
  const [from, to] = [Temporal.PlainDate.from(first), Temporal.PlainDate.from(day)];
  let months = Math.max(0, (to.year - from.year) * 12 + to.month - from.month);
  while (day > lastDay(first, `P${months}M`, choice)) months += 1;
  return months;
}

/** The day this long after another. */
export function dayAfter(day: Day, duration: string): Day {
  return Temporal.PlainDate.from(day).add(Temporal.Duration.from(duration)).toString();
}

/** Days from one day to a later one, 0 for the same day. */
export function daysBetween(from: Day, to: Day): number {
  return Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to), { largestUnit: 'days' }).days;
}

export function latest(...instants: readonly Instant[]): Instant {
  return instants.reduce((a, b) => (Date.parse(b) > Date.parse(a) ? b : a));
}

export function earliest(...instants: readonly Instant[]): Instant {
  return instants.reduce((a, b) => (Date.parse(b) < Date.parse(a) ? b : a));
}

/** True for a positive ISO 8601 duration of calendar or time parts. */
export function isPositiveDuration(text: string): boolean {
  try {
    return Temporal.Duration.from(text).sign > 0;
  } catch {
    return false;
  }
}

/** True for a calendar day as `2027-03-10`. */
export function isDay(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text).toString() === text;
  } catch {
    return false;
  }
}

/** True for a time zone that instants can be counted in. */
export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

function multiply(duration: string, times: number): Temporal.Duration {
  const one = Temporal.Duration.from(duration);
  const parts = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds', 'milliseconds'] as const;
  return Temporal.Duration.from(Object.fromEntries(parts.map((part) => [part, one[part] * times])));
}

function hasTimePart(length: Temporal.Duration): boolean {
  return [length.hours, length.minutes, length.seconds, length.milliseconds].some((part) => part !== 0);
}

function zoned(at: Instant, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.from(at).toZonedDateTimeISO(timeZone);
}

function instant(at: Temporal.ZonedDateTime): Instant {
  return at.toInstant().toString({ smallestUnit: 'millisecond' });
}
