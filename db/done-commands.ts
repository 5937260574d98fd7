/** Commands that write rows and go through no contract: which were carried out. */
import type { Insertable } from 'kysely';
import type { Trx } from './database.ts';
import type { DoneCommandsTable } from './schema.ts';

/**
 * In the transaction of what the command changes. The same command elsewhere is waited for, so that one of the two is `new`.
 * @returns `done` when it was carried out before, `other` when something else was under its id
 */
export async function noteCommand(trx: Trx, command: Insertable<DoneCommandsTable>): Promise<'new' | 'done' | 'other'> {
  const inserted = await trx
    .insertInto('done_commands')
    .values(command)
    .onConflict((conflict) => conflict.columns(['account_id', 'command']).doNothing())
    .returning('command')
    .executeTakeFirst();
  if (inserted) return 'new';
  const { digest } = await trx
    .selectFrom('done_commands')
    .select('digest')
    .where('account_id', '=', command.account_id)
    .where('command', '=', command.command)
    .executeTakeFirstOrThrow();
  return digest === command.digest ? 'done' : 'other';
}
