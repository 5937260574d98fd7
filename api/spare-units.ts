/** What a repair gives beside the unit that is repaired, and what is charged for it: looked at before the contract is told [W4]. */
import { findClaim } from '../db/claims.ts';
import type { Db } from '../db/database.ts';
import { findInstance } from '../db/instances.ts';
import { isInRepair, type RepairRow } from '../db/repairs.ts';
import { findUnit, listOwners, lockWarranty, setLentTo, type UnitRow } from '../db/warranty.ts';
import type { RepairContext } from '../machines/repair-context.ts';
import type { RepairPublicEvent } from '../machines/repair-events.ts';
import { repairInstanceId } from './commands.ts';
import { Problem } from './problems.ts';

/**
 * What is said of a unit that is sent or lent can be so.
 * @throws {Problem} `invalid-request` for another currency than the claim's; `already-exists` for a unit that is not free
 */
export async function mustBeSpare(db: Db, row: RepairRow, event: RepairPublicEvent): Promise<void> {
  if (event.type === 'replacement.sent' || event.type === 'loaner.given') {
    await mustBeInCurrency(db, row, event.currency);
  }
  if (event.type === 'replacement.sent' || event.type === 'unit.exchanged') await mustBeFree(db, row, event.serial);
}

/** As all amounts of a claim; one that nobody has any more has none. */
async function mustBeInCurrency(db: Db, row: RepairRow, currency: string): Promise<void> {
  const claim = await findClaim(db, row.claim_id);
  if (!claim || claim.currency === currency) return;
  throw new Problem('invalid-request', {
    field: '/currency',
    detail: `Amounts of this claim are in ${claim.currency}, the currency of the limit for goodwill.`,
  });
}

/** A unit that takes another one's place is nobody's yet, not lent to anybody, and of the same model. */
async function mustBeFree(db: Db, row: RepairRow, serial: string): Promise<void> {
  if (row.manufacturer_id === null) return;
  const unit = await findUnit(db, row.manufacturer_id, serial);
  if (!unit) return;
  const owners = await listOwners(db, row.manufacturer_id, serial);
  if (unit.model_id !== row.model_id || owners.length > 0)
    throw notFree('The unit of this serial number is somebody’s already, or of another model.');
  if (await isLent(db, unit)) throw notFree('The unit of this serial number is on loan: say first that it is back.');
}

/**
 * A loaner is the manufacturer's own: a unit, of whatever model, that it has registered and that nobody owns, repairs or has on
 * loan. From here on no other repair lends it, until this one does not have it or {@link releaseLoaner} says that it never had.
 * @throws {Problem} `not-found` for an unknown serial number, `already-exists` for one that cannot be lent; with the way out
 */
export async function reserveLoaner(db: Db, row: RepairRow, serial: string): Promise<void> {
  const { manufacturer_id: maker } = row;
  if (maker === null) return;
  await db.transaction().execute(async (trx) => {
    await lockWarranty(trx, maker, serial);
    const unit = await findUnit(trx, maker, serial);
    if (!unit)
      throw new Problem('not-found', {
        field: '/serial',
        detail:
          'The manufacturer has no unit of this serial number: register the loaner first, as a unit without an owner.',
      });
    if (serial === row.serial) throw notFree('This is the unit that is repaired: lend another one.');
    if ((await listOwners(trx, maker, serial)).length > 0)
      throw notFree('The unit of this serial number is somebody’s: lend one that has no owner.');
    if (await isInRepair(trx, maker, serial))
      throw notFree('The unit of this serial number is in a repair itself: lend another one.');
    if (unit.lent_to !== row.id && (await isLent(trx, unit)))
      throw notFree('The unit of this serial number is on loan in another repair: say there first that it is back.');
    await setLentTo(trx, maker, serial, row.id);
  });
}

/** After a refusal, once the read model has what the repair was at: others may lend the unit, unless this one has it all the same. */
export async function releaseLoaner(db: Db, row: RepairRow, serial: string): Promise<void> {
  const { manufacturer_id: maker } = row;
  if (maker === null) return;
  await db.transaction().execute(async (trx) => {
    await lockWarranty(trx, maker, serial);
    const unit = await findUnit(trx, maker, serial);
    if (unit?.lent_to !== row.id || (await loanerOf(trx, row.id))?.serial === serial) return;
    await setLentTo(trx, maker, serial, null);
  });
}

/** Out, or about to be: a repair that has taken no loaner yet may be asked to at this moment. */
async function isLent(db: Db, { serial, lent_to }: UnitRow): Promise<boolean> {
  if (lent_to === null) return false;
  const loaner = await loanerOf(db, lent_to);
  return loaner === null || (loaner?.serial === serial && loaner.state === 'out');
}

/** Of a repair that goes on; undefined where it does not. */
async function loanerOf(db: Db, repairId: string): Promise<RepairContext['loaner'] | undefined> {
  const instance = await findInstance(db, repairInstanceId(repairId));
  return instance?.status === 'active' ? (instance.context as unknown as RepairContext).loaner : undefined;
}

const notFree = (detail: string): Problem => new Problem('already-exists', { field: '/serial', detail });
