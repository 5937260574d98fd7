/** Changes of an account's edition as rows, and the edition that comes of them [E2]. */
import type { Insertable, Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type { Edition, EditionChangesTable } from './schema.ts';

export type EditionChange = Selectable<EditionChangesTable>;

/** What the account's nth change is now. */
export async function upsertEditionChange(trx: Trx, change: Insertable<EditionChangesTable>): Promise<void> {
  await trx
    .insertInto('edition_changes')
    .values(change)
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'n']).doUpdateSet({
        order_id: change.order_id,
        state: change.state,
        effective_at: change.effective_at,
        state_at: change.state_at,
      }),
    )
    .execute();
}

export async function setEdition(trx: Trx, accountId: string, edition: Edition): Promise<void> {
  await trx.updateTable('accounts').set({ edition }).where('id', '=', accountId).execute();
}

/** Oldest first. */
export function listEditionChanges(db: Db, accountId: string): Promise<EditionChange[]> {
  return db.selectFrom('edition_changes').selectAll().where('account_id', '=', accountId).orderBy('n').execute();
}
