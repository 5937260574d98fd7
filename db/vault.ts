/**
 * The vault: personal data in Postgres, encrypted with AES-256-GCM under a key per subject that Postgres never sees.
 * Subject and name are authenticated with the data, so an entry moved to another place cannot be read.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { lockAccount } from './accounts.ts';
import type { Db, Trx } from './database.ts';
import type { KeyStore } from './keys.ts';
import type { Json } from './schema.ts';

export interface VaultEntry {
  /** The account's id, or `receipt:<id>`. */
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

/** From now on the entries of a receipt are the account's, and vanish with it. */
export async function linkReceiptToAccount(trx: Trx, subject: string, accountId: string): Promise<void> {
  await trx.updateTable('vault_entries').set({ account_id: accountId }).where('subject', '=', subject).execute();
}

/** Removes all entries of a subject. Its key stays; see {@link KeyStore}. */
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

const TAG_BYTES = 16;
const NONCE_BYTES = 12;

export function createVault(keys: KeyStore): Vault {
  function open(row: { subject: string; name: string; nonce: Buffer; ciphertext: Buffer }, key: Buffer): Json {
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, row.nonce);
      decipher.setAAD(additional(row.subject, row.name));
      decipher.setAuthTag(row.ciphertext.subarray(-TAG_BYTES));
      const plain = Buffer.concat([decipher.update(row.ciphertext.subarray(0, -TAG_BYTES)), decipher.final()]);
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
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(additional(subject, name));
      const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      const ciphertext = Buffer.concat([body, cipher.getAuthTag()]);
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

/** With its length in front, so that no other split of the two strings reads the same. */
function additional(subject: string, name: string): Buffer {
  return Buffer.from(`${subject.length}:${subject}${name}`, 'utf8');
}
