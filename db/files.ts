/**
 * Files of accounts on disk, outside of the database: encrypted under the account's key, one folder for each account, which
 * erasure removes. A file is there whole or not at all, and is never changed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, syncFolder, writeSynced } from './durable-file.ts';
import type { KeyStore } from './keys.ts';
import { seal, unseal } from './sealing.ts';

/** The disk has no room left. Nothing was stored. */
export class StorageFull extends Error {
  override readonly name = 'StorageFull';
}

/** A stored file is missing, was changed, or its key is destroyed. Never says what was in it. */
export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable';
}

export interface FileStore {
  /**
   * Stores a file of a living account; the caller holds the account's lock (db/accounts.ts), so that no erasure runs.
   * @param sha256 of the bytes: only under the same account and digest can they be read again
   * @returns the name on disk: the SHA-256 of what is stored, another one each time
   * @throws {StorageFull}
   */
  write(accountId: string, sha256: string, bytes: Buffer): Promise<string>;
  /** @throws {FileUnreadable} */
  read(accountId: string, sha256: string, stored: string): Promise<Buffer>;
  /** Takes back what {@link write} stored. */
  remove(accountId: string, stored: string): Promise<void>;
}

/** @param folder made when it is needed, of mode 0700 */
export function fileStore(folder: string, keys: KeyStore): FileStore {
  const placeOf = (subject: string, sha256: string) => ({ subject, name: `file:${sha256}` });

  return {
    async write(accountId, sha256, bytes) {
      const own = join(folder, accountId);
      const temporary = join(own, `${randomBytes(8).toString('hex')}.part`);
      try {
        const sealed = seal(await keys.create(accountId), placeOf(accountId, sha256), bytes);
        const stored = createHash('sha256').update(sealed).digest('hex');
        if ((await mkdir(own, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(folder);
        await writeSynced(temporary, sealed);
        await rename(temporary, join(own, stored));
        await syncFolder(own);
        return stored;
      } catch (error) {
        await rm(temporary, { force: true });
        throw isFull(error) ? new StorageFull('There is no room for the file', { cause: error }) : error;
      }
    },
    async read(accountId, sha256, stored) {
      const key = await keys.get(accountId);
      if (!key) throw new FileUnreadable(`The key of ${accountId} is not there`);
      const sealed = await readFile(join(folder, accountId, stored)).catch((error: unknown) => {
        throw isMissing(error) ? new FileUnreadable(`A file of ${accountId} is not there`, { cause: error }) : error;
      });
      try {
        return unseal(key, placeOf(accountId, sha256), sealed);
      } catch (error) {
        throw new FileUnreadable(`A file of ${accountId} cannot be decrypted`, { cause: error });
      }
    },
    async remove(accountId, stored) {
      await rm(join(folder, accountId, stored), { force: true });
    },
  };
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String((error as { code?: unknown } | null)?.code));
}
