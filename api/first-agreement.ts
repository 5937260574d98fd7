/** A fresh installation has an agreement from the start: the text in docs/, with its terms as they stand by default. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { insertAgreementVersion, listAgreementVersions } from '../db/agreements.ts';
import type { Db } from '../db/database.ts';
import { firstVersion } from '../machines/agreement.ts';

const TEXT = new URL('../docs/agreement-source.txt', import.meta.url);

/** Before every contract, also those on test clocks that begin in the past. */
const EFFECTIVE_AT = '2020-01-01T00:00:00.000Z';

/**
 * Publishes the first version where none is published; safe to repeat, and by several processes at once.
 * @throws when the text in docs/ is not the one whose hash machines/agreement.ts names
 */
export async function ensureFirstAgreement(db: Db): Promise<void> {
  if ((await listAgreementVersions(db)).length > 0) return;
  const text = await readFile(TEXT, 'utf8');
  const textHash = createHash('sha256').update(text, 'utf8').digest('hex');
  const { version, counterparty, bankAccount } = firstVersion;
  if (textHash !== firstVersion.textHash)
    throw new Error('docs/agreement-source.txt is not the text of the first version');
  await insertAgreementVersion(db, {
    version,
    text,
    textHash,
    terms: {},
    counterparty,
    bankAccount,
    effectiveAt: EFFECTIVE_AT,
  });
}
