/**
 * The vault: personal data in Postgres, encrypted with AES-256-GCM under a key per subject that Postgres never sees.
 * Subject and name are authenticated with the data, so an entry moved to another place cannot be read.
 */
import { lockAccount } from './accounts.ts';
import type { Db, Trx } from './database.ts';
import type { KeyStore } from './keys.ts';
import type { Json } from './schema.ts';
import { NONCE_BYTES, seal, unseal } from './sealing.ts';

export interface VaultEntry {
  /** The account's id, `receipt:<id>` or `claim:<id>`. */
  readonly subject: string;
  readonly name: string;
  /** The account that the entry belongs to; null for a receipt that is nobody's yet. */
  readonly accountId: string | null;
  readonly value: Json;
}

/** An entry cannot be read: its key is destroyed, or the row was tampered with. Never says what was in it. */
export class VaultUnreadable extends Error {
  override readonly name = 'VaultUnreadable';
}

export interface Vault {
  /**
   * Stores a value, in place of an earlier one under the same name.
   * @throws {AccountErased} when the entry's account is: an erased subject never gets a key again.
   */
  put(trx: Trx, entry: VaultEntry): Promise<void>;
  /** Undefined when there is no such entry. @throws {VaultUnreadable} */
  get(db: Db, subject: string, name: string): Promise<Json | undefined>;
  /** All entries of a subject, by name. @throws {VaultUnreadable} */
  list(db: Db, subject: string): Promise<{ [name: string]: Json }>;
}

/** The vault's subject for what a bank says about a transfer: payer and text. */
export function receiptSubject(receiptId: string): string {
  return `receipt:${receiptId}`;
}

/** The vault's subject for what a claimant wrote. */
export function claimSubject(claimId: string): string {
  return `claim:${claimId}`;
}

/** From now on the entries of a receipt are the account's, and vanish with it. */
export async function linkReceiptToAccount(trx: Trx, subject: string, accountId: string): Promise<void> {
  await trx.updateTable('vault_entries').set({ account_id: accountId }).where('subject', '=', subject).execute();
}

/** Removes all entries of a subject. Its key is destroyed apart; see {@link KeyStore}. */
export async function deleteVaultEntries(trx: Db, subject: string): Promise<void> {
  await trx.deleteFrom('vault_entries').where('subject', '=', subject).execute();
}

/** Every subject that has entries under the account: whose keys must go with it. */
export async function listSubjectsOfAccount(db: Db, accountId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('vault_entries')
    .select('subject')
    .distinct()
    .where('account_id', '=', accountId)
    .execute();
  return rows.map((row) => row.subject);
}

export function createVault(keys: KeyStore): Vault {
  function open(row: { subject: string; name: string; nonce: Buffer; ciphertext: Buffer }, key: Buffer): Json {
    try {
      const plain = unseal(key, row, Buffer.concat([row.nonce, row.ciphertext]));
      return JSON.parse(plain.toString('utf8')) as Json;
    } catch {
      throw new VaultUnreadable(`A vault entry of ${row.subject} cannot be decrypted`);
    }
  }

  async function keyOf(subject: string): Promise<Buffer> {
    const key = await keys.get(subject);
    if (!key) throw new VaultUnreadable(`The key of ${subject} is not there`);
    return key;
  }

  return {
    async put(trx, { subject, name, accountId, value }) {
      if (accountId !== null) await lockAccount(trx, accountId);
      const key = await keys.create(subject);
      const sealed = seal(key, { subject, name }, Buffer.from(JSON.stringify(value), 'utf8'));
      const [nonce, ciphertext] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
      await trx
        .insertInto('vault_entries')
        .values({ subject, name, account_id: accountId, nonce, ciphertext })
        .onConflict((conflict) =>
          conflict.columns(['subject', 'name']).doUpdateSet({ account_id: accountId, nonce, ciphertext }),
        )
        .execute();
    },
    async get(db, subject, name) {
      const row = await db
        .selectFrom('vault_entries')
        .selectAll()
        .where('subject', '=', subject)
        .where('name', '=', name)
        .executeTakeFirst();
      return row && open(row, await keyOf(subject));
    },
    async list(db, subject) {
      const rows = await db
        .selectFrom('vault_entries')
        .selectAll()
        .where('subject', '=', subject)
        .orderBy('name')
        .execute();
      if (rows.length === 0) return {};
      const key = await keyOf(subject);
      return Object.fromEntries(rows.map((row) => [row.name, open(row, key)]));
    },
  };
}
