/** Evidence as routes use it: read for somebody who may see it, named by somebody who has it, and sent as a download. */
import type { FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import { findAccount } from '../db/accounts.ts';
import type { Db } from '../db/database.ts';
import { findEvidence, type Evidence } from '../db/evidence.ts';
import { FileUnreadable } from '../db/files.ts';
import type { Deps } from './deps.ts';
import { accountErased } from './erased.ts';
import { evidenceTypes, type EvidenceType } from './evidence-type.ts';
import { Instant, Sha256 } from './fields.ts';
import { Problem } from './problems.ts';

export const EvidenceView = Type.Object(
  {
    sha256: Sha256,
    mediaType: Type.Enum(Object.keys(evidenceTypes) as EvidenceType[], { description: 'Found by the content' }),
    size: Type.Integer({ description: 'In bytes' }),
    storedAt: Instant('When it was first stored'),
  },
  {
    examples: [
      { sha256: '0'.repeat(64), mediaType: 'image/jpeg', size: 1_234_567, storedAt: '2027-03-10T16:00:00.000Z' },
    ],
  },
);

/** The 200 of a route that gives a file, for its schema. */
export const fileResponse = {
  description: 'The file, as a download',
  content: Object.fromEntries(Object.keys(evidenceTypes).map((type) => [type, { schema: {} }])),
};

export function evidenceView({ sha256, media_type, size, stored_at }: Evidence): Static<typeof EvidenceView> {
  return { sha256, mediaType: media_type as EvidenceType, size, storedAt: stored_at };
}

/**
 * A file of an account, with its bytes. Whether the caller may see it was decided before: the account itself may, and a
 * party that was given it, such as the manufacturer of a unit the proof of its registration.
 * @throws {Problem} `not-found`; `account-erased`, also while the erasure is under way
 */
export async function readEvidence(
  { db, files }: Pick<Deps, 'db' | 'files'>,
  accountId: string,
  sha256: string,
): Promise<{ readonly evidence: Evidence; readonly bytes: Buffer }> {
  try {
    const evidence = await findEvidence(db, accountId, sha256);
    if (!evidence) throw new Problem('not-found');
    return { evidence, bytes: await files.read(accountId, sha256, evidence.digest) };
  } catch (error) {
    if (!(error instanceof Problem || error instanceof FileUnreadable)) throw error;
    const account = await findAccount(db, accountId);
    throw account && account.erased_at !== null ? await accountErased(db, account) : error;
  }
}

/**
 * @param field where the request names it
 * @throws {Problem} `unknown-evidence`
 */
export async function mustHaveEvidence(db: Db, accountId: string, sha256: string, field: string): Promise<void> {
  if (await findEvidence(db, accountId, sha256)) return;
  throw new Problem('unknown-evidence', {
    field,
    detail:
      'Upload the document first with POST /accounts/{accountId}/evidence, and name it by the SHA-256 of its answer.',
  });
}

/** As a download under its digest: it is never shown as a part of this site, and nobody keeps a copy on the way. */
export function sendEvidence(
  reply: FastifyReply,
  { evidence, bytes }: { readonly evidence: Evidence; readonly bytes: Buffer },
): FastifyReply {
  const type = evidence.media_type as EvidenceType;
  return reply
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename="${evidence.sha256}.${evidenceTypes[type]}"`)
    .type(type)
    .send(bytes);
}
