/**
 * The dates that the agreement promises, computed a second time and in another way than the product does: with day
 * numbers and a fixed offset, because Shanghai has had UTC+8 and no summer time since 1991. Nothing here comes from
 * machines/ or engine/, so a mistake there is not repeated here.
 *
 * Instants are ISO strings in UTC.
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SHANGHAI_MS = 8 * HOUR_MS;

/** The calendar day of an instant in Shanghai, as a number of days. */
function dayOf(instant: string): number {
  return Math.floor((Date.parse(instant) + SHANGHAI_MS) / DAY_MS);
}

/** 24:00 of a day. */
function endOf(day: number): string {
  return new Date((day + 1) * DAY_MS - SHANGHAI_MS).toISOString();
}

/** 29 February has its anniversary on the 28th where there is no 29th. */
function anniversary(day: number, years: number): number {
  const date = new Date(day * DAY_MS);
  const year = date.getUTCFullYear() + years;
  const lastOfMonth = new Date(Date.UTC(year, date.getUTCMonth() + 1, 0)).getUTCDate();
  return Date.UTC(year, date.getUTCMonth(), Math.min(date.getUTCDate(), lastOfMonth)) / DAY_MS;
}

/** Expiry after this many years in all: the first day is not counted, and the last one ends at 24:00 [C2]. */
export function expiryAfter(activatedAt: string, years: number): string {
  return endOf(anniversary(dayOf(activatedAt), years));
}

/** The renewal notice: 90 days before expiry [R1]. */
export function noticeBefore(expiry: string): string {
  return new Date(Date.parse(expiry) - 90 * DAY_MS).toISOString();
}

/** A registration's order is due 14 days after its issue, at 24:00 [C5]. */
export function firstOrderDue(issuedAt: string): string {
  return endOf(dayOf(issuedAt) + 14);
}

/** Who leaves can export for 14 days, until 24:00 [A5, V5]. */
export function windDownEnd(leftAt: string): string {
  return endOf(dayOf(leftAt) + 14);
}

/** 24:00 of the day that comes so many days after an instant's own: the first day is not counted [C2, W4, W6]. */
export function dayEndAfter(instant: string, days: number): string {
  return endOf(dayOf(instant) + days);
}

/** The day some months after an instant's own, e.g. `2028-09-27`; there is no day 31 among those that are asked for. */
export function monthsAfter(instant: string, months: number): string {
  const date = new Date(dayOf(instant) * DAY_MS);
  date.setUTCMonth(date.getUTCMonth() + months);
  return date.toISOString().slice(0, 10);
}

/** Working days later at the same time of day, Monday to Friday, where no holiday is between [W5]. */
export function workingDaysAfter(instant: string, days: number): string {
  let day = Date.parse(instant);
  for (let left = days; left > 0;) {
    day += DAY_MS;
    const weekday = new Date(day + SHANGHAI_MS).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return new Date(day).toISOString();
}

/** Seven days after the due date at 24:00, and not before warning and notice have stood long enough [C5]. */
export function deletionAfter(dueAt: string, warnedAt: string, noticedAt: string): string {
  // 24:00 belongs to the day that it ends.
  const sevenDays = endOf(dayOf(new Date(Date.parse(dueAt) - 1).toISOString()) + 7);
  const warned = Date.parse(warnedAt) + 7 * DAY_MS;
  const noticed = Date.parse(noticedAt) + 30 * DAY_MS;
  return new Date(Math.max(Date.parse(sevenDays), warned, noticed)).toISOString();
}

/** Days between two days in Shanghai; an instant at 00:00 is 24:00 of the day before. */
export function daysSince(start: string, instant: string): number {
  return calendarDay(instant) - dayOf(start);
}

/** `2029-02-28 24:00`, in Shanghai, to the minute. */
export function shown(instant: string): string {
  const day = calendarDay(instant);
  const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
  const local = new Date(Date.parse(instant) + SHANGHAI_MS).toISOString();
  return `${date} ${isMidnight(instant) ? '24:00' : local.slice(11, 16)}`;
}

function calendarDay(instant: string): number {
  return dayOf(instant) - (isMidnight(instant) ? 1 : 0);
}

function isMidnight(instant: string): boolean {
  return (Date.parse(instant) + SHANGHAI_MS) % DAY_MS < 60_000;
}

/** An instant by day and hour in Shanghai: `localTime('2028-02-29', 9.5)` is half past nine. */
export function localTime(date: string, hour: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - SHANGHAI_MS + hour * HOUR_MS).toISOString();
}

/** A date some days later. */
export function daysLater(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The next 29 February that leaves a week before it: contracts that begin then have the hardest calendar. */
export function nextLeapDay(now: number): string {
  for (let year = new Date(now).getUTCFullYear(); ; year += 1) {
    const leapDay = Date.UTC(year, 1, 29);
    if (new Date(leapDay).getUTCMonth() === 1 && leapDay - now > 7 * DAY_MS) {
      return new Date(leapDay).toISOString().slice(0, 10);
    }
  }
}

/** The next first Monday of March that leaves four months before it: a month without a holiday begins. */
export function nextFirstMondayOfMarch(now: number): string {
  for (let year = new Date(now).getUTCFullYear(); ; year += 1) {
    const first = Date.UTC(year, 2, 1);
    const monday = first + ((8 - new Date(first).getUTCDay()) % 7) * DAY_MS;
    if (monday - now > 120 * DAY_MS) return new Date(monday).toISOString().slice(0, 10);
  }
}
