/** Orders: the price in effect, a payment reference of their own, and their records (C3, C4, C6, C8). */
import { randomBytes } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { lockAccount } from '../db/accounts.ts';
import { findAgreementVersion } from '../db/agreements.ts';
import type { Trx } from '../db/database.ts';
import {
  findOrder,
  findReference,
  findReferenceOfOrder,
  insertAllocation,
  insertOrder,
  insertReference,
  updateOrderStatus,
} from '../db/orders.ts';
import type { PaymentReference } from '../db/orders.ts';
import { findPriceInEffect } from '../db/price-lists.ts';
import type { PriceList } from '../db/price-lists.ts';
import type { IssueOrder, IssuedOrder } from '../machines/activities.ts';
import type { Edition } from '../machines/agreement.ts';
import { makeReference } from '../machines/reference.ts';
import type { ActivityDeps } from './deps.ts';
import type { HandlersOf } from './effects.ts';
import type { BodiesOf } from './invocation.ts';

export const orderEffects: HandlersOf<'recordOrder' | 'recordOrderStatus' | 'recordAllocation'> = {
  recordOrder: async ({ trx, record }, order) => {
    const reference = await findReference(trx, order.reference);
    await insertOrder(trx, {
      id: order.orderId,
      account_id: order.accountId,
      step: record.sequence,
      kind: order.kind,
      edition: order.edition,
      replaces: order.replaces,
      years: order.years,
      unit_price: order.unitPrice,
      total: order.total,
      currency: order.currency,
      price_list_id: order.priceListId,
      counterparty_id: reference?.counterparty_id ?? null,
      reference: order.reference,
      issued_at: order.issuedAt,
      due_at: order.dueAt,
      status: order.status,
      received: 0,
      status_at: order.issuedAt,
    });
  },
  recordOrderStatus: async ({ trx }, { orderId, status, received, at }) => {
    await updateOrderStatus(trx, { id: orderId, status, received, at });
  },
  recordAllocation: async ({ trx }, { orderId, receiptId, amount, at }) => {
    const order = await findOrder(trx, orderId);
    if (!order) throw new Error(`Money is applied to order ${orderId}, which is not recorded`);
    await insertAllocation(trx, {
      account_id: order.account_id,
      order_id: orderId,
      receipt_id: receiptId,
      amount,
      allocated_at: at,
    });
  },
};

/** How many random references are tried; one is enough unless the space of references is used up. */
const ATTEMPTS = 10;
const REFERENCE_BYTES = 16;

export function orderActivities({ db }: Pick<ActivityDeps, 'db'>): BodiesOf<'issueOrder' | 'askUpgradePrice'> {
  return {
    askUpgradePrice: async ({ accountId, role, edition, replaces, at }) => {
      const [price, replaced] = await Promise.all(
        [edition, replaces].map((one) => findPriceInEffect(db, { accountId, role, edition: one, at })),
      );
      return { isPriced: price !== undefined && price.currency === replaced?.currency };
    },
    // The order's id is the key: an order is issued once, with one price and one reference.
    issueOrder: (order) => db.transaction().execute((trx) => issueOrder(trx, order)),
  };
}

async function issueOrder(trx: Trx, order: IssueOrder): Promise<IssuedOrder> {
  const account = await lockAccount(trx, order.accountId);
  const agreement = account.agreement_version && (await findAgreementVersion(trx, account.agreement_version));
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const issued = await findReferenceOfOrder(trx, order.orderId);
    if (issued) return answerOf(issued);
    const price = await priceOf(trx, order, order.edition);
    const replaced = order.replaces === null ? null : await priceOf(trx, order, order.replaces);
    if (replaced !== null && replaced.currency !== price.currency) {
      throw noPrice(`No difference in price of ${order.edition} and ${order.replaces}: they are in two currencies`);
    }
    await insertReference(trx, {
      reference: makeReference(randomBytes(REFERENCE_BYTES)),
      order_id: order.orderId,
      account_id: order.accountId,
      account_number: null,
      clock: account.clock,
      price_list_id: price.id,
      unit_price: Math.max(0, price.yearly_amount - (replaced?.yearly_amount ?? 0)),
      currency: price.currency,
      counterparty_id: agreement ? agreement.counterparty.id : null,
      issued_at: order.at,
    });
  }
  throw new Error('No free payment reference was found');
}

async function priceOf(trx: Trx, { accountId, role, at }: IssueOrder, edition: Edition | null): Promise<PriceList> {
  const price = await findPriceInEffect(trx, { accountId, role, edition, at });
  if (price) return price;
  throw noPrice(`No price for ${edition === null ? role : `${role}, ${edition}`} at ${at}`);
}

/** Retried: the order is issued as soon as an operator has put a price into effect. */
function noPrice(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'NoPriceInEffect', message });
}

function answerOf(issued: PaymentReference): IssuedOrder {
  return {
    priceListId: issued.price_list_id,
    unitPrice: issued.unit_price,
    currency: issued.currency,
    reference: issued.reference,
    counterpartyId: issued.counterparty_id ?? '',
  };
}
