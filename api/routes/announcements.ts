/** The public page of announcements [A6]. Personal notices are never here. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { insertNotice, listAnnouncements } from '../../db/notices.ts';
import type { Deps } from '../deps.ts';
import { canonicalJson, commandId, uuidFrom } from '../idempotency.ts';
import { NoticeView, noticeView } from '../notice-view.ts';
import { errorResponses, Problem } from '../problems.ts';

const Body = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
    text: Type.String({ minLength: 1, maxLength: 20_000, description: 'For everybody to read: no personal data' }),
  },
  {
    additionalProperties: false,
    examples: [{ title: 'Office closed', text: 'The office is closed from 1 to 7 October.' }],
  },
);

const example = {
  noticeId: '8c0f4a52-98f4-8a0b-9a4c-6a9e0f1c2d3e',
  kind: 'announcement',
  params: { title: 'Office closed', text: 'The office is closed from 1 to 7 October.' },
  postedAt: '2026-09-20T02:00:00.000Z',
  deliveredAt: '2026-09-20T02:00:00.000Z',
  deletesAt: null,
  certificateNumber: null,
};

export const announcements: FastifyPluginAsyncTypebox<Deps> = async (app, { db, now }) => {
  app.get(
    '/announcements',
    {
      schema: {
        tags: ['Notices'],
        summary: 'All announcements',
        description: 'Newest first. An announcement is delivered to all users at the time of its posting (§10).',
        response: { 200: Type.Array(NoticeView, { examples: [[example]] }) },
      },
    },
    async () => (await listAnnouncements(db)).map(noticeView),
  );

  app.post(
    '/announcements',
    {
      config: { access: 'operator', command: true },
      schema: {
        tags: ['Notices'],
        summary: 'Post an announcement',
        description: 'By the operator, on the public page.',
        body: Body,
        response: { 201: { ...NoticeView, examples: [example] }, ...errorResponses('body', 'idempotency-key-missing') },
      },
    },
    async (request, reply) => {
      const key = uuidFrom('announcement', commandId(request, ''));
      const at = now().toISOString();
      const { title, text } = request.body;
      const { notice } = await insertNotice(db, {
        id: key,
        accountId: null,
        kind: 'announcement',
        params: { title, text },
        key,
        postedAt: at,
        deliveredAt: at,
      });
      if (canonicalJson(notice.params) !== canonicalJson({ title, text })) {
        throw new Problem('idempotency-key-reused', { field: 'Idempotency-Key' });
      }
      return reply.code(201).send(noticeView(notice));
    },
  );
};
