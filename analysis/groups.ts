/** Groups of what is counted [D1]: by any of model, component, batch, age and month. */

export const dimensions = ['model', 'component', 'batch', 'age', 'month'] as const;
export type Dimension = (typeof dimensions)[number];

/**
 * Values of the dimensions that are asked for. `component` and `batch` are null where nobody knows them; `age` is in full
 * months of 365.25 / 12 days, null where the unit's day is not known; `month` counts from year 0.
 */
export interface Group {
  /** Of what the group is besides: costs are in one currency, a forecast is of one part. */
  readonly currency?: string;
  readonly part?: string;
  readonly model?: string;
  readonly component?: string | null;
  readonly batch?: string | null;
  readonly age?: number | null;
  readonly month?: number;
}

/** What a group is told apart by. */
export type Key = Dimension | 'currency' | 'part';

/** More groups than anybody reads, or than can be computed in time. */
export class TooManyGroups extends Error {
  override readonly name = 'TooManyGroups';
}

/** Something for each group, made when the group first turns up. */
export class Groups<Value> {
  readonly #byKey = new Map<string, { readonly group: Group; readonly value: Value }>();
  readonly #by: readonly Key[];
  readonly #make: (group: Group) => Value;
  readonly #most: number;

  /** @param most groups, after which {@link TooManyGroups} is thrown */
  constructor(by: readonly Key[], make: (group: Group) => Value, most = Infinity) {
    this.#by = by;
    this.#make = make;
    this.#most = most;
  }

  /** The value of the group that this belongs to. */
  of(row: Group): Value {
    const key = this.#by.map((one) => String(row[one])).join('\u0000');
    const known = this.#byKey.get(key);
    if (known) return known.value;
    if (this.#byKey.size >= this.#most) throw new TooManyGroups(`There are more than ${this.#most} groups`);
    const group: Group = Object.fromEntries(this.#by.map((one) => [one, row[one]]));
    const value = this.#make(group);
    this.#byKey.set(key, { group, value });
    return value;
  }

  /** In the order of the dimensions; what is not known comes first. */
  entries(): { readonly group: Group; readonly value: Value }[] {
    return [...this.#byKey.values()].toSorted((a, b) => this.#compare(a.group, b.group));
  }

  #compare(a: Group, b: Group): number {
    for (const one of this.#by) {
      const [left, right] = [a[one] ?? null, b[one] ?? null];
      if (left === right) continue;
      if (left === null || right === null) return left === null ? -1 : 1;
      return left < right ? -1 : 1;
    }
    return 0;
  }
}

/** Rows of the database, which are by model at least, summed up by group. */
export function sums<Field extends string>(
  rows: readonly (Group & { readonly [Name in Field]: number })[],
  by: readonly Key[],
  fields: readonly Field[],
  most?: number,
): Groups<Record<Field, number>> {
  const none = () => Object.fromEntries(fields.map((field) => [field, 0])) as Record<Field, number>;
  const groups = new Groups(by, none, most);
  for (const row of rows) {
    const sum = groups.of(row);
    for (const field of fields) sum[field] += row[field];
  }
  return groups;
}

/** A day as it counts from 1 January 1970. */
export function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / DAY_MS;
}

const DAY_MS = 86_400_000;

/** The first day of a month, which counts from year 0. */
export function firstDayOf(month: number): number {
  return Date.parse(`${monthText(month)}-01T00:00:00Z`) / DAY_MS;
}

/** `2027-03`. */
export function monthText(month: number): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`;
}

/** The month in which a day of that form is. */
export function monthOf(day: string): number {
  return Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
}

/** The day with this number, as `2027-03-10`. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
