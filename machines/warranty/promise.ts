/** What a cover comes to at the day of a failure: its end, its limit, and the share that it pays [W1]. */
import { daysBetween, lastDay, monthsBegun } from '../calendar.ts';
import type { Counting, Day } from '../calendar.ts';
import type { Cover, ProRata, Usage, UsageLimit } from './policy.ts';
import type { Question } from './question.ts';

/** A fraction of the cost, `part` of `whole`, for `prorate` in money.ts. */
export interface Share {
  readonly part: number;
  readonly whole: number;
}

/** What a line promises for one cost class. */
export interface Promised {
  /** Last covered day; null: no end, or not known. */
  readonly until: Day | null;
  readonly usage: UsageLimit | null;
  /** Readings from which the limit counts; null: from new. */
  readonly usedBefore: Usage | null;
  readonly share: Share;
  /** Extensions that are in it. */
  readonly extensions: readonly string[];
}

export const full: Share = { part: 1, whole: 1 };

/** Months always count from the anchor, never from another end: 31 January and two months is 31 March [C2]. */
export function promise(cover: Cover, anchor: Day | null, { failure, counting }: Question): Promised {
  const { months, usage } = cover;
  const promised = { until: null, usage, usedBefore: null, share: full, extensions: [] };
  if (anchor === null || months === null) return promised;
  const until = lastDay(anchor, `P${months}M`, counting.periodEnd);
  const { proRata } = cover;
  const isInPart = proRata !== null && failure.on <= until;
  const share = isInPart ? shareAt(failure.on, anchor, months, proRata, counting) : full;
  return { ...promised, until, share };
}

/** What is left of the stretch that pays in part, the day or month begun counting as left. */
function shareAt(on: Day, anchor: Day, months: number, { fullMonths, per }: ProRata, { periodEnd }: Counting): Share {
  const lastInFull = lastDay(anchor, `P${fullMonths}M`, periodEnd);
  if (on <= lastInFull) return full;
  if (per === 'month') return { part: months - monthsBegun(anchor, on, periodEnd) + 1, whole: months - fullMonths };
  const last = lastDay(anchor, `P${months}M`, periodEnd);
  return { part: daysBetween(on, last) + 1, whole: daysBetween(lastInFull, last) };
}
