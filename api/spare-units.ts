/** What a repair gives beside the unit that is repaired: looked at before the contract is told [W4]. */
import type { Db, Trx } from '../db/database.ts';
import { findInstance } from '../db/instances.ts';
import { isInRepair, type RepairRow } from '../db/repairs.ts';
import { deleteSpareUnit, findSpareUnit, putSpareUnit, type SpareUnitRow } from '../db/spare-units.ts';
import { listExchanges } from '../db/unit-exchanges.ts';
import { findUnit, listOwners, lockWarranty } from '../db/warranty.ts';
import type { RepairContext } from '../machines/repair-context.ts';
import type { RepairPublicEvent } from '../machines/repair-events.ts';
import { repairInstanceId } from './commands.ts';
import { Problem } from './problems.ts';

const purposes = { 'loaner.given': 'loaner', 'replacement.sent': 'replacement', 'unit.exchanged': 'exchange' } as const;
type Giving = RepairPublicEvent & { type: keyof typeof purposes };
type Spare = Pick<SpareUnitRow, 'serial' | 'purpose'>;

export function isGiving(event: RepairPublicEvent): event is Giving {
  return event.type in purposes;
}

/**
 * Tells the repair of a unit that it gives, if the unit can be given. From here on no other repair gives it and nobody buys it, until
 * this one does not have it, or has refused.
 * @throws {Problem} `not-found` for a loaner that nobody knows, `already-exists` for a unit that is not free; with the way out
 */
export async function giving<Answer>(
  db: Db,
  row: RepairRow,
  event: Giving,
  tell: () => Promise<Answer>,
): Promise<Answer> {
  const { manufacturer_id: maker } = row;
  if (maker === null) return await tell();
  const spare = { serial: event.serial, purpose: purposes[event.type] };
  await underLock(db, maker, spare.serial, (trx) => reserve(trx, maker, row, spare));
  try {
    return await tell();
  } catch (error) {
    // Where it is not known what became of it, the unit stays with this repair.
    if (error instanceof Problem && error.status < 500)
      await underLock(db, maker, spare.serial, (trx) => release(trx, maker, row, spare));
    throw error;
  }
}

/**
 * Under the lock of the unit: whoever is to own it can, because no repair has given it to another one.
 * @throws {Problem} `already-exists`
 */
export async function mustNotBeGiven(db: Db, manufacturerId: string, serial: string): Promise<void> {
  const given = await findSpareUnit(db, manufacturerId, serial);
  const state = given ? await stateOf(db, given) : 'free';
  // One that has taken another one's place has its owner by now, who may hand it on.
  if (given && (state === 'giving' || (state === 'given' && given.purpose === 'loaner')))
    throw notFree(taken(given, 'a repair'), 'serial');
}

async function underLock(db: Db, maker: string, serial: string, change: (trx: Trx) => Promise<void>): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockWarranty(trx, maker, serial);
    await change(trx);
  });
}

async function reserve(trx: Trx, maker: string, row: RepairRow, spare: Spare): Promise<void> {
  const { serial, purpose } = spare;
  if (serial === row.serial) throw notFree('This is the unit that is repaired: give another one.');
  await (purpose === 'loaner' ? mustBeLendable(trx, maker, serial) : mustTakeItsPlace(trx, maker, row, serial));
  if (await isInRepair(trx, maker, serial))
    throw notFree('The unit of this serial number is in a repair itself: give another one.');
  const given = await findSpareUnit(trx, maker, serial);
  const isAgain = given?.repair_id === row.id && given.purpose === purpose;
  if (given && !isAgain && (await stateOf(trx, given)) !== 'free')
    throw notFree(taken(given, given.repair_id === row.id ? 'this repair' : 'another repair'));
  await putSpareUnit(trx, { account_id: maker, serial, repair_id: row.id, purpose });
}

/** A loaner is the manufacturer's own: a unit, of whatever model, that it has registered and that nobody owns. */
async function mustBeLendable(trx: Trx, maker: string, serial: string): Promise<void> {
  if (!(await findUnit(trx, maker, serial)))
    throw new Problem('not-found', {
      field: '/serial',
      detail:
        'The manufacturer has no unit of this serial number: register the loaner first, as a unit without an owner.',
    });
  if ((await listOwners(trx, maker, serial)).length > 0)
    throw notFree('The unit of this serial number is somebody’s: lend one that has no owner.');
}

/** A unit that takes another one's place is nobody's yet, of the same model, and has taken no place before. */
async function mustTakeItsPlace(trx: Trx, maker: string, row: RepairRow, serial: string): Promise<void> {
  const unit = await findUnit(trx, maker, serial);
  if (!unit) return;
  const owners = await listOwners(trx, maker, serial);
  if (unit.model_id !== row.model_id || owners.length > 0)
    throw notFree('The unit of this serial number is somebody’s already, or of another model.');
  const exchanges = await listExchanges(trx, maker, serial);
  if (exchanges.length > 0)
    throw notFree(
      'The unit of this serial number has taken another one’s place, or another one its: give another one.',
    );
}

/** After a refusal, once the read model has what the repair was at: others may give the unit, unless this one has it all the same. */
async function release(trx: Trx, maker: string, row: RepairRow, { serial, purpose }: Spare): Promise<void> {
  const given = await findSpareUnit(trx, maker, serial);
  if (given?.repair_id !== row.id || given.purpose !== purpose) return;
  const context = await openRepair(trx, row.id);
  if (context === undefined || serialGiven(context, purpose) !== serial) await deleteSpareUnit(trx, maker, serial);
}

/** `giving`: a repair that has given none yet may be asked to at this moment. */
async function stateOf(db: Db, { repair_id, serial, purpose }: SpareUnitRow): Promise<'free' | 'giving' | 'given'> {
  const context = await openRepair(db, repair_id);
  if (context === undefined) return 'free';
  const given = serialGiven(context, purpose);
  if (given === null) return 'giving';
  return given === serial && (purpose !== 'loaner' || context.loaner?.state === 'out') ? 'given' : 'free';
}

function serialGiven(context: RepairContext, purpose: Spare['purpose']): string | null {
  if (purpose === 'exchange') return context.formerSerial === null ? null : context.serial;
  return context[purpose]?.serial ?? null;
}

async function openRepair(db: Db, repairId: string): Promise<RepairContext | undefined> {
  const instance = await findInstance(db, repairInstanceId(repairId));
  return instance?.status === 'active' ? (instance.context as unknown as RepairContext) : undefined;
}

function taken({ purpose }: SpareUnitRow, where: string): string {
  return purpose === 'loaner'
    ? `The unit of this serial number is on loan in ${where}: say there first that it is back.`
    : `The unit of this serial number is sent in place of another one in ${where}: give another one.`;
}

const notFree = (detail: string, field = '/serial'): Problem => new Problem('already-exists', { field, detail });
