/** An export as text in pieces: the records, then one file after the other, so that never more than one is in memory. */
import { Readable } from 'node:stream';
import type { Evidence } from '../db/evidence.ts';
import { FileUnreadable, type FileStore } from '../db/files.ts';

/**
 * @param records all but the files
 * @param onUnreadable told of a file that is damaged; it is null in the export, and the others are there
 * @returns the JSON of `{ ...records, files: { [sha256]: base64 | null } }`
 */
export function exportStream(
  records: object,
  evidence: readonly Evidence[],
  files: FileStore,
  onUnreadable: (error: FileUnreadable) => void,
): Readable {
  async function contentOf({ account_id, sha256, digest }: Evidence): Promise<string | null> {
    try {
      return (await files.read(account_id, sha256, digest)).toString('base64');
    } catch (error) {
      if (!(error instanceof FileUnreadable)) throw error;
      onUnreadable(error);
      return null;
    }
  }

  async function* pieces(): AsyncGenerator<string> {
    yield `${JSON.stringify(records).slice(0, -1)},"files":{`;
    for (const [n, one] of evidence.entries()) {
      yield `${n === 0 ? '' : ','}"${one.sha256}":${JSON.stringify(await contentOf(one))}`;
    }
    yield '}}';
  }

  return Readable.from(pieces());
}
