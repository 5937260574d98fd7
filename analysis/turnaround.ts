/** How long repairs take [D1]: from the unit's receipt to the end of its repair. */
import { Groups, type Dimension, type Group } from './groups.ts';

export interface Turnarounds extends Group {
  readonly minutes: Int32Array;
}

export interface Turnaround {
  readonly repairs: number;
  /** At least half of the repairs took no longer, and at least nine tenths. */
  readonly medianHours: number;
  readonly p90Hours: number;
}

/** @throws TooManyGroups */
export function turnaround(
  rows: readonly Turnarounds[],
  by: readonly Dimension[],
  most: number,
): { group: Group; value: Turnaround }[] {
  const groups = new Groups<Int32Array[]>(by, () => [], most);
  for (const row of rows) groups.of(row).push(row.minutes);
  return groups.entries().map(({ group, value }) => {
    const minutes = joined(value).toSorted();
    return {
      group,
      value: {
        repairs: minutes.length,
        medianHours: quantile(minutes, 0.5) / 60,
        p90Hours: quantile(minutes, 0.9) / 60,
      },
    };
  });
}

function joined(lists: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

/**
 * The smallest value that at least this share of them does not exceed: the nearest rank, always a value that occurred.
 * @param sorted not empty
 */
export function quantile(sorted: Int32Array, part: number): number {
  // 0.9 × 10 is 9, but 0.1 × 3 in floating point is a little more than 0.3.
  return sorted[Math.max(0, Math.ceil(sorted.length * part - 1e-9) - 1)]!;
}
