/** Orders with what was applied to them, and the payment references under which money finds them. */
import type { Insertable, Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type { Instant, OrderAllocationsTable, OrdersTable, OrderStatus, PaymentReferencesTable } from './schema.ts';

export type Order = Selectable<OrdersTable>;
export type OrderAllocation = Selectable<OrderAllocationsTable>;
export type PaymentReference = Selectable<PaymentReferencesTable>;

export async function insertOrder(trx: Trx, order: Insertable<OrdersTable>): Promise<void> {
  await trx.insertInto('orders').values(order).execute();
}

export async function updateOrderStatus(
  trx: Trx,
  order: { readonly id: string; readonly status: OrderStatus; readonly received: number; readonly at: Instant },
): Promise<void> {
  await trx
    .updateTable('orders')
    .set({ status: order.status, received: order.received, status_at: order.at })
    .where('id', '=', order.id)
    .execute();
}

export async function insertAllocation(trx: Trx, allocation: Insertable<OrderAllocationsTable>): Promise<void> {
  await trx.insertInto('order_allocations').values(allocation).execute();
}

export function findOrder(db: Db, id: string): Promise<Order | undefined> {
  return db.selectFrom('orders').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Oldest first. */
export function listOrders(db: Db, accountId: string): Promise<Order[]> {
  return db.selectFrom('orders').selectAll().where('account_id', '=', accountId).orderBy('step').execute();
}

/** What was applied to the account's orders, oldest first. */
export function listAllocations(db: Db, accountId: string): Promise<OrderAllocation[]> {
  return db.selectFrom('order_allocations').selectAll().where('account_id', '=', accountId).orderBy('n').execute();
}

export function findReference(db: Db, reference: string): Promise<PaymentReference | undefined> {
  return db.selectFrom('payment_references').selectAll().where('reference', '=', reference).executeTakeFirst();
}

/** What the order was issued with: an order has one reference and one price, however often it is issued. */
export function findReferenceOfOrder(db: Db, orderId: string): Promise<PaymentReference | undefined> {
  return db.selectFrom('payment_references').selectAll().where('order_id', '=', orderId).executeTakeFirst();
}

/** @returns false when the reference is taken or the order has one: nothing was changed. */
export async function insertReference(trx: Trx, row: Insertable<PaymentReferencesTable>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('payment_references')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}
