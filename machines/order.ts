/**
 * An order of years of service: a child of its subscription. It sums what is paid and says when that is enough; the
 * subscription keeps the receipts and decides what an order paid or not paid means.
 */
import { assign, sendParent, setup } from 'xstate';
import { sum } from './money.ts';
import { takeParts } from './ledger.ts';
import type { Part } from './ledger.ts';

export interface OrderInput {
  orderId: string;
  /** Years times the yearly price [C4]. */
  total: number;
  /** A shortfall up to this counts as paid [C6]. */
  shortfallTolerance: number;
}

export type OrderEvent =
  /** Credit that the order may take, oldest first. */
  | { type: 'payment.offered'; offers: Part[] }
  /** The term that it paid has been entered. */
  | { type: 'order.fulfilled' }
  | { type: 'order.cancelled' };

/** What an order tells its subscription. */
export type OrderAnswer =
  | {
      type: 'payment.taken';
      orderId: string;
      /** Receipts that were offered: each gets an answer, also when nothing of it was taken. */
      offered: string[];
      taken: Part[];
      received: number;
      isPaid: boolean;
    }
  | { type: 'order.paid'; orderId: string };

interface OrderContext extends OrderInput {
  received: number;
}

/** What of the offers is taken. */
function taken(context: OrderContext, event: OrderEvent): Part[] {
  if (event.type !== 'payment.offered') return [];
  return takeParts(event.offers, Math.max(0, context.total - context.received));
}

/** A shortfall up to the tolerance counts as paid, once there is a receipt; nothing is paid by none but what costs nothing [C6]. */
function isPaid({ total, shortfallTolerance }: OrderInput, received: number): boolean {
  return received > 0 ? total - received <= shortfallTolerance : total === 0;
}

export const orderMachine = setup({
  types: {} as {
    context: OrderContext;
    input: OrderInput;
    events: OrderEvent;
    meta: { clauses: string[] };
  },
  guards: {
    isPaid: ({ context }) => isPaid(context, context.received),
  },
  actions: {
    tellTaken: sendParent(({ context, event }): OrderAnswer => {
      const parts = taken(context, event);
      const received = context.received + sum(parts.map((part) => part.amount));
      return {
        type: 'payment.taken',
        orderId: context.orderId,
        offered: event.type === 'payment.offered' ? event.offers.map((offer) => offer.receiptId) : [],
        taken: parts,
        received,
        isPaid: isPaid(context, received),
      };
    }),
    take: assign({
      received: ({ context, event }) => context.received + sum(taken(context, event).map((part) => part.amount)),
    }),
    tellPaid: sendParent(({ context }): OrderAnswer => ({ type: 'order.paid', orderId: context.orderId })),
  },
}).createMachine({
  id: 'order',
  description: 'An order of years of service [C3, C4, C6]',
  context: ({ input }) => ({ ...input, received: 0 }),
  initial: 'awaitingPayment',
  states: {
    awaitingPayment: {
      description: 'Receipts add up until the order is paid [C6]',
      meta: { clauses: ['C4', 'C6'] },
      always: { guard: 'isPaid', target: 'paid', actions: 'tellPaid' },
      on: {
        'payment.offered': { actions: ['tellTaken', 'take'] },
        'order.cancelled': 'cancelled',
      },
    },
    paid: {
      description: 'Paid; its term has not been entered yet [C4]',
      meta: { clauses: ['C4'] },
      on: { 'order.fulfilled': 'fulfilled', 'order.cancelled': 'cancelled' },
    },
    fulfilled: { description: 'Its years are part of the term [C2]', meta: { clauses: ['C2'] }, type: 'final' },
    cancelled: {
      description: 'Withdrawn: what was paid is credit or owed back [C6]',
      meta: { clauses: ['C6'] },
      type: 'final',
    },
  },
});
