/** The read model of durable instances, and their audit. */
import { sql } from 'kysely';
import type { Insertable, Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type { AuditTable, Instant, InstancesTable, Json } from './schema.ts';

export type Instance = Selectable<InstancesTable>;
export type AuditEntry = Selectable<AuditTable>;

export function findInstance(db: Db, id: string): Promise<Instance | undefined> {
  return db.selectFrom('instances').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Several at once, by id. */
export async function findInstances(db: Db, ids: readonly string[]): Promise<Map<string, Instance>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('instances').selectAll().where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** The last commit that is stored; 0 for an instance that has none. */
export async function findSequence(db: Db, id: string): Promise<number> {
  const found = await db.selectFrom('instances').select('sequence').where('id', '=', id).executeTakeFirst();
  return found?.sequence ?? 0;
}

/** Serialises the transactions that commit for this instance, also before it has a row; held until the transaction ends. */
export async function lockInstance(trx: Trx, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${id}, 0))`.execute(trx);
}

export async function upsertInstance(trx: Trx, instance: Insertable<InstancesTable>): Promise<void> {
  await trx
    .insertInto('instances')
    .values(instance)
    .onConflict((conflict) =>
      // The clock stays what it was at the first commit.
      conflict.column('id').doUpdateSet((excluded) => ({
        version: excluded.ref('excluded.version'),
        tenant: excluded.ref('excluded.tenant'),
        status: excluded.ref('excluded.status'),
        value: excluded.ref('excluded.value'),
        tags: excluded.ref('excluded.tags'),
        context: excluded.ref('excluded.context'),
        output: excluded.ref('excluded.output'),
        deadlines: excluded.ref('excluded.deadlines'),
        next_due_at: excluded.ref('excluded.next_due_at'),
        words: excluded.ref('excluded.words'),
        references: excluded.ref('excluded.references'),
        children: excluded.ref('excluded.children'),
        sequence: excluded.ref('excluded.sequence'),
        updated_at: excluded.ref('excluded.updated_at'),
      })),
    )
    .execute();
}

export async function insertAudit(trx: Trx, entry: Insertable<AuditTable>): Promise<void> {
  await trx.insertInto('audit').values(entry).execute();
}

/** The digest of a stored commit; undefined when there is none under this number. */
export async function findDigest(trx: Trx, instance: string, sequence: number): Promise<string | undefined> {
  const found = await trx
    .selectFrom('audit')
    .select('digest')
    .where('instance', '=', instance)
    .where('sequence', '=', sequence)
    .executeTakeFirst();
  return found?.digest;
}

/** What an instance did, oldest first. */
export function listAudit(db: Db, instance: string): Promise<AuditEntry[]> {
  return db.selectFrom('audit').selectAll().where('instance', '=', instance).orderBy('sequence').execute();
}

/** As {@link AuditEntry}, with the output of an instance that is done. */
export type Step = AuditEntry & { readonly output: Json | null };

/** Steps of an instance after number `after`, oldest first, at most `limit`. */
export function listSteps(db: Db, instance: string, after: number, limit: number): Promise<Step[]> {
  return steps(db)
    .where('audit.instance', '=', instance)
    .where('audit.sequence', '>', after)
    .orderBy('audit.sequence')
    .limit(limit)
    .execute();
}

export function findLastStep(db: Db, instance: string): Promise<Step | undefined> {
  return steps(db).where('audit.instance', '=', instance).orderBy('audit.sequence', 'desc').limit(1).executeTakeFirst();
}

/** The step that the event of this id caused; the latest of several. */
export function findStepOfEvent(db: Db, instance: string, eventId: string): Promise<Step | undefined> {
  // Written as in the index `audit_event`, which serves it.
  return steps(db)
    .where('audit.instance', '=', instance)
    .where(sql`causes->0->>'kind'`, '=', sql.lit('event'))
    .where(sql`causes->0->>'id'`, '=', eventId)
    .orderBy('audit.sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The step that an operator's operation of this id caused. */
export function findStepOfOperation(db: Db, instance: string, operationId: string): Promise<Step | undefined> {
  return steps(db)
    .where('audit.instance', '=', instance)
    .where(sql<boolean>`causes @> ${JSON.stringify([{ kind: 'operator', id: operationId }])}::jsonb`)
    .orderBy('audit.sequence')
    .limit(1)
    .executeTakeFirst();
}

const steps = (db: Db) =>
  db
    .selectFrom('audit')
    .leftJoin('instances', 'instances.id', 'audit.instance')
    .selectAll('audit')
    .select('instances.output');

/** The last stored step of each of these instances. */
export function listSequences(db: Db, ids: readonly string[]): Promise<{ id: string; sequence: number }[]> {
  return db
    .selectFrom('instances')
    .select(['id', 'sequence'])
    .where('id', 'in', [...ids])
    .execute();
}

/** Every instance of an account, also those that have ended. */
export function listInstancesOfTenant(db: Db, tenant: string): Promise<Instance[]> {
  return db.selectFrom('instances').selectAll().where('tenant', '=', tenant).orderBy('id').execute();
}

/** Open instances attached to a test clock, the next due first; those without a deadline last. */
export function listOpenInstancesOnClock(
  db: Db,
  clock: string,
): Promise<{ id: string; machine: string; next_due_at: Instant | null; sequence: number }[]> {
  return db
    .selectFrom('instances')
    .select(['id', 'machine', 'next_due_at', 'sequence'])
    .where('clock', '=', clock)
    .where('status', '=', 'active')
    .orderBy('next_due_at', (order) => order.asc().nullsLast())
    .execute();
}
