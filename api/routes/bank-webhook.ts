/**
 * The bank tells of transfers. Believed only when signed; answered as soon as everything is stored, because the bank
 * repeats what it gets no answer to, and a repetition counts once.
 */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { parseReference } from '../../machines/reference.ts';
import { verifyBankSignature, type SignatureVerdict } from '../bank-signature.ts';
import type { Deps } from '../deps.ts';
import { BankTransactionId, Currency, Day, Line, ReceiptId } from '../fields.ts';
import { mustBeText } from '../plugins/json-bodies.ts';
import { errorResponses, Problem } from '../problems.ts';
import { takeReceipt } from '../receipt-intake.ts';

const BODY_LIMIT = 1024 * 1024;

const Body = Type.Object(
  {
    transactions: Type.Array(
      Type.Object(
        {
          id: BankTransactionId,
          amount: Type.Integer({ minimum: 1, maximum: 1_000_000_000_000, description: 'In minor units' }),
          currency: Currency,
          bookedOn: Day('When the bank booked it'),
          text: Type.Optional(Type.String({ maxLength: 1000, description: 'What the payer wrote' })),
          payer: Type.Optional(Line(300, 'Who paid', 'Sample Power Tools Ltd.')),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 1000 },
    ),
  },
  {
    additionalProperties: false,
    examples: [
      {
        transactions: [
          {
            id: 'BOC-20270301-000123',
            amount: 1200000,
            currency: 'CNY',
            bookedOn: '2026-05-03',
            text: 'RF18 5390 0754 7034',
            payer: 'Sample Power Tools Ltd.',
          },
        ],
      },
    ],
  },
);

const Taken = Type.Object(
  {
    receipts: Type.Array(
      Type.Object({
        id: Type.String({ description: 'The bank’s id of the transaction' }),
        receiptId: ReceiptId,
        outcome: Type.Enum(['accepted', 'known', 'conflict'], {
          description:
            'conflict: known with another amount or currency; it stays as it was, and the operator should look into it',
        }),
      }),
    ),
  },
  {
    examples: [
      {
        receipts: [
          { id: 'BOC-20270301-000123', receiptId: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b', outcome: 'accepted' },
        ],
      },
    ],
  },
);

const advice: Record<Exclude<SignatureVerdict, 'valid'>, string> = {
  malformed: 'The header must be `t=<unix seconds>,v1=<hex>`.',
  stale: 'The time stamp is more than 5 minutes off.',
  wrong: 'No valid signature under the secrets in use.',
};

export const bankWebhook: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { options, now } = deps;

  // The signature is over the bytes as they came; parsing waits until it is found valid.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) => {
    done(null, body);
  });
  app.addHook('preValidation', async (request) => {
    const header = request.headers['bank-signature'];
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const given = Array.isArray(header) ? header.join(',') : header;
    const verdict = verifyBankSignature(given, raw, options.bankWebhookSecrets, now().getTime());
    if (verdict !== 'valid') throw new Problem('bad-signature', { field: 'Bank-Signature', detail: advice[verdict] });
    try {
      request.body = JSON.parse(raw.toString('utf8')) as unknown;
    } catch (cause) {
      throw new Problem(
        'invalid-request',
        { field: 'body', detail: 'The body is not JSON that can be read.' },
        { cause },
      );
    }
    mustBeText(request.body);
  });

  app.post(
    '/webhooks/bank',
    {
      bodyLimit: BODY_LIMIT,
      schema: {
        tags: ['Receipts'],
        summary: 'Transfers, by the bank',
        description:
          'Signed with HMAC-SHA256 over `<t>.<raw body>` in the header `Bank-Signature: t=<unix seconds>,v1=<hex>`. Two secrets are valid while one replaces the other. Every transaction counts once, however often it is told.',
        body: Body,
        response: { 200: Taken, ...errorResponses('body', 'bad-signature') },
      },
    },
    async (request) => {
      const receipts = [];
      for (const transaction of request.body.transactions) {
        const { outcome, receipt } = await takeReceipt(deps, {
          source: 'bank',
          bankTransactionId: transaction.id,
          amount: transaction.amount,
          currency: transaction.currency,
          bookedOn: transaction.bookedOn,
          reference: parseReference(transaction.text ?? ''),
          clock: null,
          text: transaction.text,
          payer: transaction.payer,
        });
        if (outcome === 'conflict')
          request.log.warn({ receipt: receipt.id }, 'the bank tells other particulars of a known transaction');
        receipts.push({ id: transaction.id, receiptId: receipt.id, outcome });
      }
      return { receipts };
    },
  );
};
