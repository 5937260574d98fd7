/** Notices: posting is delivering (A6); the e-mail copy is only put into the outbox, with the posting. */
import { randomUUID } from 'node:crypto';
import { lockAccount } from '../db/accounts.ts';
import { reserveCertificate } from '../db/certificates.ts';
import { insertNotice, setNoticeDelivered } from '../db/notices.ts';
import { insertMail } from '../db/outbox.ts';
import type { Json } from '../engine/machine.ts';
import type { NoticeKind } from '../machines/activities.ts';
import type { ActivityDeps } from './deps.ts';
import type { HandlersOf } from './effects.ts';
import type { BodiesOf } from './invocation.ts';

export const noticeEffects: HandlersOf<'recordNoticeDelivered'> = {
  recordNoticeDelivered: async ({ trx }, { noticeId, deliveredAt, deletesAt }) => {
    await setNoticeDelivered(trx, noticeId, deliveredAt, deletesAt ?? null);
  },
};

/** Final warnings name the certificate that the erasure will have (C5). */
const warnings: readonly NoticeKind[] = ['overdueWarning', 'registrationOverdueWarning'];

export function noticeActivities({ db }: Pick<ActivityDeps, 'db'>): BodiesOf<'postNotice'> {
  return {
    postNotice: ({ accountId, kind, params }, { key, at }) =>
      db.transaction().execute(async (trx) => {
        await lockAccount(trx, accountId);
        const certificateNumber = warnings.includes(kind) ? await reserveCertificate(trx, accountId, at) : null;
        const { isNew, notice } = await insertNotice(trx, {
          id: randomUUID(),
          accountId,
          kind,
          params: recordOf(params),
          key,
          postedAt: at,
          certificateNumber,
        });
        if (isNew) {
          await insertMail(trx, {
            id: `mail-${notice.id}`,
            accountId,
            noticeId: notice.id,
            template: kind,
            params: { ...recordOf(params), certificateNumber },
            now: new Date().toISOString(),
          });
        }
        return { noticeId: notice.id, certificateNumber: notice.certificate_number };
      }),
  };
}

function recordOf(params: Json): { readonly [name: string]: Json | undefined } {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return {};
  return params as { readonly [name: string]: Json | undefined };
}
