/** The documents behind sales and registrations, for the manufacturer of the unit [W1]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { listOwners } from '../../db/warranty.ts';
import type { Deps } from '../deps.ts';
import { fileResponse, readEvidence, sendEvidence } from '../evidence.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { mustManageWarranty } from '../service-access.ts';
import { UnitParams } from '../unit-view.ts';

export const proofs: FastifyPluginAsyncTypebox<Deps> = async (app, { db, files }) => {
  app.get(
    '/accounts/:accountId/units/:serial/owners/:n/proof',
    {
      config: { access: 'account' },
      schema: {
        tags: ['Warranty'],
        summary: 'The proof of a purchase',
        description:
          'By the manufacturer: the document that was given for the n-th owner of the unit, 1 being the sale, by itself or by the customer who registered. It goes with the account that gave it.',
        params: Type.Object({
          ...UnitParams.properties,
          n: Type.String({ pattern: '^[1-9][0-9]{0,5}$', description: 'Which owner', examples: ['1'] }),
        }),
        response: { 200: fileResponse, ...errorResponses('not-found', 'invalid-request', 'not-entitled') },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      await mustManageWarranty(db, account);
      const { serial, n } = request.params;
      const owner = (await listOwners(db, account.id, serial)).find((one) => one.n === Number(n));
      if (!owner) throw new Problem('not-found');
      if (owner.proof === null) throw new Problem('not-found', { detail: 'No document was given for this owner.' });
      const giver = owner.proof_by === 'customer' ? owner.owner_id : account.id;
      if (giver === null)
        throw new Problem('not-found', { detail: 'The document went with the account of the customer who gave it.' });
      return sendEvidence(reply, await readEvidence({ db, files }, giver, owner.proof.sha256));
    },
  );
};
