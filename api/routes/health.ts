/** Whether this process can do its work, for whoever balances or restarts it. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findSequence } from '../../db/instances.ts';
import type { Deps } from '../deps.ts';
import { errorResponses, Problem } from '../problems.ts';

export const health: FastifyPluginAsyncTypebox<Deps> = async (app, { db }) => {
  app.get(
    '/health',
    {
      schema: {
        tags: ['Server'],
        summary: 'Is the API up',
        description: 'Answers when the API runs and reaches its database.',
        response: {
          200: Type.Object({ status: Type.Literal('up') }, { examples: [{ status: 'up' }] }),
          ...errorResponses('engine-unavailable'),
        },
      },
    },
    async () => {
      try {
        // Any look-up by key will do; there is no instance of this name.
        await findSequence(db, 'health');
      } catch (cause) {
        throw new Problem('engine-unavailable', { detail: 'The database does not answer.' }, { cause, retryAfter: 2 });
      }
      return { status: 'up' as const };
    },
  );
};
