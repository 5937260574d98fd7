/** Contract time as the API needs it: what "now" is for an account, and how far away a deadline is, in words. */
import { findClock, presentOf } from '../db/clocks.ts';
import type { Db } from '../db/database.ts';

/**
 * The account's present: real time, or the time of its test clock, which runs on in real time after each advance.
 * @param clock name of the test clock, null for real time
 */
export async function contractNow(db: Db, clock: string | null, realNow: Date): Promise<Date> {
  if (clock === null) return realNow;
  const found = await findClock(db, clock);
  if (!found) return realNow;
  return presentOf(found, realNow);
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** `in 3 days`, `in 5 hours`, `now`, `2 days ago`: rounded down in the largest unit that fits. */
export function distanceInWords(at: string, now: Date): string {
  const distance = Date.parse(at) - now.getTime();
  for (const [unit, length] of units) {
    const n = Math.floor(Math.abs(distance) / length);
    if (n === 0) continue;
    const words = `${n} ${unit}${n === 1 ? '' : 's'}`;
    return distance > 0 ? `in ${words}` : `${words} ago`;
  }
  return 'now';
}
