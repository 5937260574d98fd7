/**
 * How long units were in use in a period, of which age and in which month [D1]: what failures are divided by. Days are
 * numbers that count from 1 January 1970.
 */
import { firstDayOf, monthOf, dayText } from './groups.ts';

/** Units by the day from which they are in use, as parallel lists. */
export interface Cohorts {
  readonly days: ArrayLike<number>;
  readonly units: ArrayLike<number>;
}

/** Both days included; `from` null: from the beginning. */
export interface Period {
  readonly from: number | null;
  readonly to: number;
}

/** Units that were in use in this part of the period, and for how many days altogether. */
export interface Exposure {
  /** In full months; null unless it is split by age. */
  readonly age: number | null;
  /** Null unless it is split by month. */
  readonly month: number | null;
  readonly units: number;
  readonly unitDays: number;
}

/** Days in a month of age: 487/16 = 365.25/12. */
const AGE_DAYS = 487;
const AGE_PARTS = 16;

/** The full months of an age in days. */
export function ageMonth(days: number): number {
  return Math.floor((days * AGE_PARTS) / AGE_DAYS);
}

/** The age in days at which that many months are full. */
function ageOf(months: number): number {
  return Math.ceil((months * AGE_DAYS) / AGE_PARTS);
}

/** The first day of all, or this one where it is earlier. */
export function earliestOf({ days }: Cohorts, day: number): number {
  let earliest = day;
  for (let index = 0; index < days.length; index += 1) earliest = Math.min(earliest, days[index]!);
  return earliest;
}

/**
 * A unit is in use on every day from its first on, and does not go out of use.
 * @returns only parts with units in use
 */
export function exposure(
  cohorts: Cohorts,
  period: Period,
  by: { readonly age: boolean; readonly month: boolean },
): Exposure[] {
  const end = period.to + 1;
  const earliest = earliestOf(cohorts, end);
  const from = Math.max(earliest, period.from ?? earliest);
  if (from >= end) return [];
  const firstMonth = monthOf(dayText(from));
  const bounds: number[] = [];
  for (let month = firstMonth; bounds.length === 0 || bounds.at(-1)! < end; month += 1)
    bounds.push(firstDayOf(month + 1));
  const months = by.month ? bounds.length : 1;
  const ages = by.age ? ageMonth(end - earliest) + 1 : 1;
  const units = new Float64Array(months * ages);
  const unitDays = new Float64Array(months * ages);
  for (let index = 0; index < cohorts.days.length; index += 1) {
    const start = cohorts.days[index]!;
    const n = cohorts.units[index]!;
    let day = Math.max(start, from);
    let month = 0;
    let age = by.age ? ageMonth(day - start) : 0;
    while (day < end) {
      let next = end;
      if (by.month) {
        while (bounds[month]! <= day) month += 1;
        next = Math.min(next, bounds[month]!);
      }
      if (by.age) {
        while (start + ageOf(age + 1) <= day) age += 1;
        next = Math.min(next, start + ageOf(age + 1));
      }
      units[age * months + month]! += n;
      unitDays[age * months + month]! += n * (next - day);
      day = next;
    }
  }
  const parts: Exposure[] = [];
  for (let index = 0; index < units.length; index += 1) {
    if (unitDays[index] === 0) continue;
    parts.push({
      age: by.age ? Math.floor(index / months) : null,
      month: by.month ? firstMonth + (index % months) : null,
      units: units[index]!,
      unitDays: unitDays[index]!,
    });
  }
  return parts;
}
