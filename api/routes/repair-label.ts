/** The label of a repair's parcel, for whoever packs it [W4]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findRepair, partyColumns } from '../../db/repairs.ts';
import type { Deps } from '../deps.ts';
import { AccountParams } from '../fields.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { labelPdf } from '../repair-label.ts';
import { RepairId } from '../repair-view.ts';

export const repairLabel: FastifyPluginAsyncTypebox<Deps> = async (app, { db, vault }) => {
  app.get(
    '/accounts/:accountId/repairs/:repairId/label',
    {
      config: { access: 'account' },
      schema: {
        tags: ['Repairs'],
        summary: 'Label for the parcel',
        description:
          'A PDF (A6) with the RMA number, also as a QR code, and the address of the service center. Nothing of the customer is on it.',
        params: Type.Object({ ...AccountParams.properties, repairId: RepairId }),
        response: {
          200: {
            description: 'The label',
            content: { 'application/pdf': { schema: Type.String({ format: 'binary' }) } },
          },
          ...errorResponses('invalid-request', 'not-found'),
        },
      },
    },
    async (request, reply) => {
      const { id, role } = accountOf(request);
      const repair = await findRepair(db, request.params.repairId);
      if (!repair || role === null || repair[partyColumns[role]] !== id) throw new Problem('not-found');
      if (repair.rma === null) throw new Problem('not-found', { detail: 'It has no RMA number yet.' });
      const { rma, serial, model_id: model, center_id } = repair;
      const bytes = await labelPdf({ rma, serial, model, to: await addressOf(center_id) });
      return reply
        .type('application/pdf')
        .header('cache-control', 'no-store')
        .header('content-disposition', `inline; filename="${rma}.pdf"`)
        .send(Buffer.from(bytes) as never);
    },
  );

  /** From the vault, at the moment it is asked for. */
  async function addressOf(centerId: string | null): Promise<string[]> {
    if (centerId === null) return [];
    const { organisation } = await vault.list(db, centerId);
    const { name, address } = (organisation ?? {}) as { name?: string; address?: string };
    return [name, ...(address ?? '').split(/,\s*/)].filter((line): line is string => line !== undefined && line !== '');
  }
};
