/** The working notes of running erasures, and the deletion of everything under an account. */
import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import { deletePartyOfClaims } from './claims.ts';
import type { Db, Trx } from './database.ts';
import { forgetPartyOfRepairs } from './repairs.ts';
import type { Database, ErasuresTable, ExecutionId } from './schema.ts';
import { forgetServiceCenters } from './service-centers.ts';

export type Erasure = Selectable<ErasuresTable>;
export type Counts = { readonly [what: string]: number };

export function findErasure(db: Db, accountId: string): Promise<Erasure | undefined> {
  return db.selectFrom('erasures').selectAll().where('account_id', '=', accountId).executeTakeFirst();
}

/** Keeps what is noted already: of a repeated step the first run counts, because the second finds less. */
export async function insertErasure(
  db: Db,
  erasure: { readonly accountId: string; readonly executions: readonly ExecutionId[]; readonly counts: Counts },
): Promise<Erasure> {
  await db
    .insertInto('erasures')
    .values({
      account_id: erasure.accountId,
      executions: JSON.stringify(erasure.executions),
      subjects: JSON.stringify([]),
      counts: JSON.stringify(erasure.counts),
    })
    .onConflict((conflict) => conflict.column('account_id').doNothing())
    .execute();
  return await db
    .selectFrom('erasures')
    .selectAll()
    .where('account_id', '=', erasure.accountId)
    .executeTakeFirstOrThrow();
}

/** Adds what a step did, and what it found to be deleted in Temporal; counts that are noted already stay. */
export async function noteErasure(
  db: Db,
  accountId: string,
  found: {
    readonly counts: Counts;
    readonly subjects?: readonly string[];
    readonly executions?: readonly ExecutionId[];
  },
): Promise<Counts> {
  const updated = await db
    .updateTable('erasures')
    .set({
      counts: sql<string>`${JSON.stringify(found.counts)}::jsonb || counts`,
      ...(found.subjects ? { subjects: JSON.stringify(found.subjects) } : {}),
      ...(found.executions
        ? { executions: sql<string>`executions || ${JSON.stringify(found.executions)}::jsonb` }
        : {}),
    })
    .where('account_id', '=', accountId)
    .returning('counts')
    .executeTakeFirst();
  const noted = updated?.counts ?? found.counts;
  return Object.fromEntries(Object.keys(found.counts).map((what) => [what, noted[what] ?? 0]));
}

/** Empties the notes: nothing of the account is needed any more. */
export async function deleteErasure(db: Db, accountId: string): Promise<void> {
  await db.deleteFrom('erasures').where('account_id', '=', accountId).execute();
}

/** Tables of which an account's rows are deleted, those that others refer to last. */
const deleted = [
  'order_allocations',
  'orders',
  'confirmations',
  'account_credits',
  'service_terms',
  'notices',
  'statements',
  'account_ends',
  'price_lists',
  'account_suspensions',
  'done_commands',
  'edition_changes',
  'service_levels',
  'part_facts',
  'part_counts',
  'repair_facts',
  'claim_facts',
  'fact_names',
  'unit_cohorts',
  'service_center_models',
  'service_centers',
  'authorised_centers',
  'unit_exchanges',
  'spare_units',
  'warranty_extensions',
  'unit_owners',
  'units',
  'warranty_campaigns',
  'warranty_policies',
  'product_models',
  'files',
  'vault_entries',
] as const satisfies readonly (keyof Database)[];

/** States in which a receipt still has something before it; all others are closed for good. */
const openReceiptStates = ['received', 'unapplied', 'refundDue'];

/** Rows in which other accounts stand too, and in which order they are locked. */
const shared: readonly (readonly [table: string, columns: readonly string[], order: readonly string[]])[] = [
  ['claims', ['manufacturer_id', 'customer_id'], ['id']],
  ['repairs', ['manufacturer_id', 'customer_id', 'center_id'], ['id']],
  ['repair_assignments', ['center_id'], ['n']],
  ['unit_owners', ['account_id', 'owner_id'], ['account_id', 'serial', 'n']],
  ['authorised_centers', ['account_id', 'center_id'], ['account_id', 'center_id']],
  ['service_center_models', ['account_id', 'manufacturer_id'], ['account_id', 'manufacturer_id', 'model_id']],
];

/** Of accounts that are erased at once each takes what they have between them in the same order: none waits in a circle. */
async function lockShared(trx: Trx, accountId: string): Promise<void> {
  for (const [table, columns, order] of shared) {
    const isParty = columns.map((column) => sql`${sql.ref(column)} = ${accountId}`);
    await sql`select from ${sql.table(table)} where ${sql.join(isParty, sql` or `)}
      order by ${sql.join(order.map((column) => sql.ref(column)))} for update`.execute(trx);
  }
}

/**
 * Deletes every row of the account and cuts the ledger's links to it. What stays: the tombstone with the number, amounts
 * and dates of receipts and payment references under that number, and what is owed back.
 *
 * @returns how many rows of each table were deleted, and the claims and repairs among them, as instances: two accounts that
 * are erased at once each see the other in what they had between them, until one of them deletes it.
 */
export async function deleteRowsOfAccount(
  trx: Trx,
  accountId: string,
  accountNumber: string | null,
): Promise<{ readonly counts: Counts; readonly shared: readonly string[] }> {
  const counts: { [table: string]: number } = {};
  const note = (table: string, rows: bigint) => {
    if (rows > 0n) counts[table] = (counts[table] ?? 0) + Number(rows);
  };
  await lockShared(trx, accountId);
  // Mails first: one that is being sent right now is waited for before its notice goes.
  note('outbox', (await trx.deleteFrom('outbox').where('tenant', '=', accountId).executeTakeFirst()).numDeletedRows);
  for (const table of deleted) {
    note(table, (await trx.deleteFrom(table).where('account_id', '=', accountId).executeTakeFirst()).numDeletedRows);
  }
  const closed = await trx
    .selectFrom('receipts')
    .select('id')
    .where('account_id', '=', accountId)
    .where('state', 'not in', openReceiptStates)
    .execute();
  const claims = (await deletePartyOfClaims(trx, accountId)).map((id) => `claim-${id}`);
  note('claims', BigInt(claims.length));
  const instances = [...closed.map(({ id }) => `receipt-${id}`), ...claims];
  for (const table of ['instances', 'audit'] as const) {
    const byTenant = await trx.deleteFrom(table).where('tenant', '=', accountId).executeTakeFirst();
    note(table, byTenant.numDeletedRows);
  }
  if (instances.length > 0) {
    note(
      'instances',
      (await trx.deleteFrom('instances').where('id', 'in', instances).executeTakeFirst()).numDeletedRows,
    );
    note('audit', (await trx.deleteFrom('audit').where('instance', 'in', instances).executeTakeFirst()).numDeletedRows);
  }
  const repairs = (await forgetPartyOfRepairs(trx, accountId)).map((id) => `repair-${id}`);
  await forgetServiceCenters(trx, accountId);
  // What a customer owned stays in its manufacturer's records, without the customer.
  await trx.updateTable('unit_owners').set({ owner_id: null }).where('owner_id', '=', accountId).execute();
  await trx
    .updateTable('payment_references')
    .set({ account_id: null, order_id: null, account_number: accountNumber })
    .where('account_id', '=', accountId)
    .execute();
  await trx
    .updateTable('receipts')
    .set((eb) => ({
      account_id: null,
      order_id: null,
      account_number: accountNumber,
      bank_transaction_id: eb
        .case()
        .when('state', 'in', openReceiptStates)
        .then(eb.ref('bank_transaction_id'))
        .else(null)
        .end(),
    }))
    .where('account_id', '=', accountId)
    .execute();
  return { counts, shared: [...claims, ...repairs] };
}
