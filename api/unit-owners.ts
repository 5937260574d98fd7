/** Makes somebody the next owner of a unit: said by its manufacturer, or by the customer who registers it [W1]. */
import type { Static } from 'typebox';
import type { Account } from '../db/accounts.ts';
import type { Trx } from '../db/database.ts';
import { insertOwner, listOwners, setUnitDates } from '../db/warranty.ts';
import { dayOf } from '../machines/calendar.ts';
import { checkNextOwner, datesAfterSale } from '../machines/warranty/owners.ts';
import { countingOf } from '../records/coverage-question.ts';
import { mustHaveEvidence } from './evidence.ts';
import { canonicalJson } from './idempotency.ts';
import { Problem } from './problems.ts';
import { existingUnit } from './unit-view.ts';
import { asProblem } from './warranty-checks.ts';
import type { Proof } from './warranty-fields.ts';

export interface NewOwner {
  readonly serial: string;
  readonly on: string;
  /** The customer's account, null when it is not known. */
  readonly customer: string | null;
  /** Where the owner has it, as far as it is known. */
  readonly region: string | null;
  readonly proof: Static<typeof Proof> | null;
  /** The account that says so, and has the document among its evidence. */
  readonly giver: string;
  /** Id of the command: the same one again changes nothing. */
  readonly command: string;
  readonly at: string;
}

/**
 * Under the lock of the unit.
 * @throws {Problem} `invalid-request`, `unknown-evidence`, `idempotency-key-reused`
 */
export async function addOwner(trx: Trx, manufacturer: Account, owner: NewOwner): Promise<void> {
  const { serial, on, customer, region, proof, giver, command, at } = owner;
  const unit = await existingUnit(trx, manufacturer, serial);
  const owners = await listOwners(trx, manufacturer.id, serial);
  const known = owners.find((one) => one.command === command);
  if (known) {
    const isSame =
      known.since === on && known.owner_id === customer && canonicalJson(known.proof) === canonicalJson(proof);
    if (!isSame) throw new Problem('idempotency-key-reused', { field: 'Idempotency-Key' });
    return;
  }
  const { timeZone } = await countingOf(trx, manufacturer);
  const today = dayOf(at, timeZone);
  asProblem(() => checkNextOwner('body.on', on, owners, today));
  if (proof !== null) await mustHaveEvidence(trx, giver, proof.sha256, '/proof/sha256');
  await insertOwner(trx, {
    account_id: manufacturer.id,
    serial,
    n: owners.length + 1,
    owner_id: customer,
    since: on,
    region,
    proof,
    proof_by: proof === null ? null : giver === manufacturer.id ? 'manufacturer' : 'customer',
    command,
    recorded_at: at,
  });
  if (owners.length > 0) return;
  const sale = { on, registeredOn: today, isProven: proof !== null };
  await setUnitDates(trx, manufacturer.id, serial, datesAfterSale(unit.dates, sale));
}
