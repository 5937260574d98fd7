/** Evidence: photos and documents that an account uploads, and refers to by their digest [W1]. */
import { createHash } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findEvidence, listEvidence, storeEvidence } from '../../db/evidence.ts';
import { StorageFull } from '../../db/files.ts';
import { atMostAtOnce } from '../at-once.ts';
import { contractNow } from '../contract-time.ts';
import type { Deps } from '../deps.ts';
import { EvidenceView, evidenceView, fileResponse, readEvidence, sendEvidence } from '../evidence.ts';
import { evidenceTypeOf, evidenceTypes, type EvidenceType } from '../evidence-type.ts';
import { AccountParams, Sha256 } from '../fields.ts';
import { once } from '../idempotency.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { ScannerAway, type Scanner } from '../scanner.ts';
import { mustBeInService } from '../service-access.ts';

const FILE_LIMIT = 20 * 1024 * 1024;
/** A file is in memory up to three times for a moment: as it comes, whole, and encrypted. */
const UPLOADS_AT_ONCE = 8;

export const evidence: FastifyPluginAsyncTypebox<Deps> = async (app, { db, files, scanner, now }) => {
  const tags = ['Evidence'];

  // Whatever the header says, here a body is bytes: what they are is found by looking at them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: FILE_LIMIT }, (_request, body, done) => {
    done(null, body);
  });

  app.post(
    '/accounts/:accountId/evidence',
    {
      config: { access: 'account', command: true },
      bodyLimit: FILE_LIMIT,
      preParsing: atMostAtOnce(UPLOADS_AT_ONCE),
      schema: {
        tags,
        summary: 'Upload evidence',
        description:
          'The bytes of one photo or document, up to 20 MiB, as the body: JPEG, PNG, WebP, HEIC or PDF. The kind is found by the content; a name is neither needed nor kept. The same bytes again are stored once. Name the file elsewhere by the `sha256` of the answer.',
        params: AccountParams,
        consumes: [...Object.keys(evidenceTypes), 'application/octet-stream'],
        body: Type.Unsafe<unknown>({ description: 'The bytes of the file', examples: ['(the bytes of the file)'] }),
        response: {
          200: EvidenceView,
          ...errorResponses(
            'invalid-request',
            'body-too-large',
            'unsupported-evidence',
            'infected-evidence',
            'not-entitled',
            'scanner-away',
            'storage-full',
          ),
        },
      },
    },
    async (request) => {
      const account = accountOf(request);
      await mustBeInService(db, account);
      const bytes = request.body;
      if (!Buffer.isBuffer(bytes) || bytes.length === 0)
        throw new Problem('invalid-request', { field: 'body', detail: 'It is empty; send the bytes of the file.' });
      const mediaType = mustBeTaken(bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      if (!(await findEvidence(db, account.id, sha256))) await mustBeClean(scanner, bytes, request.log);
      const at = (await contractNow(db, account.clock, now())).toISOString();
      const file = { accountId: account.id, sha256, mediaType, bytes, at };
      await orStorageFull(once(db, request, file, (trx) => storeEvidence(trx, files, file)));
      const stored = await findEvidence(db, account.id, sha256);
      // Only an erasure takes it away.
      if (!stored) throw new Problem('account-erased');
      return evidenceView(stored);
    },
  );

  app.get(
    '/accounts/:accountId/evidence',
    {
      config: { access: 'account' },
      schema: {
        tags,
        summary: 'Evidence of the account',
        description: 'What was uploaded, the oldest first.',
        params: AccountParams,
        response: { 200: Type.Array(EvidenceView) },
      },
    },
    async (request) => (await listEvidence(db, accountOf(request).id)).map(evidenceView),
  );

  app.get(
    '/accounts/:accountId/evidence/:sha256',
    {
      config: { access: 'account' },
      schema: {
        tags,
        summary: 'One file',
        description: 'The bytes as they were uploaded. Only the account itself sees its files here.',
        params: Type.Object({ ...AccountParams.properties, sha256: Sha256 }),
        response: { 200: fileResponse, ...errorResponses('not-found', 'invalid-request') },
      },
    },
    async (request, reply) =>
      sendEvidence(reply, await readEvidence({ db, files }, accountOf(request).id, request.params.sha256)),
  );
};

/** @throws {Problem} `unsupported-evidence` */
function mustBeTaken(bytes: Buffer): EvidenceType {
  const type = evidenceTypeOf(bytes);
  if (type === undefined)
    throw new Problem('unsupported-evidence', {
      field: 'body',
      detail: `By its content it is none of ${Object.keys(evidenceTypes).join(', ')}.`,
    });
  return type;
}

/** @throws {Problem} `infected-evidence`, `scanner-away` */
async function mustBeClean(scanner: Scanner, bytes: Buffer, log: FastifyBaseLogger): Promise<void> {
  try {
    const verdict = await scanner.scan(bytes);
    if (verdict.clean) return;
    log.warn({ found: verdict.found }, 'the scanner refused a file');
  } catch (cause) {
    if (!(cause instanceof ScannerAway)) throw cause;
    throw new Problem('scanner-away', {}, { cause, retryAfter: 30 });
  }
  throw new Problem('infected-evidence', { field: 'body' });
}

/** @throws {Problem} `storage-full` */
async function orStorageFull(storing: Promise<void>): Promise<void> {
  try {
    await storing;
  } catch (cause) {
    if (cause instanceof StorageFull) throw new Problem('storage-full', {}, { cause });
    throw cause;
  }
}
