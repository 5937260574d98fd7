/** How the clocks of a claim or a repair stand: computed anew from the audit's entries [W5]. */
import type { Static } from 'typebox';
import type { ClockRecord } from '../db/service-clocks.ts';
import { serviceClock } from '../machines/service-level.ts';
import type { ClockEntry, ServiceLevel } from '../machines/service-level.ts';
import type { ClockView } from './claim-fields.ts';

/** @param at contract time */
export function clockView({ clock, level, entries, thresholds }: ClockRecord, at: string): Static<typeof ClockView> {
  const measured = level as unknown as ServiceLevel;
  const audit = entries.map((one): ClockEntry => ({
    at: one.at,
    kind: one.kind,
    ...(one.reason === null ? {} : { reason: one.reason }),
  }));
  const { state, pausedFor, measure, elapsed, due, outcome } = serviceClock(audit, measured, at);
  return {
    clock,
    state,
    pausedFor: [...pausedFor],
    target: measured.target,
    elapsed,
    unit: measure === 'days' ? 'businessDays' : 'milliseconds',
    due,
    outcome,
    reached: thresholds.map(({ kind, duration, reached_at: reachedAt }) => ({ kind, duration, at: reachedAt })),
  };
}
