/** What a repair gives beside the unit that is repaired, and what is charged for it: looked at before the contract is told [W4]. */
import { findClaim } from '../db/claims.ts';
import type { Db } from '../db/database.ts';
import type { RepairRow } from '../db/repairs.ts';
import { findUnit, listOwners } from '../db/warranty.ts';
import type { RepairPublicEvent } from '../machines/repair-events.ts';
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

/** A unit that takes another one's place is nobody's yet, and of the same model. */
async function mustBeFree(db: Db, row: RepairRow, serial: string): Promise<void> {
  if (row.manufacturer_id === null) return;
  const unit = await findUnit(db, row.manufacturer_id, serial);
  if (!unit) return;
  const owners = await listOwners(db, row.manufacturer_id, serial);
  if (unit.model_id === row.model_id && owners.length === 0) return;
  throw new Problem('already-exists', {
    field: '/serial',
    detail: 'The unit of this serial number is somebody’s already, or of another model.',
  });
}
