/** The label of a repair's parcel, for whoever packs it [W4]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findInstance } from '../../db/instances.ts';
import { findRepair, partyIn, type RepairRow } from '../../db/repairs.ts';
import type { RepairState } from '../../machines/repair-context.ts';
import { repairInstanceId } from '../commands.ts';
import type { Deps } from '../deps.ts';
import { AccountParams } from '../fields.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { labelPdf } from '../repair-label.ts';
import { listedRepair, RepairId } from '../repair-view.ts';

/** While one is looked for or asked: nobody may send the unit to it yet. */
const unaccepted: readonly string[] = ['ordered', 'choosingCenter', 'unassigned', 'offered'] satisfies RepairState[];

export const repairLabel: FastifyPluginAsyncTypebox<Deps> = async (app, { db, vault }) => {
  app.get(
    '/accounts/:accountId/repairs/:repairId/label',
    {
      config: { access: 'account' },
      schema: {
        tags: ['Repairs'],
        summary: 'Label for the parcel',
        description:
          'A PDF (A6) with the RMA number, also as a QR code, and the address of the service center that has accepted. Nothing of the customer is on it.',
        params: Type.Object({ ...AccountParams.properties, repairId: RepairId }),
        response: {
          200: {
            description: 'The label',
            content: { 'application/pdf': { schema: Type.String({ format: 'binary' }) } },
          },
          ...errorResponses('invalid-request', 'not-found', 'not-ready', 'already-ended'),
        },
      },
    },
    async (request, reply) => {
      const repair = await findRepair(db, request.params.repairId);
      if (!repair || partyIn(repair, accountOf(request).id) === undefined) throw new Problem('not-found');
      const { rma, serial, model_id: model, center_id } = repair;
      if (rma === null || center_id === null || unaccepted.includes(repair.state)) throw await notReady(repair);
      const bytes = await labelPdf({ rma, serial, model, to: await addressOf(center_id) });
      return reply
        .type('application/pdf')
        .header('cache-control', 'no-store')
        .header('content-disposition', `inline; filename="${rma}.pdf"`)
        .send(Buffer.from(bytes) as never);
    },
  );

  async function notReady(repair: RepairRow): Promise<Problem> {
    if (repair.closed_at !== null)
      return new Problem('already-ended', { detail: 'The repair has ended, and no service center has it.' });
    const { words: state } = listedRepair(repair, await findInstance(db, repairInstanceId(repair.id)));
    return new Problem('not-ready', {
      state,
      detail: 'The label has the address of the service center: it is there once one has accepted the order.',
    });
  }

  /** From the vault, at the moment it is asked for. */
  async function addressOf(centerId: string): Promise<string[]> {
    const { organisation } = await vault.list(db, centerId);
    const { name, address } = (organisation ?? {}) as { name?: string; address?: string };
    return [name, ...(address ?? '').split(/,\s*/)].filter((line): line is string => line !== undefined && line !== '');
  }
};
