/** What a contract has left in the database, with everything taken out that differs between two runs of the same life. */
import type { Db } from '../db/database.ts';

const day = (instant: string | null): string | null => instant?.slice(0, 10) ?? null;

/** Rows of an account that is not erased yet; instants as days, ids as numbers. */
export async function rowsOf(db: Db, accountId: string) {
  const of = <T extends 'orders' | 'order_allocations' | 'service_terms' | 'notices' | 'receipts' | 'confirmations'>(
    table: T,
  ) =>
    db
      .selectFrom(table as 'orders')
      .selectAll()
      .where('account_id', '=', accountId);
  const [orders, allocations, terms, notices, receipts, confirmations, credit, audit, instances] = await Promise.all([
    of('orders').orderBy('id').execute(),
    db.selectFrom('order_allocations').selectAll().where('account_id', '=', accountId).orderBy('n').execute(),
    db.selectFrom('service_terms').selectAll().where('account_id', '=', accountId).orderBy('n').execute(),
    db.selectFrom('notices').selectAll().where('account_id', '=', accountId).orderBy('posted_at').execute(),
    db.selectFrom('receipts').selectAll().where('account_id', '=', accountId).orderBy('amount').execute(),
    db.selectFrom('confirmations').selectAll().where('account_id', '=', accountId).execute(),
    db.selectFrom('account_credits').selectAll().where('account_id', '=', accountId).execute(),
    db
      .selectFrom('audit')
      .selectAll()
      .where('tenant', '=', accountId)
      .orderBy('instance')
      .orderBy('sequence')
      .execute(),
    db.selectFrom('instances').selectAll().where('tenant', '=', accountId).execute(),
  ]);
  const rows = {
    orders: orders.map(({ id, kind, years, total, status, received, issued_at, due_at }) => ({
      id,
      kind,
      years,
      total,
      status,
      received,
      issued: day(issued_at),
      due: day(due_at),
    })),
    allocations: allocations.map(({ order_id, amount }) => ({ order_id, amount })),
    terms: terms.map(({ n, years, starts_at, ends_at }) => ({ n, years, starts: day(starts_at), ends_at })),
    notices: notices.map(({ kind, posted_at, delivered_at }) => ({
      kind,
      posted: day(posted_at),
      delivered: day(delivered_at),
    })),
    receipts: receipts.map(({ amount, state, applied, credited, order_id }) => ({
      amount,
      state,
      applied,
      credited,
      order_id,
    })),
    credit: credit.map(({ balance }) => balance),
    confirmations: confirmations.length,
    instances: instances.map(({ id, value, tags, next_due_at }) => ({ id, value, tags, due: day(next_due_at) })),
    steps: audit.map(({ sequence, from, to, effects, causes }) => ({
      sequence,
      from,
      to,
      effects,
      causes: (causes as readonly { kind: string; type?: string; name?: string }[]).map(
        ({ kind, type, name }) => `${kind} ${type ?? name ?? ''}`,
      ),
    })),
  };
  return JSON.parse(JSON.stringify(rows).replaceAll(accountId, 'ACCOUNT')) as typeof rows;
}

/** What is there of an account, by table, once it is erased; tables that keep nothing are left out. */
export async function remainsOf(db: Db, accountId: string) {
  const count = async (table: keyof typeof columns): Promise<[string, number]> => {
    const { n } = await db
      .selectFrom(table as 'orders')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .where(columns[table] as 'account_id', '=', accountId)
      .executeTakeFirstOrThrow();
    return [table, n];
  };
  const columns = {
    orders: 'account_id',
    order_allocations: 'account_id',
    account_credits: 'account_id',
    service_terms: 'account_id',
    notices: 'account_id',
    receipts: 'account_id',
    confirmations: 'account_id',
    statements: 'account_id',
    account_ends: 'account_id',
    payment_references: 'account_id',
    files: 'account_id',
    vault_entries: 'account_id',
    erasures: 'account_id',
    certificates: 'account_id',
    instances: 'tenant',
    audit: 'tenant',
  } as const;
  const counts = await Promise.all((Object.keys(columns) as (keyof typeof columns)[]).map(count));
  const certificates = await db.selectFrom('certificates').selectAll().where('account_id', '=', accountId).execute();
  const erasures = await db
    .selectFrom('audit')
    .select(['sequence', 'from', 'to'])
    .where('instance', '=', `erasure-${accountId}`)
    .orderBy('sequence')
    .execute();
  const { n: outbox } = await db
    .selectFrom('outbox')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where(({ eb, or }) => or([eb('sender', 'like', `%${accountId}`), eb('receiver', 'like', `%${accountId}`)]))
    .executeTakeFirstOrThrow();
  return {
    left: Object.fromEntries(counts.filter(([, n]) => n > 0)),
    certificates: certificates.map(({ reason, clause, counts: done, erased_at, hash }) => ({
      reason,
      clause,
      done,
      erased: day(erased_at),
      hasHash: hash !== null,
    })),
    erasures,
    outbox,
  };
}
