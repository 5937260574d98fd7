/** The agreement: the version in effect, earlier and later ones, and the operator's publishing of a new one [A1, A6]. */
import { createHash } from 'node:crypto';
import { Type, type Static } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  findAgreementInEffect,
  findAgreementVersion,
  insertAgreementVersion,
  type AgreementVersion,
} from '../../db/agreements.ts';
import { insertNotice } from '../../db/notices.ts';
import { InvalidTerm } from '../../machines/term.ts';
import { allTerms, resolveAllTerms, termOverrides, type TermName } from '../../machines/terms.ts';
import type { Deps } from '../deps.ts';
import { AgreementVersionName, Instant, Line } from '../fields.ts';
import { canonicalJson, commandId, uuidFrom } from '../idempotency.ts';
import { errorResponses, Problem } from '../problems.ts';

const CounterpartyBody = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
      description: 'Short name; orders keep it',
      examples: ['company'],
    }),
    name: Line(200, 'The party on the company’s side', 'Example Warranty Cloud Co., Ltd.'),
    address: Type.Optional(Line(500, 'Its address', '1 Sample Road, Tianjin')),
  },
  { additionalProperties: false },
);
const BankAccountBody = Type.Object(
  {
    receivingUnit: Line(200, 'Holder of the account', 'Example Warranty Cloud Co., Ltd.'),
    bank: Line(200, 'Bank and branch', 'Bank of Examples, Sample Road Branch'),
    accountNumber: Line(64, 'Account number', '000000000000'),
  },
  { additionalProperties: false },
);

const PublishBody = Type.Object(
  {
    version: AgreementVersionName,
    text: Type.String({ minLength: 1, maxLength: 1_000_000, description: 'The whole text, as users confirm it' }),
    terms: Type.Optional(termOverrides),
    counterparty: CounterpartyBody,
    bankAccount: BankAccountBody,
    effectiveAt: Type.Optional(Instant('When it takes effect; at once when left out')),
  },
  {
    additionalProperties: false,
    examples: [
      {
        version: '2027-01',
        text: 'The whole text …',
        terms: { windDown: 'P30D' },
        counterparty: { id: 'company', name: 'Example Warranty Cloud Co., Ltd.' },
        bankAccount: {
          receivingUnit: 'Example Warranty Cloud Co., Ltd.',
          bank: 'Bank of Examples',
          accountNumber: '000000000000',
        },
        effectiveAt: '2027-01-01T00:00:00.000Z',
      },
    ],
  },
);

const AgreementView = Type.Object(
  {
    version: AgreementVersionName,
    effectiveAt: Instant('Since when'),
    text: Type.String(),
    textHash: Type.String({ description: 'SHA-256 of the text in UTF-8, hex: what a confirmation names' }),
    counterparty: Type.Object({ id: Type.String(), name: Type.String(), address: Type.Optional(Type.String()) }),
    bankAccount: Type.Object({ receivingUnit: Type.String(), bank: Type.String(), accountNumber: Type.String() }),
    terms: Type.Array(
      Type.Object({
        name: Type.String(),
        value: Type.Union([
          Type.String(),
          Type.Number(),
          Type.Boolean(),
          Type.Array(Type.String()),
          Type.Record(Type.String(), Type.Unknown()),
        ]),
        clause: Type.String(),
        description: Type.String(),
      }),
      { description: 'Every period and choice that the text leaves open' },
    ),
  },
  {
    examples: [
      {
        version: '1',
        effectiveAt: '2026-01-01T00:00:00.000Z',
        text: 'To: Customer who takes use of …',
        textHash: '174bad23b3b1e86370ded22f41cbdf7998a81061414fbeda34130c3424bad716',
        counterparty: { id: 'company', name: 'Example Warranty Cloud Co., Ltd.' },
        bankAccount: {
          receivingUnit: 'Example Warranty Cloud Co., Ltd.',
          bank: 'Bank of Examples',
          accountNumber: '000000000000',
        },
        terms: [
          {
            name: 'renewalNotice',
            value: 'P90D',
            clause: 'R1',
            description: 'How long before expiry the renewal notice is posted',
          },
        ],
      },
    ],
  },
);

export const agreements: FastifyPluginAsyncTypebox<Deps> = async (app, { db, now }) => {
  app.get(
    '/agreement',
    {
      schema: {
        tags: ['Agreement'],
        summary: 'The agreement in effect',
        description:
          'The version that somebody who registers now confirms, with the hash of its text and all its terms.',
        response: { 200: AgreementView, ...errorResponses('not-found') },
      },
    },
    async () => {
      const agreement = await findAgreementInEffect(db, now().toISOString());
      if (!agreement) throw new Problem('not-found', { detail: 'No version of the agreement is in effect yet.' });
      return view(agreement);
    },
  );

  app.get(
    '/agreements/:version',
    {
      schema: {
        tags: ['Agreement'],
        summary: 'One version of the agreement',
        description: 'Published versions stay readable for ever.',
        params: Type.Object({ version: AgreementVersionName }),
        response: { 200: AgreementView, ...errorResponses('not-found', 'invalid-request') },
      },
    },
    async (request) => {
      const agreement = await findAgreementVersion(db, request.params.version);
      if (!agreement) throw new Problem('not-found');
      return view(agreement);
    },
  );

  app.post(
    '/agreements',
    {
      config: { access: 'operator', command: true },
      bodyLimit: 1_200_000,
      schema: {
        tags: ['Agreement'],
        summary: 'Publish a version of the agreement',
        description:
          'Announces the version on the public page. Whoever registers once it is in effect registers under it; running contracts keep the terms they were made with.',
        body: PublishBody,
        response: {
          201: AgreementView,
          ...errorResponses('body', 'already-exists', 'invalid-terms', 'idempotency-key-reused'),
        },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const terms = body.terms ?? {};
      try {
        resolveAllTerms(terms);
      } catch (error) {
        if (error instanceof InvalidTerm)
          throw new Problem('invalid-terms', { field: `/terms/${error.term}` }, { cause: error });
        throw error;
      }
      const realNow = now().toISOString();
      const published = {
        version: body.version,
        text: body.text,
        textHash: createHash('sha256').update(body.text, 'utf8').digest('hex'),
        terms,
        counterparty: body.counterparty,
        bankAccount: body.bankAccount,
        effectiveAt: body.effectiveAt ? new Date(body.effectiveAt).toISOString() : realNow,
      };
      const postedKey = uuidFrom('agreement announcement', commandId(request, ''));
      const stored = await db.transaction().execute(async (trx) => {
        if (!(await insertAgreementVersion(trx, published))) {
          const earlier = await findAgreementVersion(trx, body.version);
          if (!earlier || !isSame(earlier, published, body.effectiveAt !== undefined)) {
            throw new Problem('already-exists', {
              field: '/version',
              detail: 'A version of this name is published with other content.',
            });
          }
          return earlier;
        }
        const { notice } = await insertNotice(trx, {
          id: postedKey,
          accountId: null,
          kind: 'agreementPublished',
          params: { version: body.version, textHash: published.textHash, effectiveAt: published.effectiveAt },
          key: postedKey,
          postedAt: realNow,
          deliveredAt: realNow,
        });
        if (notice.params['version'] !== body.version) {
          throw new Problem('idempotency-key-reused', { field: 'Idempotency-Key' });
        }
        return findAgreementVersion(trx, body.version);
      });
      reply.code(201).header('location', `/agreements/${body.version}`);
      return view(stored!);
    },
  );
};

function isSame(
  stored: AgreementVersion,
  given: { textHash: string; terms: unknown; counterparty: unknown; bankAccount: unknown; effectiveAt: string },
  effectiveAtGiven: boolean,
): boolean {
  return (
    stored.text_hash === given.textHash &&
    canonicalJson(stored.terms) === canonicalJson(given.terms) &&
    canonicalJson(stored.counterparty) === canonicalJson(given.counterparty) &&
    canonicalJson(stored.bank_account) === canonicalJson(given.bankAccount) &&
    (!effectiveAtGiven || stored.effective_at === given.effectiveAt)
  );
}

function view(agreement: AgreementVersion): Static<typeof AgreementView> {
  const resolved = resolveAllTerms(agreement.terms);
  return {
    version: agreement.version,
    effectiveAt: agreement.effective_at,
    text: agreement.text,
    textHash: agreement.text_hash,
    counterparty: agreement.counterparty,
    bankAccount: agreement.bank_account,
    terms: (Object.keys(allTerms) as TermName[]).map((name) => ({
      name,
      value: resolved[name],
      clause: allTerms[name].clause,
      description: allTerms[name].description,
    })),
  };
}
