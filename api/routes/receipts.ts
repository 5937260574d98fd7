/** Receipts of money, by the operator: confirmed, assigned, paid back [C6]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findClock } from '../../db/clocks.ts';
import { findReceipt, listReceipts, type Receipt } from '../../db/receipts.ts';
import { receiptSubject, VaultUnreadable } from '../../db/vault.ts';
import type { ReceiptPublicEvent } from '../../machines/receipt-events.ts';
import { parseReference } from '../../machines/reference.ts';
import { command, receiptInstanceId, waitFor } from '../commands.ts';
import type { Deps } from '../deps.ts';
import {
  BankTransactionId,
  ClockName,
  CommandAnswer,
  Day,
  KnownCurrency,
  Line,
  Nullable,
  ReceiptParams,
} from '../fields.ts';
import { commandId } from '../idempotency.ts';
import { errorResponses, Problem } from '../problems.ts';
import { findByTransaction, takeReceipt } from '../receipt-intake.ts';
import { receiptExample, receiptStates, ReceiptView, receiptView } from '../receipt-view.ts';

const Reference = Type.String({
  minLength: 4,
  maxLength: 60,
  description: 'Payment reference, spaced or not',
  examples: ['RF18 5390 0754 7034'],
});

const Body = Type.Object(
  {
    source: Type.Optional(
      Type.Enum(['operator', 'statement'], {
        description: 'Confirmed by hand (default), or from an imported bank statement',
      }),
    ),
    bankTransactionId: BankTransactionId,
    amount: Type.Integer({ minimum: 1, maximum: 1_000_000_000_000, description: 'In minor units' }),
    currency: KnownCurrency,
    bookedOn: Day('When the bank booked it'),
    reference: Type.Optional(Reference),
    text: Type.Optional(
      Type.String({ maxLength: 1000, description: 'What the payer wrote; the reference is looked for in it' }),
    ),
    payer: Type.Optional(Line(300, 'Who paid', 'Sample Power Tools Ltd.')),
    clock: Type.Optional(ClockName),
  },
  {
    additionalProperties: false,
    examples: [
      {
        bankTransactionId: 'BOC-20270301-000123',
        amount: 1200000,
        currency: 'CNY',
        bookedOn: '2026-05-03',
        text: 'Invoice RF18 5390 0754 7034',
      },
    ],
  },
);

const ReceiptDetail = Type.Object(
  {
    ...ReceiptView.properties,
    bankTransactionId: Nullable(Type.String({ description: 'As long as money may be owed back' })),
    transfer: Nullable(
      Type.Object(
        { text: Nullable(Type.String()), payer: Nullable(Type.String()) },
        { description: 'What the bank said, from the vault; null once it is erased' },
      ),
    ),
  },
  {
    examples: [
      {
        ...receiptExample,
        bankTransactionId: 'BOC-20270301-000123',
        transfer: { text: 'RF18 5390 0754 7034', payer: null },
      },
    ],
  },
);

const ReceiptCommandAnswer = Type.Object(
  { ...CommandAnswer.properties, receipt: ReceiptView },
  {
    examples: [{ state: 'Paid back', sequence: 5, readable: true, receipt: receiptExample }],
  },
);

export const receipts: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, vault, options } = deps;

  app.post(
    '/receipts',
    {
      config: { access: 'operator', command: true },
      schema: {
        tags: ['Receipts'],
        summary: 'Confirm a receipt',
        description:
          'By the operator. The bank transaction decides what is the same receipt: it counts once, for ever, whatever the Idempotency-Key (200 then, instead of 201). The answer waits a moment for the contract to take it.',
        body: Body,
        response: {
          200: ReceiptView,
          201: ReceiptView,
          ...errorResponses(
            'body',
            'idempotency-key-missing',
            'test-clocks-off',
            'transaction-differs',
            'invalid-reference',
            'unknown-clock',
            'idempotency-key-reused',
          ),
        },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const clock = body.clock ?? null;
      if (clock !== null) {
        if (!options.testClocks) throw new Problem('test-clocks-off', { field: '/clock' });
        if (!(await findClock(db, clock))) throw new Problem('unknown-clock', { field: '/clock' });
      }
      const taken = await takeReceipt(deps, {
        source: body.source ?? 'operator',
        bankTransactionId: body.bankTransactionId,
        amount: body.amount,
        currency: body.currency,
        bookedOn: body.bookedOn,
        reference: body.reference === undefined ? parseReference(body.text ?? '') : referenceIn(body.reference),
        clock,
        text: body.text,
        payer: body.payer,
      });
      if (taken.outcome === 'conflict') {
        throw new Problem('transaction-differs', {
          field: '/bankTransactionId',
          detail: conflict(taken.receipt),
        });
      }
      const settled = await settledReceipt(taken.receipt.id, ['received']);
      return reply
        .code(taken.outcome === 'accepted' ? 201 : 200)
        .header('location', `/receipts/${taken.receipt.id}`)
        .send(receiptView(settled ?? taken.receipt));
    },
  );

  app.get(
    '/receipts',
    {
      config: { access: 'operator' },
      schema: {
        tags: ['Receipts'],
        summary: 'Receipts',
        description:
          'Newest first, at most 1000. `state=unapplied` lists what waits for a decision, `state=refundDue` what is owed back.',
        querystring: Type.Object({ state: Type.Optional(Type.Enum(receiptStates)) }, { additionalProperties: false }),
        response: { 200: Type.Array(ReceiptView, { examples: [[]] }), ...errorResponses('invalid-request') },
      },
    },
    async (request) => {
      const { state } = request.query;
      return (await listReceipts(db, state === undefined ? {} : { state })).map(receiptView);
    },
  );

  app.get(
    '/receipts/:receiptId',
    {
      config: { access: 'operator' },
      schema: {
        tags: ['Receipts'],
        summary: 'One receipt',
        description:
          'With what the bank said about payer and text, from the vault, so that an unapplied receipt can be assigned.',
        params: ReceiptParams,
        response: { 200: ReceiptDetail, ...errorResponses('not-found', 'invalid-request') },
      },
    },
    async (request, reply) => {
      const receipt = await existing(request.params.receiptId);
      void reply.header('cache-control', 'no-store');
      return {
        ...receiptView(receipt),
        bankTransactionId: receipt.bank_transaction_id,
        transfer: await transferOf(receipt.id),
      };
    },
  );

  const after = {
    assignment: {
      summary: 'Assign an unapplied receipt to an order',
      description: 'The operator found out which order it is for: its payment reference.',
      body: Type.Object(
        { reference: Reference },
        { additionalProperties: false, examples: [{ reference: 'RF18 5390 0754 7034' }] },
      ),
    },
    refund: {
      summary: 'Have a receipt paid back',
      description: 'The operator decides that an unapplied receipt goes back to its payer.',
      body: Type.Object({}, { additionalProperties: false, examples: [{}] }),
    },
    confirmation: {
      summary: 'Confirm that a refund was paid',
      description: 'The transfer that paid it back has been confirmed: nothing is owed any more.',
      body: Type.Object(
        { bankTransactionId: BankTransactionId },
        { additionalProperties: false, examples: [{ bankTransactionId: 'BOC-20270310-000456' }] },
      ),
    },
  };
  const response = {
    200: ReceiptCommandAnswer,
    202: ReceiptCommandAnswer,
    ...errorResponses(
      'body',
      'idempotency-key-missing',
      'not-found',
      'event-refused',
      'already-ended',
      'invalid-reference',
      'idempotency-key-reused',
      'engine-unavailable',
    ),
  };

  app.post(
    '/receipts/:receiptId/assignment',
    {
      config: { access: 'operator', command: true },
      schema: { tags: ['Receipts'], params: ReceiptParams, response, ...after.assignment },
    },
    async (request, reply) => {
      const { receiptId } = request.params;
      const reference = referenceIn(request.body.reference);
      const answer = await tell(
        receiptId,
        { type: 'receipt.assigned', reference, by: 'operator' },
        commandId(request, receiptId),
      );
      const settled = await settledReceipt(receiptId, ['received']);
      return reply
        .code(answer.readable ? 200 : 202)
        .send({ ...answer, receipt: receiptView(settled ?? (await existing(receiptId))) });
    },
  );

  app.post(
    '/receipts/:receiptId/refund',
    {
      config: { access: 'operator', command: true },
      schema: { tags: ['Receipts'], params: ReceiptParams, response, ...after.refund },
    },
    async (request, reply) => {
      const { receiptId } = request.params;
      const answer = await tell(receiptId, { type: 'refund.requested', by: 'operator' }, commandId(request, receiptId));
      return reply
        .code(answer.readable ? 200 : 202)
        .send({ ...answer, receipt: receiptView(await existing(receiptId)) });
    },
  );

  app.post(
    '/receipts/:receiptId/refund/confirmation',
    {
      config: { access: 'operator', command: true },
      schema: { tags: ['Receipts'], params: ReceiptParams, response, ...after.confirmation },
    },
    async (request, reply) => {
      const { receiptId } = request.params;
      const { bankTransactionId } = request.body;
      if (await findByTransaction(db, bankTransactionId)) {
        throw new Problem('invalid-request', {
          field: '/bankTransactionId',
          detail: 'This transfer came in: name the one that paid the receipt back.',
        });
      }
      const answer = await tell(
        receiptId,
        { type: 'refund.confirmed', bankTransactionId, by: 'operator' },
        commandId(request, receiptId),
      );
      return reply
        .code(answer.readable ? 200 : 202)
        .send({ ...answer, receipt: receiptView(await existing(receiptId)) });
    },
  );

  async function tell(receiptId: string, event: ReceiptPublicEvent, id: string) {
    await existing(receiptId);
    return command(deps, deps.receipts, receiptInstanceId(receiptId), event, id);
  }

  async function existing(receiptId: string): Promise<Receipt> {
    const receipt = await findReceipt(db, receiptId);
    if (!receipt) throw new Problem('not-found');
    return receipt;
  }

  /** The receipt once it is past these states; undefined when that takes longer than a caller should wait. */
  async function settledReceipt(receiptId: string, passing: readonly string[]): Promise<Receipt | undefined> {
    let receipt: Receipt | undefined;
    const isPast = await waitFor(options.readYourWritesMs, async () => {
      receipt = await findReceipt(db, receiptId);
      return receipt !== undefined && !passing.includes(receipt.state);
    });
    return isPast ? receipt : undefined;
  }

  async function transferOf(receiptId: string): Promise<{ text: string | null; payer: string | null } | null> {
    try {
      const stored = await vault.get(db, receiptSubject(receiptId), 'transfer');
      return (stored ?? null) as { text: string | null; payer: string | null } | null;
    } catch (error) {
      // Its key is destroyed: erased is erased, and what remains of the receipt is still to be seen.
      if (error instanceof VaultUnreadable) return null;
      throw error;
    }
  }
};

/** What a slip of the pen can still become, in words. */
function conflict({ id, amount, currency, state }: Receipt): string {
  const known = `It is receipt ${id}, of ${amount} in minor units of ${currency}.`;
  if (state !== 'unapplied') return known;
  return `${known} If that was a slip, reverse it: have it paid back, confirm that with the transfer’s id and -reversed behind it, and enter the transfer with -corrected behind its id.`;
}

function referenceIn(given: string): string {
  const reference = parseReference(given);
  if (reference === null) throw new Problem('invalid-reference', { field: '/reference' });
  return reference;
}
