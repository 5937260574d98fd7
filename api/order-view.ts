/** An order as its account sees it [C3]. */
import { Type, type Static } from 'typebox';
import type { Order } from '../db/orders.ts';
import { distanceInWords } from './contract-time.ts';
import { Edition, Instant, Minor, Nullable } from './fields.ts';

export const OrderView = Type.Object({
  orderId: Type.String(),
  n: Type.Integer({ description: 'Number within the account' }),
  kind: Type.Enum(['registration', 'renewal', 'upgrade']),
  status: Type.Enum(['open', 'partlyPaid', 'paid', 'cancelled', 'lapsed'], {
    description: 'An upgrade that is not paid in time lapses (C5)',
  }),
  edition: Nullable(Edition),
  replaces: Nullable(Edition),
  years: Type.Integer({ description: '0 of an upgrade, which is for the rest of the term (E2)' }),
  unitPrice: Minor('Price of one year; of an upgrade the difference for one year'),
  total: Minor('Price of all years; of an upgrade the difference for the rest of the term'),
  received: Minor('Received so far'),
  outstanding: Minor('Still to be paid'),
  currency: Type.String(),
  reference: Type.String({ description: 'Payment reference: it must stand in the transfer’s text' }),
  issuedAt: Instant('When the order was made'),
  dueAt: Instant('When it is due'),
  due: Nullable(Type.String({ description: 'How far away that is, in words; null once it is paid or cancelled' })),
});

/** @param now the account's present */
export function orderView(order: Order, now: Date): Static<typeof OrderView> {
  const isPayable = order.status === 'open' || order.status === 'partlyPaid';
  return {
    orderId: order.id,
    n: numberOfOrder(order.id),
    kind: order.kind,
    status: order.status,
    edition: order.edition,
    replaces: order.replaces,
    years: order.years,
    unitPrice: order.unit_price,
    total: order.total,
    received: order.received,
    outstanding: isPayable ? Math.max(0, order.total - order.received) : 0,
    currency: order.currency,
    reference: order.reference,
    issuedAt: order.issued_at,
    dueAt: order.due_at,
    due: isPayable ? distanceInWords(order.due_at, now) : null,
  };
}

/** Order ids are `<accountId>.o<n>`. */
export function orderIdOf(accountId: string, n: number | string): string {
  return `${accountId}.o${n}`;
}

export function numberOfOrder(orderId: string): number {
  return Number(orderId.slice(orderId.lastIndexOf('.o') + 2));
}
