/** Suspensions of accounts as rows [V1, W7]. */
import type { Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import { lockInstance } from './instances.ts';
import type { AccountSuspensionsTable, Instant } from './schema.ts';

export type SuspensionRow = Selectable<AccountSuspensionsTable>;

/** Whoever files a claim, and whoever suspends one of its parties, follow each other: the claim knows, or is told. */
export function lockSuspensions(trx: Trx, accountId: string): Promise<void> {
  return lockInstance(trx, `suspensions-${accountId}`);
}

export async function insertSuspension(trx: Trx, accountId: string, reason: string, since: Instant): Promise<void> {
  await trx
    .insertInto('account_suspensions')
    .values({ account_id: accountId, reason, since, lifted_at: null })
    .execute();
}

export async function setSuspensionLifted(trx: Trx, accountId: string, reason: string, at: Instant): Promise<void> {
  await trx
    .updateTable('account_suspensions')
    .set({ lifted_at: at })
    .where('account_id', '=', accountId)
    .where('reason', '=', reason)
    .where('lifted_at', 'is', null)
    .execute();
}

/** Oldest first. */
export function listSuspensions(db: Db, accountId: string): Promise<SuspensionRow[]> {
  return db
    .selectFrom('account_suspensions')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('since')
    .orderBy('reason')
    .execute();
}
