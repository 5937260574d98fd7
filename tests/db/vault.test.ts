import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountErased, fenceAccount } from '../../db/accounts.ts';
import { createDatabase } from '../../db/database.ts';
import type { Db } from '../../db/database.ts';
import { fileKeyStore } from '../../db/keys.ts';
import type { Json } from '../../db/schema.ts';
import { createVault, deleteVaultEntries, VaultUnreadable } from '../../db/vault.ts';
import { createDatabase as newDatabase, folder } from '../support/stack.ts';
import { newAccount, someday } from '../activities/rows.ts';

let db: Db;
beforeAll(async () => {
  db = createDatabase(await newDatabase());
});
afterAll(() => db.destroy());

const contact = { name: 'Li Example', email: 'li@tools.example' };

function vaultIn(dir: string) {
  const keys = fileKeyStore(dir);
  const vault = createVault(keys);
  const put = (accountId: string, name: string, value: Json, subject = accountId) =>
    db.transaction().execute((trx) => vault.put(trx, { subject, name, accountId, value }));
  return { keys, vault, put };
}

describe('the vault', () => {
  it('gives back what was put, and the newest of it', async () => {
    const { vault, put } = vaultIn(folder());
    const account = await newAccount(db);
    await put(account, 'contact', { name: 'Old' });
    await put(account, 'contact', contact);
    await put(account, 'organisation', { name: 'Tools Ltd.' });
    expect(await vault.get(db, account, 'contact')).toEqual(contact);
    expect(await vault.get(db, account, 'nothing')).toBeUndefined();
    expect(await vault.list(db, account)).toEqual({ contact, organisation: { name: 'Tools Ltd.' } });
    await deleteVaultEntries(db, account);
    expect(await vault.list(db, account)).toEqual({});
    expect(await vault.list(db, randomUUID())).toEqual({});
  });

  it('stores nothing that can be read without the key, and the same value never twice the same way', async () => {
    const { put } = vaultIn(folder());
    const account = await newAccount(db);
    await put(account, 'contact', contact);
    const read = () =>
      db.selectFrom('vault_entries').selectAll().where('subject', '=', account).executeTakeFirstOrThrow();
    const first = await read();
    expect(first.ciphertext.toString('latin1')).not.toContain('Li Example');
    await put(account, 'contact', contact);
    const second = await read();
    expect(second.nonce.equals(first.nonce)).toBe(false);
    expect(second.ciphertext.equals(first.ciphertext)).toBe(false);
  });

  it('refuses an entry that was changed, or moved to another subject or name', async () => {
    const { vault, put } = vaultIn(folder());
    const account = await newAccount(db);
    await put(account, 'contact', contact);
    await db.updateTable('vault_entries').set({ name: 'moved' }).where('subject', '=', account).execute();
    await expect(vault.get(db, account, 'moved')).rejects.toThrow(VaultUnreadable);
    await db.updateTable('vault_entries').set({ name: 'contact' }).where('subject', '=', account).execute();
    expect(await vault.get(db, account, 'contact')).toEqual(contact);
    const row = await db
      .selectFrom('vault_entries')
      .selectAll()
      .where('subject', '=', account)
      .executeTakeFirstOrThrow();
    const changed = Buffer.from(row.ciphertext);
    changed[0] = (changed[0] ?? 0) ^ 1;
    await db.updateTable('vault_entries').set({ ciphertext: changed }).where('subject', '=', account).execute();
    const error = await vault.get(db, account, 'contact').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(VaultUnreadable);
    expect(String(error)).not.toContain('Li');
  });

  it('cannot be read once the key is destroyed [C5]', async () => {
    const { keys, vault, put } = vaultIn(folder());
    const account = await newAccount(db);
    await put(account, 'contact', contact);
    expect(await keys.destroy(account)).toBe(true);
    expect(await keys.destroy(account)).toBe(false);
    await expect(vault.get(db, account, 'contact')).rejects.toThrow(VaultUnreadable);
  });

  it('gives an erased account no key and no entry again [C5]', async () => {
    const { keys, put } = vaultIn(folder());
    const account = await newAccount(db);
    await db.transaction().execute((trx) => fenceAccount(trx, account, someday));
    await expect(put(account, 'contact', contact)).rejects.toThrow(AccountErased);
    expect(await keys.count()).toBe(0);
  });
});

describe('keys in files', () => {
  it('gives everybody who makes a key at the same time the same one', async () => {
    const dir = folder();
    const stores = Array.from({ length: 20 }, () => fileKeyStore(dir));
    const made = await Promise.all(stores.map((store) => store.create('account-1')));
    expect(new Set(made.map((key) => key.toString('hex'))).size).toBe(1);
    expect(await fileKeyStore(dir).get('account-1')).toEqual(made[0]);
    expect(readdirSync(dir)).toHaveLength(1);
  });

  it('keeps them from other users, under names that say nothing', async () => {
    const dir = join(folder(), 'keys');
    await fileKeyStore(dir).create('../account');
    const [name = ''] = readdirSync(dir);
    expect(name).toMatch(/^[0-9a-f]{64}\.key$/);
    expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(dir, name))).toHaveLength(32);
  });

  it('leaves nothing behind when a key is destroyed', async () => {
    const dir = folder();
    const keys = fileKeyStore(dir);
    await keys.create('a');
    await keys.create('b');
    await keys.destroy('a');
    expect(await keys.get('a')).toBeUndefined();
    expect(await keys.get('b')).toBeDefined();
    expect(readdirSync(dir)).toHaveLength(1);
  });
});
