/** What accounts have uploaded to prove something: a row for each, by the digest of its bytes. */
import type { Selectable } from 'kysely';
import { lockAccount } from './accounts.ts';
import type { Db, Trx } from './database.ts';
import type { FileStore } from './files.ts';
import type { FilesTable, Instant } from './schema.ts';

export type Evidence = Selectable<FilesTable>;

export function findEvidence(db: Db, accountId: string, sha256: string): Promise<Evidence | undefined> {
  return db
    .selectFrom('files')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('sha256', '=', sha256)
    .executeTakeFirst();
}

/** Oldest first. */
export function listEvidence(db: Db, accountId: string): Promise<Evidence[]> {
  return db
    .selectFrom('files')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('stored_at')
    .orderBy('sha256')
    .execute();
}

export interface NewEvidence {
  readonly accountId: string;
  /** Of the bytes, lower-case hex. */
  readonly sha256: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly at: Instant;
}

/**
 * Stores the file, then its row; the same bytes of the same account once, whoever comes first. A crash before the transaction ends
 * leaves a file that no row names: nobody sees it, and it goes with the account's folder.
 * @throws {AccountErased} {StorageFull}
 */
export async function storeEvidence(trx: Trx, files: FileStore, evidence: NewEvidence): Promise<Evidence> {
  const { accountId, sha256, mediaType, bytes, at } = evidence;
  await lockAccount(trx, accountId);
  const known = await findEvidence(trx, accountId, sha256);
  if (known) return known;
  const digest = await files.write(accountId, sha256, bytes);
  // Taken back where the row is surely not there. When a commit gets no answer it may be: then the file stays.
  let inserted: Evidence | undefined;
  try {
    inserted = await trx
      .insertInto('files')
      .values({ account_id: accountId, digest, sha256, media_type: mediaType, size: bytes.length, stored_at: at })
      .onConflict((conflict) => conflict.columns(['account_id', 'sha256']).doNothing())
      .returningAll()
      .executeTakeFirst();
  } finally {
    if (!inserted) await files.remove(accountId, digest);
  }
  return inserted ?? (await findEvidence(trx, accountId, sha256))!;
}
