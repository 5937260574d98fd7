/** Suspensions and the end of a subscription: their record, and word of them to what the account takes part in [V1, W7]. */
import { listOpenClaimsOf } from '../db/claims.ts';
import { insertMessage } from '../db/outbox.ts';
import { insertSuspension, lockSuspensions, setSuspensionLifted } from '../db/suspensions.ts';
import type { HandlersOf } from './effects.ts';
import { tellRepairsOfEnd, tellRepairsOfSuspension } from './parties-of-repairs.ts';

export const suspensionEffects: HandlersOf<'recordSuspension' | 'recordServiceEnd'> = {
  recordServiceEnd: ({ trx, record }, { accountId }) => tellRepairsOfEnd(trx, record, accountId),
  recordSuspension: async ({ trx, record }, { accountId, reason, stands, at }) => {
    await lockSuspensions(trx, accountId);
    if (stands) await insertSuspension(trx, accountId, reason, at);
    else await setSuspensionLifted(trx, accountId, reason, at);
    await tellRepairsOfSuspension(trx, record, { accountId, reason, stands });
    for (const claim of await listOpenClaimsOf(trx, accountId)) {
      const party = claim.customer_id === accountId ? 'customer' : 'manufacturer';
      const id = `claim-${claim.id}`;
      await insertMessage(trx, {
        id: `suspension.${accountId}.${record.sequence}.${id}`,
        sender: record.instance,
        senderMachine: null,
        to: { machine: 'claim', id },
        event: { type: stands ? 'party.suspended' : 'suspension.lifted', party, reason },
        now: new Date().toISOString(),
      });
    }
  },
};
