/** What an account confirms and sees; and the operator's verification of it [A1, U1, C1]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findInstance } from '../../db/instances.ts';
import { listOrders } from '../../db/orders.ts';
import { informationFields } from '../../machines/agreement.ts';
import { AccountView, accountView } from '../account-view.ts';
import { agreementIn, missingIn } from '../subscription-context.ts';
import { command, subscriptionId, waitFor } from '../commands.ts';
import { accountOf } from '../plugins/access.ts';
import type { Deps } from '../deps.ts';
import { AccountParams, AgreementVersionName, CommandAnswer } from '../fields.ts';
import { commandId } from '../idempotency.ts';
import { errorResponses, Problem } from '../problems.ts';

const Confirmation = Type.Object(
  {
    version: AgreementVersionName,
    textHash: Type.String({
      pattern: '^[0-9a-f]{64}$',
      description: 'SHA-256 of its text, hex, as GET /agreement gives it',
    }),
  },
  {
    additionalProperties: false,
    examples: [{ version: '1', textHash: '174bad23b3b1e86370ded22f41cbdf7998a81061414fbeda34130c3424bad716' }],
  },
);

const Verification = Type.Object(
  {
    outcome: Type.Enum(['verified', 'rejected']),
    fields: Type.Optional(
      Type.Array(Type.Enum(informationFields), {
        minItems: 1,
        maxItems: 20,
        uniqueItems: true,
        description: 'What is wrong, when rejected',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ outcome: 'verified' }, { outcome: 'rejected', fields: ['address'] }] },
);

export const accounts: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, subscriptions, options } = deps;

  app.get(
    '/accounts/:accountId',
    {
      config: { access: 'either' },
      schema: {
        tags: ['Accounts'],
        summary: 'The account',
        description:
          'State in words, next deadline and its clause, entitlements, term, orders, notices, credit. Personal data is not in it; see its information.',
        params: AccountParams,
        response: { 200: AccountView },
      },
    },
    async (request) => accountView(deps, accountOf(request)),
  );

  app.post(
    '/accounts/:accountId/confirmation',
    {
      config: { access: 'account', command: true },
      schema: {
        tags: ['Accounts'],
        summary: 'Confirm the agreement',
        description:
          'The ‘Confirmation’ button of §1. Names the version and the hash of its text, so that what was confirmed can be shown later (A1).',
        params: AccountParams,
        body: Confirmation,
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
      const { version, textHash } = request.body;
      const asked = agreementIn(await findInstance(db, subscriptionId(account.id)));
      if (asked && (asked.version !== version || asked.textHash !== textHash)) {
        throw new Problem('unknown-agreement-version', {
          field: asked.version === version ? '/textHash' : '/version',
          detail: `This account registered under version ${asked.version}; GET /agreements/${asked.version} has its text and hash.`,
        });
      }
      const event = { type: 'agreement.confirmed' as const, version, textHash, by: 'user' };
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
    '/accounts/:accountId/verification',
    {
      config: { access: 'operator', command: true },
      schema: {
        tags: ['Accounts'],
        summary: 'Verify the information of a registration',
        description:
          'By the operator. Verified: paying roles get their order, others become active. Rejected: the named fields have to be given again.',
        params: AccountParams,
        body: Verification,
        response: {
          200: CommandAnswer,
          202: CommandAnswer,
          ...errorResponses('body', 'idempotency-key-missing', 'event-refused', 'already-ended'),
        },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      const { outcome, fields } = request.body;
      if (outcome === 'rejected' && !fields) {
        throw new Problem('invalid-request', {
          field: '/fields',
          detail: 'Name what is wrong, so that the user can correct it.',
        });
      }
      if (outcome === 'verified' && fields) {
        throw new Problem('invalid-request', { field: '/fields', detail: 'It belongs to a rejection; leave it out.' });
      }
      const event = fields
        ? { type: 'information.rejected' as const, fields, by: 'operator' }
        : { type: 'information.verified' as const, by: 'operator' };
      const answer = await command(
        deps,
        subscriptions,
        subscriptionId(account.id),
        event,
        commandId(request, account.id),
        (instance) => {
          const missing = missingIn(instance.context);
          return missing.length > 0 ? { detail: `Required information is missing: ${missing.join(', ')}.` } : undefined;
        },
      );
      // What follows a verification at once is the order, or the service: who reads now should see it.
      if (!fields) {
        await waitFor(options.readYourWritesMs, async () => {
          const instance = await findInstance(db, subscriptionId(account.id));
          const isServed = instance?.tags.includes('service') === true;
          return isServed || (await listOrders(db, account.id)).length > 0;
        });
      }
      return reply.code(answer.readable ? 200 : 202).send(answer);
    },
  );
};
