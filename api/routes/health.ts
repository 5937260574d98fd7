/** Whether this process can do its work, for whoever balances or restarts it. */
import { sql } from 'kysely';
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
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
        await sql`select 1`.execute(db);
      } catch (cause) {
        throw new Problem('engine-unavailable', { detail: 'The database does not answer.' }, { cause, retryAfter: 2 });
      }
      return { status: 'up' as const };
    },
  );
};
