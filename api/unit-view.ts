/** A unit as its manufacturer sees it, with its owners and extensions [W1]. */
import { Type, type Static } from 'typebox';
import type { Account } from '../db/accounts.ts';
import type { Db } from '../db/database.ts';
import { listExchanges } from '../db/unit-exchanges.ts';
import { findUnit, listExtensions, listOwners, type UnitRow } from '../db/warranty.ts';
import { numbersOf } from './account-numbers.ts';
import { AccountNumber, AccountParams, Day, Instant, Nullable, Region } from './fields.ts';
import { Problem } from './problems.ts';
import { Batch, Dates, ExtensionForm, ModelId, Proof, Serial } from './warranty-fields.ts';

export const UnitParams = Type.Object({ ...AccountParams.properties, serial: Serial });

const Owner = Type.Object({
  since: Day('From when'),
  customer: Nullable(AccountNumber('the customer; null: not known, or erased')),
  region: Nullable(Region('Where the owner has it')),
  proof: Nullable(Proof),
});
export const UnitView = Type.Object(
  {
    serial: Serial,
    model: ModelId,
    batch: Nullable(Batch),
    dates: Dates,
    owners: Type.Array(Owner, { description: 'The first is the sale, each later one a transfer' }),
    extensions: Type.Array(ExtensionForm),
    exchanges: Type.Array(Type.Object({ serial: Type.String(), newSerial: Type.String(), at: Instant('When') }), {
      description: 'Units that took another one’s place, with its facts: this one’s or by this one [W6]',
    }),
  },
  {
    examples: [
      {
        serial: 'SD18-000123',
        model: 'SD-18V',
        batch: '2026-W14',
        dates: { shipment: '2026-04-01', proofOfPurchase: '2026-05-20' },
        owners: [{ since: '2026-05-20', customer: '10000042', region: 'CN-GD', proof: null }],
        extensions: [],
        exchanges: [],
      },
    ],
  },
);

/** @throws {Problem} `not-found` */
export async function existingUnit(db: Db, account: Account, serial: string): Promise<UnitRow> {
  const unit = await findUnit(db, account.id, serial);
  if (!unit)
    throw new Problem('not-found', { field: 'serial', detail: 'There is no unit of this serial number: enter it.' });
  return unit;
}

export async function unitView(db: Db, unit: UnitRow): Promise<Static<typeof UnitView>> {
  const owners = await listOwners(db, unit.account_id, unit.serial);
  const numberOf = await numbersOf(
    db,
    owners.map(({ owner_id }) => owner_id),
  );
  const exchanges = await listExchanges(db, unit.account_id, unit.serial);
  const extensions = await listExtensions(db, unit.account_id, unit.serial);
  return {
    serial: unit.serial,
    model: unit.model_id,
    batch: unit.batch,
    dates: unit.dates,
    owners: owners.map(({ since, owner_id, region, proof }) => ({
      since,
      customer: numberOf(owner_id),
      region,
      proof: proof as Static<typeof Proof> | null,
    })),
    extensions: extensions.map(({ extension }) => extension as unknown as Static<typeof ExtensionForm>),
    exchanges: exchanges.map(({ serial, new_serial: newSerial, exchanged_at: at }) => ({ serial, newSerial, at })),
  };
}
