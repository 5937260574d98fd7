/** Parties are named by their account number, in requests and in answers. */
import { findAccount } from '../db/accounts.ts';
import type { Db } from '../db/database.ts';

/** @returns the number of each account; null for none, and for one that has none (yet) */
export async function numbersOf(
  db: Db,
  ids: readonly (string | null)[],
): Promise<(accountId: string | null) => string | null> {
  const known = [...new Set(ids.filter((id) => id !== null))];
  const accounts = await Promise.all(known.map((id) => findAccount(db, id)));
  const numbers = new Map(known.map((id, index) => [id, accounts[index]?.number ?? null]));
  return (id) => (id === null ? null : (numbers.get(id) ?? null));
}
