/** The account's own page of notices [A6]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { listNotices } from '../../db/notices.ts';
import type { Deps } from '../deps.ts';
import { AccountParams } from '../fields.ts';
import { NoticeView, noticeView } from '../notice-view.ts';
import { accountOf } from '../plugins/access.ts';

const example = {
  noticeId: '8c0f4a52-98f4-8a0b-9a4c-6a9e0f1c2d3e',
  kind: 'renewalNotice',
  params: { expiresAt: '2027-05-03T16:00:00.000Z' },
  postedAt: '2027-02-02T16:00:00.000Z',
  deliveredAt: '2027-02-02T16:00:00.000Z',
  deletesAt: null,
  certificateNumber: null,
};

export const notices: FastifyPluginAsyncTypebox<Deps> = async (app, { db }) => {
  app.get(
    '/accounts/:accountId/notices',
    {
      config: { access: 'either' },
      schema: {
        tags: ['Notices'],
        summary: 'Notices to the account',
        description: 'Newest first. A notice is delivered when it is posted here (§10); e-mails are extra copies.',
        params: AccountParams,
        response: { 200: Type.Array(NoticeView, { examples: [[example]] }) },
      },
    },
    async (request) => (await listNotices(db, accountOf(request).id)).map(noticeView),
  );
};
