/** Records of a subscription, and the account number that the platform assigns (A1, C2, C6, A5, U2). */
import {
  insertAccountEnd,
  insertConfirmation,
  insertServiceTerm,
  insertStatement,
  setCredit,
} from '../db/account-records.ts';
import { assignAccountNumber, lockAccount, setAccountNumber } from '../db/accounts.ts';
import type { ActivityDeps } from './deps.ts';
import type { HandlersOf } from './effects.ts';
import type { BodiesOf } from './invocation.ts';

export const subscriptionEffects: HandlersOf<
  'recordConfirmation' | 'recordAccountNumber' | 'recordTerm' | 'recordCredit' | 'recordStatement' | 'recordEnd'
> = {
  recordConfirmation: async ({ trx }, { accountId, version, textHash, at }) => {
    await insertConfirmation(trx, { account_id: accountId, version, text_hash: textHash, confirmed_at: at });
  },
  recordAccountNumber: async ({ trx }, { accountId, number }) => {
    await setAccountNumber(trx, accountId, number);
  },
  recordTerm: async ({ trx }, { accountId, n, orderId, years, startsAt, endsAt, at }) => {
    await insertServiceTerm(trx, {
      account_id: accountId,
      n,
      order_id: orderId,
      years,
      starts_at: startsAt,
      ends_at: endsAt,
      recorded_at: at,
    });
  },
  recordCredit: async ({ trx }, { accountId, balance, currency, at }) => {
    await setCredit(trx, { account_id: accountId, balance, currency, recorded_at: at });
  },
  recordStatement: async ({ trx }, { accountId, paid, owed, refunded, currency, at }) => {
    await insertStatement(trx, { account_id: accountId, paid, owed, refunded, currency, stated_at: at });
  },
  recordEnd: async ({ trx }, { accountId, reason, clause, at }) => {
    await insertAccountEnd(trx, { account_id: accountId, reason, clause, ended_at: at });
  },
};

export function subscriptionActivities({ db }: Pick<ActivityDeps, 'db'>): BodiesOf<'assignAccountNumber'> {
  return {
    assignAccountNumber: ({ accountId }, { at }) =>
      db.transaction().execute(async (trx) => {
        await lockAccount(trx, accountId);
        return { number: await assignAccountNumber(trx, accountId, at) };
      }),
  };
}
