/** A notice or an announcement as it stands on its page [A6]. */
import { Type, type Static } from 'typebox';
import type { Notice } from '../db/notices.ts';
import { Instant, Nullable } from './fields.ts';

export const NoticeView = Type.Object({
  noticeId: Type.String(),
  kind: Type.String({ description: 'What it is about' }),
  params: Type.Unknown({ description: 'Its particulars: dates and amounts, never personal data' }),
  postedAt: Instant('When it was posted'),
  deliveredAt: Nullable(Instant('When it counts as delivered (§10)')),
  deletesAt: Nullable(Instant('Of a final warning: the moment of deletion')),
  certificateNumber: Nullable(
    Type.String({ description: 'Of a final warning: the certificate that the deletion will have' }),
  ),
});

export function noticeView(notice: Notice): Static<typeof NoticeView> {
  return {
    noticeId: notice.id,
    kind: notice.kind,
    params: notice.params,
    postedAt: notice.posted_at,
    deliveredAt: notice.delivered_at,
    deletesAt: notice.deletes_at,
    certificateNumber: notice.certificate_number,
  };
}
