/** Makes somebody the next owner of a unit: said by its manufacturer, or by the customer who registers it [W1]. */
import type { Static } from 'typebox';
import type { Account } from '../db/accounts.ts';
import type { Trx } from '../db/database.ts';
import { insertOwner, listOwners, setUnitDates, type OwnerRow } from '../db/warranty.ts';
import { dayOf } from '../machines/calendar.ts';
import { checkNextOwner, datesAfterSale } from '../machines/warranty/owners.ts';
import { countingOf } from '../records/coverage-question.ts';
import { mustHaveEvidence } from './evidence.ts';
import { canonicalJson } from './idempotency.ts';
import { Problem } from './problems.ts';
import { mustNotBeGiven } from './spare-units.ts';
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
 * Under the lock of the unit. What is there already, said again by the same or another command, changes nothing; nor does what
 * another command leaves out of it.
 * @throws {Problem} `invalid-request`, `unknown-evidence`, `idempotency-key-reused`, `already-exists` with what differs
 */
export async function addOwner(trx: Trx, manufacturer: Account, owner: NewOwner): Promise<void> {
  const { serial, on, customer, region, proof, giver, command, at } = owner;
  const unit = await existingUnit(trx, manufacturer, serial);
  const owners = await listOwners(trx, manufacturer.id, serial);
  const known = owners.find((one) => one.command === command);
  if (known) {
    if (changes(known, owner).length > 0) throw new Problem('idempotency-key-reused', { field: 'Idempotency-Key' });
    return;
  }
  const last = owners.at(-1);
  const differing = last === undefined ? [] : differences(last, owner);
  if (last && differing.length === 0) return;
  if (last && customer !== null && last.owner_id === customer)
    throw new Problem('already-exists', {
      field: differing[0]!,
      detail: `The unit is this customer’s already, with another ${differing.map((field) => words[field]).join(' and ')}.`,
    });
  const { timeZone } = await countingOf(trx, manufacturer);
  const today = dayOf(at, timeZone);
  asProblem(() => checkNextOwner('body.on', on, owners, today));
  await mustNotBeGiven(trx, manufacturer.id, serial);
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

const words = { '/on': 'day', '/customer': 'customer', '/region': 'region', '/proof': 'document' } as const;

/** Where what is said now is not what is known; what is left out stays as it is. */
function differences(row: OwnerRow, owner: NewOwner): (keyof typeof words)[] {
  const said = { '/on': owner.on, '/customer': owner.customer, '/region': owner.region, '/proof': owner.proof };
  return changes(row, owner).filter((field) => said[field] !== null);
}

/** Where a row and what is said now are not the same, as fields of the request. */
function changes(row: OwnerRow, { on, customer, region, proof }: NewOwner): (keyof typeof words)[] {
  const same = {
    '/on': row.since === on,
    '/customer': row.owner_id === customer,
    '/region': row.region === region,
    '/proof': canonicalJson(row.proof) === canonicalJson(proof),
  };
  return (Object.keys(words) as (keyof typeof words)[]).filter((field) => !same[field]);
}
