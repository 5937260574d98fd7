/** What customers bought: registered by them, with the document that shows it, and seen by them [W1]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findAccountByNumber, type Account } from '../../db/accounts.ts';
import type { Trx } from '../../db/database.ts';
import { findUnit, listOwners, listUnitsOfOwner, lockWarranty } from '../../db/warranty.ts';
import { numbersOf } from '../account-numbers.ts';
import { contractNow } from '../contract-time.ts';
import type { Deps } from '../deps.ts';
import { AccountNumber, AccountParams, Day, Nullable, Region } from '../fields.ts';
import { commandId, once } from '../idempotency.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { mustBeEntitled } from '../service-access.ts';
import { addOwner, type NewOwner } from '../unit-owners.ts';
import { existingUnit } from '../unit-view.ts';
import { ModelId, Proof, Serial } from '../warranty-fields.ts';

const closed = { additionalProperties: false } as const;

const RegistrationBody = Type.Object(
  {
    manufacturer: AccountNumber('the manufacturer'),
    serial: Serial,
    on: Day('Day of the purchase'),
    region: Type.Optional(Nullable(Region('Where you have it'))),
    proof: Proof,
  },
  {
    ...closed,
    examples: [
      {
        manufacturer: '10000017',
        serial: 'SD18-000123',
        on: '2026-05-20',
        region: 'CN-GD',
        proof: { kind: 'invoice', sha256: '0'.repeat(64) },
      },
    ],
  },
);
const OwnedUnit = Type.Object(
  {
    manufacturer: Nullable(AccountNumber('the manufacturer')),
    serial: Serial,
    model: ModelId,
    since: Day('From when it is yours'),
  },
  { examples: [{ manufacturer: '10000017', serial: 'SD18-000123', model: 'SD-18V', since: '2026-05-20' }] },
);

export const ownedUnits: FastifyPluginAsyncTypebox<Deps> = async (app, { db, now }) => {
  const tags = ['Warranty'];

  app.post(
    '/accounts/:accountId/registrations',
    {
      config: { access: 'account', command: true },
      schema: {
        tags,
        summary: 'Register what you bought',
        description:
          'By a customer, with the document that shows it: it is uploaded before, and the manufacturer may read it. A unit that somebody else is registered for is handed on by its manufacturer. The same registration again changes nothing.',
        params: AccountParams,
        body: RegistrationBody,
        response: {
          200: OwnedUnit,
          ...errorResponses('body', 'not-found', 'not-entitled', 'already-exists', 'unknown-evidence'),
        },
      },
    },
    async (request) => {
      const account = accountOf(request);
      if (account.role !== 'customer')
        throw new Problem('not-entitled', { detail: 'Customers register what they bought.' });
      await mustBeEntitled(db, account, 'warrantyManagement');
      const { manufacturer: number, serial, on, region = null, proof } = request.body;
      const manufacturer = await findAccountByNumber(db, number);
      if (manufacturer?.role !== 'manufacturer' || manufacturer.erased_at !== null)
        throw new Problem('not-found', { field: '/manufacturer', detail: 'No manufacturer has this account number.' });
      const command = commandId(request, `${manufacturer.id} ${serial}`);
      const at = (await contractNow(db, account.clock, now())).toISOString();
      const owner = { serial, on, customer: account.id, region, proof, giver: account.id, command, at };
      await once(db, request, { accountId: account.id, at }, (trx) => registerFirst(trx, manufacturer, owner));
      const { model_id } = await existingUnit(db, manufacturer, serial);
      return { manufacturer: number, serial, model: model_id, since: on };
    },
  );

  app.get(
    '/accounts/:accountId/owned-units',
    {
      config: { access: 'account' },
      schema: {
        tags,
        summary: 'What you own',
        description: 'By a customer: units registered for the account, of whatever manufacturer.',
        params: AccountParams,
        response: { 200: Type.Array(OwnedUnit) },
      },
    },
    async (request) => {
      const rows = await listUnitsOfOwner(db, accountOf(request).id);
      const numberOf = await numbersOf(
        db,
        rows.map(({ account_id }) => account_id),
      );
      return rows.map(({ account_id, serial, model_id, since }) => ({
        manufacturer: numberOf(account_id),
        serial,
        model: model_id,
        since,
      }));
    },
  );
};

/** A customer registers what nobody has yet; a unit that has an owner is handed on by its manufacturer. */
async function registerFirst(trx: Trx, manufacturer: Account, owner: NewOwner): Promise<void> {
  const { serial, command } = owner;
  await lockWarranty(trx, manufacturer.id, serial);
  const unit = await findUnit(trx, manufacturer.id, serial);
  if (!unit)
    throw new Problem('not-found', {
      field: '/serial',
      detail: 'The manufacturer has no unit of this serial number: compare it with the plate, or ask the manufacturer.',
    });
  const owners = await listOwners(trx, manufacturer.id, serial);
  const isKnown = owners.some((one) => one.command === command) || owners.at(-1)?.owner_id === owner.customer;
  if (owners.length > 0 && !isKnown)
    throw new Problem('already-exists', {
      field: '/serial',
      detail: 'The unit is registered already: its manufacturer hands it on.',
    });
  await addOwner(trx, manufacturer, owner);
}
