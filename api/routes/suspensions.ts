/** Suspensions of a subscription: a set of reasons, each of which only its own remedy clears [V1, W7]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { listSuspensions } from '../../db/suspensions.ts';
import { suspensionReason } from '../../machines/subscription-events.ts';
import { command, subscriptionId } from '../commands.ts';
import type { Deps } from '../deps.ts';
import { AccountParams, CommandAnswer, Instant, Nullable } from '../fields.ts';
import { commandId } from '../idempotency.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses } from '../problems.ts';

const SuspensionView = Type.Object(
  {
    reason: suspensionReason,
    since: Instant('Since when'),
    liftedAt: Nullable(Instant('When it was remedied; null while it stands')),
  },
  { examples: [{ reason: 'unpaidInvoice', since: '2027-03-10T02:00:00.000Z', liftedAt: null }] },
);

const response = {
  200: CommandAnswer,
  202: CommandAnswer,
  ...errorResponses('body', 'event-refused', 'already-ended', 'engine-unavailable'),
};

export const suspensions: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, subscriptions } = deps;
  const tags = ['Accounts'];

  app.post(
    '/accounts/:accountId/suspensions',
    {
      config: { access: 'operator', command: true },
      schema: {
        tags,
        summary: 'Suspend a subscription',
        description:
          'By the operator, for one more reason. Service functions are off while any reason stands; clocks and deadlines of open claims and repairs stand still; reading, export, periods and payments go on.',
        params: AccountParams,
        body: Type.Object(
          { reason: suspensionReason },
          { additionalProperties: false, examples: [{ reason: 'unpaidInvoice' }] },
        ),
        response,
      },
    },
    async (request, reply) => {
      const { id } = accountOf(request);
      const event = { type: 'subscription.suspended' as const, reason: request.body.reason, by: 'operator' };
      const answer = await command(deps, subscriptions, subscriptionId(id), event, commandId(request, id), () => ({
        detail: 'It is suspended for this reason already, or is not in force.',
      }));
      return await reply.code(answer.readable ? 200 : 202).send(answer);
    },
  );

  app.post(
    '/accounts/:accountId/suspensions/:reason/lifting',
    {
      config: { access: 'operator', command: true },
      schema: {
        tags,
        summary: 'Lift one reason of a suspension',
        description: 'By the operator, when what was behind this reason is remedied. Other reasons stay.',
        params: Type.Object({ ...AccountParams.properties, reason: suspensionReason }),
        body: Type.Object({}, { additionalProperties: false, examples: [{}] }),
        response,
      },
    },
    async (request, reply) => {
      const { id } = accountOf(request);
      const event = { type: 'suspension.lifted' as const, reason: request.params.reason, by: 'operator' };
      const answer = await command(deps, subscriptions, subscriptionId(id), event, commandId(request, id), () => ({
        detail: 'It is not suspended for this reason.',
      }));
      return await reply.code(answer.readable ? 200 : 202).send(answer);
    },
  );

  app.get(
    '/accounts/:accountId/suspensions',
    {
      config: { access: 'either' },
      schema: {
        tags,
        summary: 'Suspensions',
        description: 'That stand or stood, oldest first.',
        params: AccountParams,
        response: { 200: Type.Array(SuspensionView) },
      },
    },
    async (request) => {
      const rows = await listSuspensions(db, accountOf(request).id);
      return rows.map(({ reason, since, lifted_at: liftedAt }) => ({ reason, since, liftedAt }));
    },
  );
};
