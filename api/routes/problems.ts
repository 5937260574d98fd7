/** The pages that `type` of a problem leads to. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { errorResponses, Problem, problems, type ProblemSlug } from '../problems.ts';

export const problemPages: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/problems/:slug',
    {
      schema: {
        tags: ['Server'],
        summary: 'What a kind of problem means',
        description: 'Problem details name their kind by the address of this page.',
        params: Type.Object({ slug: Type.String({ maxLength: 60, examples: ['event-refused'] }) }),
        response: {
          200: Type.Object(
            { slug: Type.String(), status: Type.Integer(), title: Type.String(), text: Type.String() },
            { examples: [{ slug: 'event-refused', ...problems['event-refused'] }] },
          ),
          ...errorResponses('not-found'),
        },
      },
    },
    async (request) => {
      const { slug } = request.params;
      if (!Object.hasOwn(problems, slug)) throw new Problem('not-found');
      return { slug, ...problems[slug as ProblemSlug] };
    },
  );
};
