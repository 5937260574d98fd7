/** Service centers: what they can repair, where, how much at once, and for whom [W4]. */
import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type { AuthorisedCentersTable, Instant, ServiceCenterModelsTable, ServiceCentersTable } from './schema.ts';

export type ServiceCenterRow = Selectable<ServiceCentersTable>;

export interface CenterModel {
  readonly manufacturerId: string;
  readonly modelId: string;
}

/** All that a center says of itself, in place of what it said before. */
export async function putServiceCenter(
  trx: Trx,
  center: ServiceCenterRow & { readonly models: readonly CenterModel[] },
): Promise<void> {
  const { models, ...row } = center;
  const { region, capacity, declared_at } = row;
  await trx
    .insertInto('service_centers')
    .values(row)
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ region, capacity, declared_at }))
    .execute();
  await trx.deleteFrom('service_center_models').where('account_id', '=', row.account_id).execute();
  if (models.length === 0) return;
  await trx
    .insertInto('service_center_models')
    .values(
      models.map(({ manufacturerId, modelId }) => ({
        account_id: row.account_id,
        manufacturer_id: manufacturerId,
        model_id: modelId,
      })),
    )
    .execute();
}

export function findServiceCenter(db: Db, accountId: string): Promise<ServiceCenterRow | undefined> {
  return db.selectFrom('service_centers').selectAll().where('account_id', '=', accountId).executeTakeFirst();
}

export function listCenterModels(db: Db, accountId: string): Promise<Selectable<ServiceCenterModelsTable>[]> {
  return db
    .selectFrom('service_center_models')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('manufacturer_id')
    .orderBy('model_id')
    .execute();
}

/** A center that is authorised already stays so since when it was. */
export async function authoriseCenter(trx: Trx, accountId: string, centerId: string, at: Instant): Promise<void> {
  await trx
    .insertInto('authorised_centers')
    .values({ account_id: accountId, center_id: centerId, authorised_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function withdrawCenter(trx: Trx, accountId: string, centerId: string): Promise<void> {
  await trx
    .deleteFrom('authorised_centers')
    .where('account_id', '=', accountId)
    .where('center_id', '=', centerId)
    .execute();
}

export function listAuthorisedCenters(
  db: Db,
  accountId: string,
): Promise<(Selectable<AuthorisedCentersTable> & { number: string | null })[]> {
  return db
    .selectFrom('authorised_centers as authorised')
    .innerJoin('accounts as center', 'center.id', 'authorised.center_id')
    .selectAll('authorised')
    .select('center.number')
    .where('authorised.account_id', '=', accountId)
    .orderBy('authorised.authorised_at')
    .orderBy('authorised.center_id')
    .execute();
}

export async function isAuthorised(db: Db, accountId: string, centerId: string): Promise<boolean> {
  const row = await db
    .selectFrom('authorised_centers')
    .select('center_id')
    .where('account_id', '=', accountId)
    .where('center_id', '=', centerId)
    .executeTakeFirst();
  return row !== undefined;
}

export interface Candidate {
  readonly centerId: string;
  readonly region: string;
  readonly capacity: number;
  /** Open orders that it has or is asked for. */
  readonly load: number;
}

/** Centers that the manufacturer has authorised for this model and that are in service, with their load. */
export async function listCandidates(db: Db, manufacturerId: string, modelId: string): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    select center.account_id as "centerId", center.region, center.capacity,
      (select count(*)::integer from repairs
        where repairs.center_id = center.account_id and repairs.closed_at is null) as load
    from service_centers as center
    join authorised_centers as authorised
      on authorised.center_id = center.account_id and authorised.account_id = ${manufacturerId}
    join service_center_models as model
      on model.account_id = center.account_id and model.manufacturer_id = ${manufacturerId} and model.model_id = ${modelId}
    join instances on instances.id = 'subscription-' || center.account_id and instances.tags ? 'service'
    order by center.account_id`.execute(db);
  return rows;
}

/** What is left of an account among the centers, as center or as manufacturer. */
export async function forgetServiceCenters(trx: Trx, accountId: string): Promise<void> {
  await trx.deleteFrom('authorised_centers').where('center_id', '=', accountId).execute();
  await trx.deleteFrom('service_center_models').where('manufacturer_id', '=', accountId).execute();
}
