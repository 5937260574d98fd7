/** Claims hear that one of their parties is being erased, before its rows go [W7]. */
import { listClaimsOfNobodyElse, listOpenClaimsOf } from '../db/claims.ts';
import type { Db } from '../db/database.ts';
import { insertMessage } from '../db/outbox.ts';

/** Tells every open claim of the account, and waits until each has let go of it. */
export async function leaveClaims(
  db: Db,
  accountId: string,
  waitFor: (what: string, isThere: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  for (const claim of await listOpenClaimsOf(db, accountId)) {
    const party = claim.customer_id === accountId ? 'customer' : 'manufacturer';
    const id = `claim-${claim.id}`;
    await insertMessage(db, {
      id: `erasure.${accountId}.${party}.${id}`,
      sender: `erasure-${accountId}`,
      senderMachine: null,
      to: { machine: 'claim', id },
      event: { type: 'party.erased', party },
      now: new Date().toISOString(),
    });
  }
  await waitFor('claims of the account', async () => (await listOpenClaimsOf(db, accountId)).length === 0);
}

/** Instances that go with the account: claims that no other party has. */
export async function claimsThatGo(db: Db, accountId: string): Promise<string[]> {
  return (await listClaimsOfNobodyElse(db, accountId)).map((id) => `claim-${id}`);
}
