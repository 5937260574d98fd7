/**
 * Keys of the vault, kept outside Postgres: one file each, so that destroying a file is forgetting what it encrypts,
 * in every copy and backup of the database.
 */
import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, syncFolder, writeSynced } from './durable-file.ts';

export interface KeyStore {
  /** The subject's key, made now if it has none. Whoever calls first wins; all callers get the same key. */
  create(subject: string): Promise<Buffer>;
  /** Undefined when there is none, or no longer. */
  get(subject: string): Promise<Buffer | undefined>;
  /** Destroys the key for good. @returns false when there was none. */
  destroy(subject: string): Promise<boolean>;
  /** How many keys there are. */
  count(): Promise<number>;
}

const KEY_BYTES = 32;
const SUFFIX = '.key';

/**
 * Keys as files of mode 0600 in a folder of mode 0700, named by a hash of the subject. A key is on disk, with its name,
 * before it is used; a half-written one is never seen.
 */
export function fileKeyStore(folder: string): KeyStore {
  const ready = mkdir(folder, { recursive: true, mode: 0o700 });
  const pathOf = (subject: string) => join(folder, `${createHash('sha256').update(subject).digest('hex')}${SUFFIX}`);

  async function get(subject: string): Promise<Buffer | undefined> {
    try {
      const key = await readFile(pathOf(subject));
      if (key.length !== KEY_BYTES) throw new Error('A key file has the wrong length');
      return key;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  return {
    get,
    async create(subject) {
      await ready;
      const known = await get(subject);
      if (known) return known;
      const path = pathOf(subject);
      const temporary = `${path}.${randomBytes(8).toString('hex')}`;
      const key = randomBytes(KEY_BYTES);
      try {
        await writeSynced(temporary, key);
        // A link fails where the name is taken: of two that make a key at once, one wins and both use it.
        await link(temporary, path);
        await syncFolder(folder);
        return key;
      } catch (error) {
        if (!isTaken(error)) throw error;
        const winner = await get(subject);
        if (!winner) throw new Error('The key was destroyed while it was being made', { cause: error });
        return winner;
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async destroy(subject) {
      const path = pathOf(subject);
      try {
        // Best effort on the bytes: a journal or an SSD may keep them, encrypted disks are the answer to that.
        const file = await open(path, 'r+');
        try {
          await file.write(randomBytes(KEY_BYTES), 0, KEY_BYTES, 0);
          await file.sync();
        } finally {
          await file.close();
        }
        await unlink(path);
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
      await syncFolder(folder);
      return true;
    },
    async count() {
      await ready;
      return (await readdir(folder)).filter((name) => name.endsWith(SUFFIX)).length;
    },
  };
}

function isTaken(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'EEXIST';
}
