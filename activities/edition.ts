/** Changes of an account's edition: their record, and the edition itself [E2]. */
import { setEdition, upsertEditionChange } from '../db/edition-changes.ts';
import type { HandlersOf } from './effects.ts';

export const editionEffects: HandlersOf<'recordEditionChange'> = {
  recordEditionChange: async ({ trx, record }, { accountId, n, kind, from, to, orderId, state, effectiveAt, at }) => {
    await upsertEditionChange(trx, {
      account_id: accountId,
      n,
      step: record.sequence,
      kind,
      from_edition: from,
      to_edition: to,
      order_id: orderId,
      state,
      effective_at: effectiveAt,
      requested_at: at,
      state_at: at,
    });
    if (state === 'done') await setEdition(trx, accountId, to);
  },
};
