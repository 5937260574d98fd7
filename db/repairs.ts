/** Repair orders as rows: what they are at, who was asked, what it costs, and what was built in [W4, W6]. */
import { sql } from 'kysely';
import type { Insertable, Selectable } from 'kysely';
import { withCheckDigit } from './accounts.ts';
import type { Db, Trx } from './database.ts';
import type { Instant, Json, RepairAssignmentsTable, RepairChargesTable, RepairPartsTable } from './schema.ts';
import type { RepairQuotationsTable, RepairsTable } from './schema.ts';

export type RepairRow = Selectable<RepairsTable>;
export type AssignmentRow = Selectable<RepairAssignmentsTable>;
export type QuotationRow = Selectable<RepairQuotationsTable>;
export type ChargeRow = Selectable<RepairChargesTable>;
export type RepairPartRow = Selectable<RepairPartsTable>;

/** What a repair's parties are called in its row. */
export const partyColumns = {
  customer: 'customer_id',
  manufacturer: 'manufacturer_id',
  serviceCenter: 'center_id',
} as const;

/** As what the account takes part: not what it registered as, since a manufacturer is the customer of its supplier's repair. */
export function partyIn(repair: RepairRow, accountId: string): keyof typeof partyColumns | undefined {
  const all = Object.entries(partyColumns) as [
    keyof typeof partyColumns,
    (typeof partyColumns)[keyof typeof partyColumns],
  ][];
  return all.find(([, column]) => repair[column] === accountId)?.[0];
}

/** The repair as it is now; its clock and the moment of the order stay as they were first. */
export async function putRepair(trx: Trx, repair: Insertable<RepairsTable>): Promise<void> {
  const { id: _id, clock: _clock, ordered_at: _ordered, ...now } = repair;
  await trx
    .insertInto('repairs')
    .values(repair)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(now))
    .execute();
}

/** The number of this repair: the one it has, or the next one that was never given out; with a check digit (Luhn). */
export async function assignRmaNumber(trx: Trx, repairId: string): Promise<string> {
  for (;;) {
    const known = await trx
      .selectFrom('rma_numbers')
      .select('number')
      .where('repair_id', '=', repairId)
      .executeTakeFirst();
    if (known) return known.number;
    const next = await sql<{ n: string }>`select nextval('rma_number_sequence') as n`.execute(trx);
    await trx
      .insertInto('rma_numbers')
      .values({ number: `RMA-${withCheckDigit(String(next.rows[0]?.n))}`, repair_id: repairId })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

export async function insertAssignment(trx: Trx, row: Insertable<RepairAssignmentsTable>): Promise<void> {
  await trx.insertInto('repair_assignments').values(row).execute();
}

export async function putQuotation(
  trx: Trx,
  { costs, ...row }: Omit<QuotationRow, 'costs'> & { readonly costs: Json },
): Promise<void> {
  const text = JSON.stringify(costs);
  await trx
    .insertInto('repair_quotations')
    .values({ ...row, costs: text })
    .onConflict((conflict) =>
      conflict.columns(['repair_id', 'n']).doUpdateSet({ state: row.state, at: row.at, total: row.total, costs: text }),
    )
    .execute();
}

/** What is owed of this kind now; nothing for an amount of 0. */
export async function putCharge(trx: Trx, charge: ChargeRow): Promise<void> {
  const { repair_id, kind, amount, currency, at } = charge;
  if (amount === 0) {
    await trx.deleteFrom('repair_charges').where('repair_id', '=', repair_id).where('kind', '=', kind).execute();
    return;
  }
  await trx
    .insertInto('repair_charges')
    .values(charge)
    .onConflict((conflict) => conflict.columns(['repair_id', 'kind']).doUpdateSet({ amount, currency, at }))
    .execute();
}

export async function putPart(trx: Trx, part: RepairPartRow): Promise<void> {
  await trx
    .insertInto('repair_parts')
    .values(part)
    .onConflict((conflict) =>
      conflict.columns(['repair_id', 'part_id']).doUpdateSet({ state: part.state, at: part.at }),
    )
    .execute();
}

export function findRepair(db: Db, id: string): Promise<RepairRow | undefined> {
  return db.selectFrom('repairs').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Every repair in which the account is a party now, oldest first: for its export. */
export function listRepairsOfAccount(db: Db, accountId: string): Promise<RepairRow[]> {
  return db
    .selectFrom('repairs')
    .selectAll()
    .where((eb) => eb.or(Object.values(partyColumns).map((column) => eb(column, '=', accountId))))
    .orderBy('ordered_at')
    .orderBy('id')
    .execute();
}

/** Which repairs, newest first, from before the one given. */
export interface RepairsPage {
  readonly before?: { readonly orderedAt: Instant; readonly id: string };
  readonly limit: number;
  readonly isOpen?: boolean;
}

/** Of all, for the operator. */
export function listRepairs(db: Db, page: RepairsPage): Promise<RepairRow[]> {
  return repairsOf(db, page).execute();
}

/** In which the account is a party: each column has an index in this order, and no account is in all of them. */
export async function listRepairsOfParty(db: Db, accountId: string, page: RepairsPage): Promise<RepairRow[]> {
  const found = await Promise.all(
    Object.values(partyColumns).map((column) => repairsOf(db, page).where(column, '=', accountId).execute()),
  );
  const newest = found
    .flat()
    .toSorted((one, other) =>
      one.ordered_at === other.ordered_at ? order(other.id, one.id) : order(other.ordered_at, one.ordered_at),
    );
  return newest.slice(0, page.limit);
}

const order = (one: string, other: string): number => (one < other ? -1 : 1);

function repairsOf(db: Db, { before, limit, isOpen }: RepairsPage) {
  return db
    .selectFrom('repairs')
    .selectAll()
    .$if(isOpen === true, (query) => query.where('closed_at', 'is', null))
    .$if(isOpen === false, (query) => query.where('closed_at', 'is not', null))
    .$if(before !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('ordered_at', '<', before!.orderedAt),
          eb.and([eb('ordered_at', '=', before!.orderedAt), eb('id', '<', before!.id)]),
        ]),
      ),
    )
    .orderBy('ordered_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
}

/** Whether some repair of this manufacturer is about the unit and not closed. */
export async function isInRepair(db: Db, manufacturerId: string, serial: string): Promise<boolean> {
  const found = await db
    .selectFrom('repairs')
    .select('id')
    .where('manufacturer_id', '=', manufacturerId)
    .where('serial', '=', serial)
    .where('closed_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** All of it, oldest first. */
export function listAssignments(db: Db, repairId: string): Promise<AssignmentRow[]> {
  return db.selectFrom('repair_assignments').selectAll().where('repair_id', '=', repairId).orderBy('n').execute();
}

export function listQuotations(db: Db, repairId: string): Promise<QuotationRow[]> {
  return db.selectFrom('repair_quotations').selectAll().where('repair_id', '=', repairId).orderBy('n').execute();
}

export function listCharges(db: Db, repairId: string): Promise<ChargeRow[]> {
  return db.selectFrom('repair_charges').selectAll().where('repair_id', '=', repairId).orderBy('kind').execute();
}

export function listParts(db: Db, repairId: string): Promise<RepairPartRow[]> {
  return db.selectFrom('repair_parts').selectAll().where('repair_id', '=', repairId).orderBy('part_id').execute();
}

/** Repairs in which the account is a party, or was asked before, that are not over. */
export async function listOpenRepairsOfAccount(
  db: Db,
  accountId: string,
): Promise<{ readonly repair: RepairRow; readonly party: keyof typeof partyColumns }[]> {
  const repairs = await db
    .selectFrom('repairs')
    .selectAll()
    .where(({ eb, or, exists, selectFrom }) =>
      or([
        ...Object.values(partyColumns).map((column) => eb(column, '=', accountId)),
        exists(
          selectFrom('repair_assignments')
            .select('n')
            .whereRef('repair_assignments.repair_id', '=', 'repairs.id')
            .where('repair_assignments.center_id', '=', accountId),
        ),
      ]),
    )
    // One that is closed may still wait for a loaner.
    .where(({ eb, or, exists, selectFrom }) =>
      or([
        eb('closed_at', 'is', null),
        exists(
          selectFrom('instances')
            .select('instances.id')
            .where('status', '=', 'active')
            .where(sql<boolean>`instances.id = 'repair-' || repairs.id`),
        ),
      ]),
    )
    .orderBy('id')
    .execute();
  // One that was only asked is a service center.
  return repairs.map((repair) => ({ repair, party: partyIn(repair, accountId) ?? 'serviceCenter' }));
}

/** Repairs in which the account is a party, or was asked. */
async function idsOfAccount(trx: Trx, accountId: string): Promise<string[]> {
  const asParty = await trx
    .selectFrom('repairs')
    .select('id')
    .where((eb) => eb.or(Object.values(partyColumns).map((column) => eb(column, '=', accountId))))
    .execute();
  const asAsked = await trx
    .selectFrom('repair_assignments')
    .select('repair_id as id')
    .where('center_id', '=', accountId)
    .execute();
  return [...new Set([...asParty, ...asAsked].map(({ id }) => id))];
}

/**
 * Cuts the account out of all repairs, and deletes those that are over and that no party is left of: also one that had let
 * go of its last party before.
 *
 * @returns the repairs that were deleted
 */
export async function forgetPartyOfRepairs(trx: Trx, accountId: string): Promise<string[]> {
  const ids = await idsOfAccount(trx, accountId);
  for (const [column, name] of Object.entries(contextNames)) {
    await trx
      .updateTable('repairs')
      .set({ [column]: null })
      .where(column as 'id', '=', accountId)
      .execute();
    await sql`
      update instances set context = context || jsonb_build_object(${name}::text, null)
      where id = any(${ids.map((id) => `repair-${id}`)}) and context ->> ${name} = ${accountId}`.execute(trx);
  }
  await sql`
    update instances set context = jsonb_set(context, '{declined}', (context -> 'declined') - ${accountId}::text)
    where id = any(${ids.map((id) => `repair-${id}`)}) and context -> 'declined' ? ${accountId}`.execute(trx);
  await trx.updateTable('repair_assignments').set({ center_id: null }).where('center_id', '=', accountId).execute();
  await trx.updateTable('clock_thresholds').set({ to_account: null }).where('to_account', '=', accountId).execute();
  const orphans = await trx
    .deleteFrom('repairs')
    .where('closed_at', 'is not', null)
    .where('manufacturer_id', 'is', null)
    .where('customer_id', 'is', null)
    .where('center_id', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('instances')
            .select('instances.id')
            .where('status', '=', 'active')
            .where(sql<boolean>`instances.id = 'repair-' || repairs.id`),
        ),
      ),
    )
    .returning('id')
    .execute();
  const gone = orphans.map(({ id }) => id);
  await deleteRecordsOf(trx, gone);
  return gone;
}

/** Repairs that are over and that no other account is a party of, or that have let go of all: they go with this one. */
export async function listRepairsOfNobodyElse(db: Db, accountId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('repairs')
    .select('id')
    .where('closed_at', 'is not', null)
    .where((eb) =>
      eb.and(Object.values(partyColumns).map((column) => eb.or([eb(column, 'is', null), eb(column, '=', accountId)]))),
    )
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Parties in a repair's row, and in what its machine remembers. */
const contextNames = { manufacturer_id: 'manufacturerId', customer_id: 'customerId', center_id: 'centerId' } as const;

async function deleteRecordsOf(trx: Trx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const instances = ids.map((id) => `repair-${id}`);
  await trx.deleteFrom('instances').where('id', 'in', instances).execute();
  await trx.deleteFrom('audit').where('instance', 'in', instances).execute();
  for (const table of ['clock_entries', 'clock_levels', 'clock_thresholds'] as const) {
    await trx.deleteFrom(table).where('subject_kind', '=', 'repair').where('subject_id', 'in', ids).execute();
  }
}
