/** What a command names of a repair has to be there: said with the field before the order is asked, which only knows codes [W4]. */
import { findClaim } from '../db/claims.ts';
import type { Db } from '../db/database.ts';
import type { RepairRow } from '../db/repairs.ts';
import type { RepairPublicEvent } from '../machines/repair-events.ts';
import { componentsOf } from './claim-checks.ts';
import { Problem } from './problems.ts';

/** @throws {Problem} `invalid-request` for another currency than the claim's, or a part of a component that the model has not */
export async function mustBeSound(db: Db, row: RepairRow, event: RepairPublicEvent): Promise<void> {
  if ('currency' in event) await mustBeInCurrency(db, row, event.currency);
  if ('component' in event) await mustBeOfModel(db, row, event.component);
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

/** A manufacturer that is gone has no models any more. */
async function mustBeOfModel(db: Db, row: RepairRow, component: string): Promise<void> {
  if (row.manufacturer_id === null) return;
  const components = await componentsOf(db, row.manufacturer_id, row.model_id);
  if (components.has(component)) return;
  const present = components.size > 0 ? [...components].join(', ') : 'none';
  throw new Problem('invalid-request', {
    field: '/component',
    detail: `The model has no such component. It has: ${present}.`,
  });
}
