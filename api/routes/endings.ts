/** How a user ends the agreement: by leaving [V5], or by not agreeing with a version of it [A5]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findAgreementVersion } from '../../db/agreements.ts';
import { command, subscriptionId } from '../commands.ts';
import type { Deps } from '../deps.ts';
import { AccountParams, AgreementVersionName, CommandAnswer } from '../fields.ts';
import { commandId } from '../idempotency.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';

const Nothing = Type.Object({}, { additionalProperties: false, description: 'No particulars', examples: [{}] });
const Disagreement = Type.Object(
  { version: AgreementVersionName },
  { additionalProperties: false, examples: [{ version: '2027-01' }] },
);

export const endings: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, subscriptions } = deps;

  app.post(
    '/accounts/:accountId/termination',
    {
      config: { access: 'account', command: true },
      schema: {
        tags: ['Leaving'],
        summary: 'End the service',
        description:
          'A user may end the service at any time. The account winds down: a statement of costs is issued, export stays open, writes are closed; then everything is erased.',
        params: AccountParams,
        body: Nothing,
        response: {
          200: CommandAnswer,
          202: CommandAnswer,
          ...errorResponses('body', 'idempotency-key-missing', 'event-refused', 'already-ended'),
        },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      const event = { type: 'termination.requested' as const, by: 'user' };
      const answer = await command(
        deps,
        subscriptions,
        subscriptionId(account.id),
        event,
        commandId(request, account.id),
      );
      return reply.code(answer.readable ? 200 : 202).send(answer);
    },
  );

  app.post(
    '/accounts/:accountId/disagreement',
    {
      config: { access: 'account', command: true },
      schema: {
        tags: ['Leaving'],
        summary: 'Disagree with a version of the agreement',
        description:
          'Who does not agree with an amendment stops using the service and informs the company (§1): the agreement ends as by termination.',
        params: AccountParams,
        body: Disagreement,
        response: {
          200: CommandAnswer,
          202: CommandAnswer,
          ...errorResponses(
            'body',
            'idempotency-key-missing',
            'event-refused',
            'already-ended',
            'unknown-agreement-version',
            'idempotency-key-reused',
          ),
        },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      const { version } = request.body;
      if (!(await findAgreementVersion(db, version))) {
        throw new Problem('unknown-agreement-version', {
          field: '/version',
          detail: 'No version of this name was published.',
        });
      }
      const event = { type: 'agreement.disagreed' as const, version, by: 'user' };
      const answer = await command(
        deps,
        subscriptions,
        subscriptionId(account.id),
        event,
        commandId(request, account.id),
      );
      return reply.code(answer.readable ? 200 : 202).send(answer);
    },
  );
};
