/** What an account tells about itself: into the vault first, then the names of what is missing to the contract [U1]. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { command, subscriptionId } from '../commands.ts';
import type { Deps } from '../deps.ts';
import { AccountParams, CommandAnswer } from '../fields.ts';
import { commandId } from '../idempotency.ts';
import { Information, informationDigest, informationExample, missingInformation } from '../information.ts';
import { accountOf, byOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { correctInformation, storedInformation } from '../stored-information.ts';

const Body = { ...Information, examples: [informationExample] };

export const information: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, keys, vault, subscriptions } = deps;

  app.get(
    '/accounts/:accountId/information',
    {
      config: { access: 'either' },
      schema: {
        tags: ['Accounts'],
        summary: 'What the account told about itself',
        description: 'Organisation and contact, from the vault.',
        params: AccountParams,
        response: { 200: Body },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      const { organisation, contact } = await storedInformation(vault, db, accountOf(request).id);
      return { organisation, contact };
    },
  );

  app.put(
    '/accounts/:accountId/information',
    {
      config: { access: 'either', command: true },
      schema: {
        tags: ['Accounts'],
        summary: 'Give or correct information',
        description:
          'Replaces what was given before. It goes into the vault; the contract learns only which required names are still missing (U1).',
        params: AccountParams,
        body: Body,
        response: {
          200: CommandAnswer,
          202: CommandAnswer,
          ...errorResponses('body', 'idempotency-key-missing', 'event-refused', 'already-ended'),
        },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      const accountKey = await keys.get(account.id);
      if (!accountKey || !account.role) throw new Problem('account-erased');
      const id = commandId(request, account.id);
      const correction = await correctInformation(vault, db, account.id, request.body, id);
      if (correction.outcome === 'reused') throw new Problem('idempotency-key-reused', { field: 'Idempotency-Key' });
      const event = {
        type: 'information.provided' as const,
        missing: missingInformation(account.role, request.body),
        digest: informationDigest(accountKey, request.body),
        revision: correction.revision,
        by: byOf(request),
      };
      try {
        const answer = await command(deps, subscriptions, subscriptionId(account.id), event, id);
        return await reply.code(answer.readable ? 200 : 202).send(answer);
      } catch (error) {
        // What the contract refused is not the account's information. After a failure it may yet be: the repetition tells.
        if (error instanceof Problem && error.status < 500) await correction.undo();
        throw error;
      }
    },
  );
};
