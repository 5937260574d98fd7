/** What remains of an erased account: its certificate, for whoever has the number [C5]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findCertificate } from '../../db/certificates.ts';
import { CertificateView, certificateView } from '../certificate-view.ts';
import type { Deps } from '../deps.ts';
import { preferred } from '../media-type.ts';
import { certificatePage } from '../pages/certificate.ts';
import { errorResponses, Problem } from '../problems.ts';

export const certificates: FastifyPluginAsyncTypebox<Deps> = async (app, { db }) => {
  app.get(
    '/certificates/:number',
    {
      schema: {
        tags: ['Leaving'],
        summary: 'A certificate of erasure',
        description:
          'What was erased, when, under which clause, as JSON or as an HTML page. The final warning names the number; there is nothing here before the erasure.',
        params: Type.Object({ number: Type.String({ pattern: '^EC[0-9]{1,20}$', examples: ['EC10000017'] }) }),
        response: {
          200: {
            description: 'The certificate',
            content: { 'application/json': { schema: CertificateView }, 'text/html': { schema: { type: 'string' } } },
          },
          ...errorResponses('not-found', 'invalid-request', 'not-acceptable'),
        },
      },
    },
    async (request, reply) => {
      const wanted = preferred(request.headers.accept, 'html');
      const certificate = await findCertificate(db, request.params.number);
      const shown = certificate && certificateView(certificate);
      if (!shown) throw new Problem('not-found');
      void reply.header('vary', 'accept');
      if (wanted === 'json') return reply.type('application/json').send(shown);
      return reply.type('text/html; charset=utf-8').serializer(String).send(certificatePage(shown));
    },
  );
};
