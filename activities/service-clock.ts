/** Clocks of service levels: their records, and the notice to whom a threshold goes [W5, A6]. */
import { randomUUID } from 'node:crypto';
import { lockAccountRow } from '../db/accounts.ts';
import type { Trx } from '../db/database.ts';
import { insertNotice } from '../db/notices.ts';
import { insertMail } from '../db/outbox.ts';
import { insertClockEntry, insertClockLevel, insertThreshold } from '../db/service-clocks.ts';
import type { Json } from '../engine/machine.ts';
import type { Effects } from '../machines/effects.ts';
import type { HandlersOf } from './effects.ts';

export const serviceClockEffects: HandlersOf<'recordClockLevel' | 'recordClockEntry' | 'recordThreshold'> = {
  recordClockLevel: async ({ trx }, { subject, clock, level }) => {
    await insertClockLevel(trx, subject, clock, level as unknown as Json);
  },
  recordClockEntry: async ({ trx }, { subject, clock, n, entry: { at, kind, reason } }) => {
    await insertClockEntry(trx, subject, clock, { n, at, kind, reason: reason ?? null });
  },
  recordThreshold: async ({ trx }, threshold) => {
    const to = threshold.to === null ? undefined : await lockAccountRow(trx, threshold.to);
    // One who was to be told and is gone: it goes to the operator.
    const isLiving = to !== undefined && to.erased_at === null;
    const { subject, clock, kind, duration, at } = threshold;
    await insertThreshold(trx, subject, clock, { kind, duration, at, to: isLiving ? to.id : null });
    if (isLiving) await tell(trx, to.id, threshold);
  },
};

async function tell(trx: Trx, accountId: string, { subject, clock, kind, duration, at }: Effects['recordThreshold']) {
  const named = subject.kind === 'claim' ? { claimId: subject.id } : { repairId: subject.id };
  const params = { subject: subject.kind, ...named, clock, threshold: kind, duration, at };
  const { isNew, notice } = await insertNotice(trx, {
    id: randomUUID(),
    accountId,
    kind: 'serviceLevel',
    params,
    key: `threshold ${subject.kind} ${subject.id} ${clock} ${kind} ${duration}`,
    postedAt: at,
    deliveredAt: at,
  });
  if (!isNew) return;
  await insertMail(trx, {
    id: `mail-${notice.id}`,
    accountId,
    noticeId: notice.id,
    template: 'serviceLevel',
    params,
    now: new Date().toISOString(),
  });
}
