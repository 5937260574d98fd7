/**
 * A receipt of money: matched to an order, offered to its subscription, applied or kept as unapplied, and owed back
 * where nothing was bought with it [C6]. Every receipt ends applied to used terms, or refunded.
 */
import { assign, setup } from 'xstate';
import { instantOf, message } from '../engine/machine.ts';
import { ask } from './activities.ts';
import type { MatchedReference } from './activities.ts';
import { effects } from './effects.ts';
import type { ReceiptState } from './effects.ts';
import type { ReceiptPublicEvent } from './receipt-events.ts';

export { receiptEvents } from './receipt-events.ts';

export interface ReceiptInput {
  receiptId: string;
  source: 'operator' | 'bank' | 'statement';
  /** Minor units. */
  amount: number;
  currency: string;
  /** The payment reference found in what the payer wrote; never the free text. */
  reference: string | null;
  /** ISO date on which the bank booked it. */
  bookedOn: string;
}

export interface ReceiptContext extends ReceiptInput {
  accountId: string | null;
  orderId: string | null;
  applied: number;
  credited: number;
  refundDue: number;
  /** Why it is unapplied or owed back. */
  reason: string | null;
  refundTransactionId: string | null;
}

function of<Type extends ReceiptPublicEvent['type']>(event: ReceiptPublicEvent, type: Type) {
  if (event.type !== type) throw new Error(`Expected ${type}, got ${event.type}`);
  return event as Extract<ReceiptPublicEvent, { type: Type }>;
}

export const receiptMachine = setup({
  types: {} as {
    context: ReceiptContext;
    input: ReceiptInput;
    events: ReceiptPublicEvent;
    tags: 'unapplied' | 'refundDue';
    meta: { clauses: string[] };
  },
  actors: { matchReference: ask('matchReference') },
  guards: {
    isMatched: (_, params: MatchedReference) => params.matched,
    isOfferRefused: ({ event }) => of(event, 'message.refused').eventType === 'receipt.received',
    isWithinAmount: ({ context, event }) => {
      const due = of(event, 'refund.due');
      return due.amount <= context.amount && due.currency === context.currency;
    },
  },
  actions: {
    noteMatch: assign((_, params: MatchedReference) =>
      params.matched
        ? { accountId: params.accountId, orderId: params.orderId, reason: null }
        : { accountId: null, orderId: null, reason: params.reason },
    ),
    offer: message(({ context: { accountId, receiptId, orderId, amount, currency } }) => ({
      to: { machine: 'subscription', id: `subscription-${accountId}` },
      event: { type: 'receipt.received', receiptId, orderId, amount, currency },
    })),
    noteApplied: assign(({ event }) => {
      const { orderId, applied, credited } = of(event, 'receipt.applied');
      return { orderId, applied, credited };
    }),
    noteReason: assign({ reason: (_, params: { reason: string }) => params.reason }),
    noteReference: assign({ reference: ({ event }) => of(event, 'receipt.assigned').reference }),
    /** What is owed back was applied to a term that did not begin, or was credit: credit first. */
    noteRefundDue: assign(({ context, event }) => {
      const { amount, reason } = of(event, 'refund.due');
      return { refundDue: amount, applied: context.amount - amount, credited: 0, reason };
    }),
    noteWholeRefund: assign(({ context }) => ({ refundDue: context.amount, applied: 0, credited: 0 })),
    noteRefunded: assign({ refundTransactionId: ({ event }) => of(event, 'refund.confirmed').bankTransactionId }),
    noteUsedUp: assign(({ context }) => ({ applied: context.amount, credited: 0 })),
    recordReceipt: (args, params: { state: ReceiptState }) => {
      const { receiptId, reference, accountId, orderId, applied, credited, refundDue, reason, refundTransactionId } =
        args.context;
      effects.recordReceipt(args, {
        receiptId,
        state: params.state,
        reference,
        accountId,
        orderId,
        applied,
        credited,
        refundDue,
        reason,
        refundTransactionId,
        at: instantOf(args.self),
      });
    },
  },
}).createMachine({
  id: 'receipt',
  description: 'A receipt of money [C6]',
  context: ({ input }) => ({
    ...input,
    accountId: null,
    orderId: null,
    applied: 0,
    credited: 0,
    refundDue: 0,
    reason: null,
    refundTransactionId: null,
  }),
  initial: 'received',
  states: {
    received: {
      description: 'Received; its payment reference is being looked up [C6]',
      meta: { clauses: ['C6'] },
      entry: { type: 'recordReceipt', params: { state: 'received' } },
      invoke: {
        src: 'matchReference',
        input: ({ context }) => ({ reference: context.reference, currency: context.currency }),
        onDone: [
          {
            guard: { type: 'isMatched', params: ({ event }) => event.output },
            target: 'offering',
            actions: { type: 'noteMatch', params: ({ event }) => event.output },
          },
          { target: 'unapplied', actions: { type: 'noteMatch', params: ({ event }) => event.output } },
        ],
      },
    },
    offering: {
      description: "Offered to the account's subscription, which decides whether it still counts [C6]",
      meta: { clauses: ['C6'] },
      entry: 'offer',
      on: {
        'receipt.applied': { target: 'applied', actions: 'noteApplied' },
        'receipt.declined': {
          target: 'unapplied',
          actions: { type: 'noteReason', params: ({ event }) => ({ reason: event.reason }) },
        },
        'message.refused': {
          guard: 'isOfferRefused',
          target: 'unapplied',
          actions: { type: 'noteReason', params: { reason: 'closedAccount' } },
        },
      },
    },
    applied: {
      description: 'Applied to orders or kept as credit; what is not used until the account ends is owed back [C6]',
      meta: { clauses: ['C6'] },
      entry: { type: 'recordReceipt', params: { state: 'applied' } },
      on: {
        'receipt.applied': { actions: ['noteApplied', { type: 'recordReceipt', params: { state: 'applied' } }] },
        'refund.due': { guard: 'isWithinAmount', target: 'refundDue', actions: 'noteRefundDue' },
        'receipt.settled': { target: 'settled', actions: 'noteUsedUp' },
      },
    },
    unapplied: {
      description: 'Unapplied: an operator assigns it to an order or has it paid back [C6]',
      meta: { clauses: ['C6'] },
      tags: ['unapplied'],
      entry: { type: 'recordReceipt', params: { state: 'unapplied' } },
      on: {
        'receipt.assigned': { target: 'received', actions: 'noteReference' },
        'refund.requested': { target: 'refundDue', actions: 'noteWholeRefund' },
      },
    },
    refundDue: {
      description: 'Owed back; listed until the transfer is confirmed [C6]',
      meta: { clauses: ['C6'] },
      tags: ['refundDue'],
      entry: { type: 'recordReceipt', params: { state: 'refundDue' } },
      on: { 'refund.confirmed': { target: 'refunded', actions: 'noteRefunded' } },
    },
    refunded: {
      description: 'Paid back [C6]',
      meta: { clauses: ['C6'] },
      type: 'final',
      entry: { type: 'recordReceipt', params: { state: 'refunded' } },
    },
    settled: {
      description: 'Used up: the account has ended and nothing is owed back [C6]',
      meta: { clauses: ['C6'] },
      type: 'final',
      entry: { type: 'recordReceipt', params: { state: 'settled' } },
    },
  },
});
