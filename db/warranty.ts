/** What a manufacturer's warranty is made of, as rows: models, policies, campaigns, units, owners, extensions [W1]. */
import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type { CalendarDate, Database, Instant, Json } from './schema.ts';
import type {
  ProductModelsTable,
  UnitOwnersTable,
  UnitsTable,
  WarrantyCampaignsTable,
  WarrantyExtensionsTable,
  WarrantyPoliciesTable,
} from './schema.ts';

export type ModelRow = Selectable<ProductModelsTable>;
export type PolicyRow = Selectable<WarrantyPoliciesTable>;
export type CampaignRow = Selectable<WarrantyCampaignsTable>;
export type UnitRow = Selectable<UnitsTable>;
export type OwnerRow = Selectable<UnitOwnersTable>;
export type ExtensionRow = Selectable<WarrantyExtensionsTable>;

/** Serialises what changes a manufacturer's catalogue or one unit of it, until the transaction ends. */
export async function lockWarranty(trx: Trx, accountId: string, serial = ''): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`warranty ${accountId} ${serial}`}, 0))`.execute(trx);
}

export function findModel(db: Db, accountId: string, id: string): Promise<ModelRow | undefined> {
  return db
    .selectFrom('product_models')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export function listModels(db: Db, accountId: string): Promise<ModelRow[]> {
  return db.selectFrom('product_models').selectAll().where('account_id', '=', accountId).orderBy('id').execute();
}

/** Under the lock of {@link lockWarranty}. */
export async function putModel(
  trx: Trx,
  model: { accountId: string; id: string; name: string; components: Json; at: Instant },
): Promise<void> {
  const components = JSON.stringify(model.components);
  await trx
    .insertInto('product_models')
    .values({ account_id: model.accountId, id: model.id, name: model.name, components, created_at: model.at })
    .onConflict((conflict) => conflict.columns(['account_id', 'id']).doUpdateSet({ name: model.name, components }))
    .execute();
}

export function listPolicies(db: Db, accountId: string): Promise<PolicyRow[]> {
  return db.selectFrom('warranty_policies').selectAll().where('account_id', '=', accountId).orderBy('id').execute();
}

/** Under the lock of {@link lockWarranty}, where it is not there yet. */
export async function insertPolicy(trx: Trx, accountId: string, id: string, policy: Json, at: Instant): Promise<void> {
  await trx
    .insertInto('warranty_policies')
    .values({ account_id: accountId, id, policy: JSON.stringify(policy), published_at: at })
    .execute();
}

export function listCampaigns(db: Db, accountId: string): Promise<CampaignRow[]> {
  return db.selectFrom('warranty_campaigns').selectAll().where('account_id', '=', accountId).orderBy('id').execute();
}

/** Under the lock of {@link lockWarranty}. */
export async function putCampaign(trx: Trx, accountId: string, id: string, campaign: Json, at: Instant): Promise<void> {
  const text = JSON.stringify(campaign);
  await trx
    .insertInto('warranty_campaigns')
    .values({ account_id: accountId, id, campaign: text, published_at: at })
    .onConflict((conflict) => conflict.columns(['account_id', 'id']).doUpdateSet({ campaign: text }))
    .execute();
}

export function findUnit(db: Db, accountId: string, serial: string): Promise<UnitRow | undefined> {
  return db
    .selectFrom('units')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('serial', '=', serial)
    .executeTakeFirst();
}

/** By serial number, from after the one given. */
export function listUnits(
  db: Db,
  accountId: string,
  page: { readonly after?: string; readonly limit: number },
): Promise<UnitRow[]> {
  return db
    .selectFrom('units')
    .selectAll()
    .where('account_id', '=', accountId)
    .$if(page.after !== undefined, (query) => query.where('serial', '>', page.after!))
    .orderBy('serial')
    .limit(page.limit)
    .execute();
}

export interface NewUnit {
  readonly serial: string;
  readonly modelId: string;
  readonly batch: string | null;
  readonly dates: { readonly [basis: string]: CalendarDate };
}

/** @returns the serial numbers that are new: what is there already stays as it is */
export async function insertUnits(
  trx: Trx,
  accountId: string,
  units: readonly NewUnit[],
  at: Instant,
): Promise<ReadonlySet<string>> {
  if (units.length === 0) return new Set();
  const inserted = await trx
    .insertInto('units')
    .values(
      units.map(({ serial, modelId, batch, dates }) => ({
        account_id: accountId,
        serial,
        model_id: modelId,
        batch,
        dates: JSON.stringify(dates),
        replacements: JSON.stringify([]),
        created_at: at,
      })),
    )
    .onConflict((conflict) => conflict.columns(['account_id', 'serial']).doNothing())
    .returning('serial')
    .execute();
  return new Set(inserted.map(({ serial }) => serial));
}

export function findUnits(db: Db, accountId: string, serials: readonly string[]): Promise<UnitRow[]> {
  if (serials.length === 0) return Promise.resolve([]);
  return db
    .selectFrom('units')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('serial', 'in', serials)
    .execute();
}

/** Under the lock of {@link lockWarranty}. */
export async function setUnitDates(
  trx: Trx,
  accountId: string,
  serial: string,
  dates: { readonly [basis: string]: CalendarDate },
): Promise<void> {
  await trx
    .updateTable('units')
    .set({ dates: JSON.stringify(dates) })
    .where('account_id', '=', accountId)
    .where('serial', '=', serial)
    .execute();
}

/** Oldest first. */
export function listOwners(db: Db, accountId: string, serial: string): Promise<OwnerRow[]> {
  return db
    .selectFrom('unit_owners')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('serial', '=', serial)
    .orderBy('n')
    .execute();
}

/** Under the lock of {@link lockWarranty}. */
export async function insertOwner(trx: Trx, owner: OwnerRow): Promise<void> {
  await trx
    .insertInto('unit_owners')
    .values({ ...owner, proof: JSON.stringify(owner.proof) })
    .execute();
}

/** Units of which this account is the present owner, of whatever manufacturer. */
export function listUnitsOfOwner(db: Db, ownerId: string): Promise<(UnitRow & { since: CalendarDate })[]> {
  return db
    .selectFrom('unit_owners as owned')
    .innerJoin('units', (join) =>
      join.onRef('units.account_id', '=', 'owned.account_id').onRef('units.serial', '=', 'owned.serial'),
    )
    .selectAll('units')
    .select('owned.since')
    .where('owned.owner_id', '=', ownerId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('unit_owners as later')
            .select('later.n')
            .whereRef('later.account_id', '=', 'owned.account_id')
            .whereRef('later.serial', '=', 'owned.serial')
            .whereRef('later.n', '>', 'owned.n'),
        ),
      ),
    )
    .orderBy('units.account_id')
    .orderBy('units.serial')
    .execute();
}

export function listExtensions(db: Db, accountId: string, serial: string): Promise<ExtensionRow[]> {
  return db
    .selectFrom('warranty_extensions')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('serial', '=', serial)
    .orderBy('id')
    .execute();
}

/** Under the lock of {@link lockWarranty}, where it is not there yet. */
export async function insertExtension(
  trx: Trx,
  extension: { accountId: string; serial: string; id: string; extension: Json; at: Instant },
): Promise<void> {
  await trx
    .insertInto('warranty_extensions')
    .values({
      account_id: extension.accountId,
      serial: extension.serial,
      id: extension.id,
      extension: JSON.stringify(extension.extension),
      recorded_at: extension.at,
    })
    .execute();
}

/** Everything of one kind that belongs to the account, by serial number: for its export. */
export function listWarrantyRows<Table extends 'units' | 'unit_owners' | 'warranty_extensions' | 'unit_exchanges'>(
  db: Db,
  table: Table,
  accountId: string,
): Promise<Selectable<Database[Table]>[]> {
  const rows = db
    .selectFrom(table as 'units')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('serial')
    .execute();
  return rows as unknown as Promise<Selectable<Database[Table]>[]>;
}
