/** What the repairs of a party hear of it: that it is suspended, or that it is being erased [W7]. */
import type { Db, Trx } from '../db/database.ts';
import { findSequence } from '../db/instances.ts';
import { countMessagesFrom, insertMessage } from '../db/outbox.ts';
import { listOpenRepairsOfAccount, listRepairsOfNobodyElse } from '../db/repairs.ts';
import type { Executions } from './executions.ts';

/** Who sends what an erasure says: its messages are counted under this name. */
const senderOf = (accountId: string) => `erasure-${accountId}`;

/**
 * Every open repair of the account hears that it is being erased, and has forgotten it when this is over. Safe to repeat.
 *
 * @param waitFor waits until it is so, or throws so that the step is tried again
 */
export async function tellRepairsOfErasure(
  db: Db,
  executions: Executions,
  accountId: string,
  waitFor: (what: string, isSo: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  const told = await db.transaction().execute(async (trx) => {
    const open = await listOpenRepairsOfAccount(trx, accountId);
    for (const { repair, party } of open) {
      await insertMessage(trx, {
        id: `${senderOf(accountId)}.repair-${repair.id}`,
        sender: senderOf(accountId),
        senderMachine: null,
        to: { machine: 'repair', id: `repair-${repair.id}` },
        event: { type: 'party.erased', party, accountId },
        now: new Date().toISOString(),
      });
    }
    return open.map(({ repair }) => `repair-${repair.id}`);
  });
  await waitFor('messages to repairs', async () => (await countMessagesFrom(db, senderOf(accountId))) === 0);
  for (const instance of told) {
    await waitFor(instance, async () => {
      const sequence = await executions.restsAt(instance);
      if (sequence === 'busy') return false;
      return sequence === undefined || (await findSequence(db, instance)) >= sequence;
    });
  }
}

/** Every open repair of the account hears that its subscription is suspended for a reason, or that the reason is no more. */
export function tellRepairsOfSuspension(
  trx: Trx,
  by: Step,
  { accountId, reason, stands }: { readonly accountId: string; readonly reason: string; readonly stands: boolean },
): Promise<void> {
  return tellRepairs(trx, by, accountId, { type: stands ? 'party.suspended' : 'suspension.lifted', reason });
}

/** In the commit that ended the service: what has not begun does not begin any more [W7]. */
export function tellRepairsOfEnd(trx: Trx, by: Step, accountId: string): Promise<void> {
  return tellRepairs(trx, by, accountId, { type: 'subscription.expired' });
}

/** The step of a subscription that says it: a repeated commit says nothing twice. */
interface Step {
  readonly instance: string;
  readonly sequence: number;
}

async function tellRepairs(
  trx: Trx,
  by: Step,
  accountId: string,
  event: { readonly type: string; readonly reason?: string },
): Promise<void> {
  for (const { repair, party } of await listOpenRepairsOfAccount(trx, accountId)) {
    const id = `repair-${repair.id}`;
    await insertMessage(trx, {
      id: `standing.${accountId}.${by.sequence}.${id}`,
      sender: by.instance,
      senderMachine: null,
      to: { machine: 'repair', id },
      event: { ...event, party, accountId },
      now: new Date().toISOString(),
    });
  }
}

/** Instances that go with the account: repairs that are over and that no other party has. */
export async function repairsThatGo(db: Db, accountId: string): Promise<string[]> {
  return (await listRepairsOfNobodyElse(db, accountId)).map((id) => `repair-${id}`);
}
