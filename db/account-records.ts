/** What a contract decided about an account, as rows: confirmations, terms of service, credit, statements, the end. */
import type { Insertable, Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type {
  AccountCreditsTable,
  AccountEndsTable,
  ConfirmationsTable,
  ServiceTermsTable,
  StatementsTable,
} from './schema.ts';

export type ServiceTerm = Selectable<ServiceTermsTable>;
export type Statement = Selectable<StatementsTable>;
export type Confirmation = Selectable<ConfirmationsTable>;

/** Confirming the same version again leaves the first confirmation. */
export async function insertConfirmation(trx: Trx, confirmation: Insertable<ConfirmationsTable>): Promise<void> {
  await trx
    .insertInto('confirmations')
    .values(confirmation)
    .onConflict((conflict) => conflict.columns(['account_id', 'version']).doNothing())
    .execute();
}

export async function insertServiceTerm(trx: Trx, term: Insertable<ServiceTermsTable>): Promise<void> {
  await trx.insertInto('service_terms').values(term).execute();
}

export async function setCredit(trx: Trx, credit: Insertable<AccountCreditsTable>): Promise<void> {
  await trx
    .insertInto('account_credits')
    .values(credit)
    .onConflict((conflict) =>
      conflict.column('account_id').doUpdateSet((excluded) => ({
        balance: excluded.ref('excluded.balance'),
        currency: excluded.ref('excluded.currency'),
        recorded_at: excluded.ref('excluded.recorded_at'),
      })),
    )
    .execute();
}

export async function insertStatement(trx: Trx, statement: Insertable<StatementsTable>): Promise<void> {
  await trx.insertInto('statements').values(statement).execute();
}

export async function insertAccountEnd(trx: Trx, end: Insertable<AccountEndsTable>): Promise<void> {
  await trx.insertInto('account_ends').values(end).execute();
}

export function listConfirmations(db: Db, accountId: string): Promise<Confirmation[]> {
  return db
    .selectFrom('confirmations')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('confirmed_at')
    .execute();
}

/** Oldest first: the registration's, then each extension. */
export function listServiceTerms(db: Db, accountId: string): Promise<ServiceTerm[]> {
  return db.selectFrom('service_terms').selectAll().where('account_id', '=', accountId).orderBy('n').execute();
}

export function listStatements(db: Db, accountId: string): Promise<Statement[]> {
  return db.selectFrom('statements').selectAll().where('account_id', '=', accountId).orderBy('n').execute();
}

export function findCredit(db: Db, accountId: string): Promise<Selectable<AccountCreditsTable> | undefined> {
  return db.selectFrom('account_credits').selectAll().where('account_id', '=', accountId).executeTakeFirst();
}

export function findAccountEnd(db: Db, accountId: string): Promise<Selectable<AccountEndsTable> | undefined> {
  return db.selectFrom('account_ends').selectAll().where('account_id', '=', accountId).executeTakeFirst();
}
