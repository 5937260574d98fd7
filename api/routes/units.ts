/** Units by serial number: made, sold, handed on, extended, and what covers a failure of one [W1]. */
import { Type, type Static } from 'typebox';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findAccountByNumber, type Account } from '../../db/accounts.ts';
import type { Trx } from '../../db/database.ts';
import {
  findModel,
  findUnit,
  insertExtension,
  insertUnits,
  listExtensions,
  listPolicies,
  listUnits,
  lockWarranty,
  setUnitDates,
  type NewUnit,
  type UnitRow,
} from '../../db/warranty.ts';
import { dayOf } from '../../machines/calendar.ts';
import { checkExtension } from '../../machines/warranty/check.ts';
import { coverage } from '../../machines/warranty/coverage.ts';
import { implausible } from '../../machines/warranty/owners.ts';
import type { Extension, Policy } from '../../machines/warranty/policy.ts';
import { contractNow } from '../contract-time.ts';
import { countingOf, questionAbout } from '../../records/coverage-question.ts';
import { CoverageQuery, CoverageView, coverageView, failureIn } from '../coverage-view.ts';
import type { Deps } from '../deps.ts';
import { accountErased } from '../erased.ts';
import { AccountNumber, AccountParams, Day, Nullable, Region } from '../fields.ts';
import { canonicalJson, commandId, once } from '../idempotency.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { mustManageWarranty } from '../service-access.ts';
import { addOwner } from '../unit-owners.ts';
import { existingUnit, UnitParams, UnitView, unitView } from '../unit-view.ts';
import { asProblem } from '../warranty-checks.ts';
import {
  Batch,
  Dates,
  DatesForm,
  ExtensionForm,
  extensionExample,
  ModelId,
  Proof,
  Serial,
} from '../warranty-fields.ts';

const closed = { additionalProperties: false } as const;
const ListedUnit = Type.Object(
  { serial: Serial, model: ModelId, batch: Nullable(Batch), dates: Dates },
  { examples: [{ serial: 'SD18-000123', model: 'SD-18V', batch: null, dates: { shipment: '2026-04-01' } }] },
);

const UnitBody = Type.Object(
  { model: ModelId, batch: Type.Optional(Nullable(Batch)), dates: Type.Optional(DatesForm) },
  { ...closed, examples: [{ model: 'SD-18V', batch: '2026-W14', dates: { shipment: '2026-04-01' } }] },
);
const SaleBody = Type.Object(
  {
    on: Day('Day of the sale, or of the transfer'),
    customer: Type.Optional(Nullable(AccountNumber('the customer'))),
    region: Type.Optional(Nullable(Region('Where the owner has it'))),
    proof: Type.Optional(Nullable(Proof)),
  },
  {
    ...closed,
    examples: [
      { on: '2026-05-20', customer: '10000042', region: 'CN-GD', proof: { kind: 'invoice', sha256: '0'.repeat(64) } },
    ],
  },
);
export const units: FastifyPluginAsyncTypebox<Deps> = async (app, { db, now }) => {
  const tags = ['Warranty'];
  const command = { config: { access: 'account', command: true } } as const;
  const reading = { config: { access: 'account' } } as const;

  app.put(
    '/accounts/:accountId/units/:serial',
    {
      ...command,
      schema: {
        tags,
        summary: 'Enter a unit',
        description:
          'By the manufacturer. Days are of 1970 or later and have come. Of a unit that is there already they may be given anew, null takes one away, and those left out stay; its model and batch stay, and a batch may be left out. Many at once: POST …/units.',
        params: UnitParams,
        body: UnitBody,
        response: { 200: UnitView, ...errorResponses('body', 'not-entitled', 'already-exists') },
      },
    },
    async (request) => {
      const { serial } = request.params;
      const { model, batch, dates = {} } = request.body;
      return await changing(request, serial, async (trx, account, at) => {
        if (!(await findModel(trx, account.id, model)))
          throw new Problem('invalid-request', {
            field: '/model',
            detail: 'There is no such model: describe it first.',
          });
        const known = await findUnit(trx, account.id, serial);
        const field = known && otherThan(known, model, batch);
        if (field)
          throw new Problem('already-exists', {
            field: `/${field}`,
            detail: `The unit of this serial number has another ${field}, which stays.`,
          });
        const today = dayOf(at, (await countingOf(trx, account)).timeZone);
        for (const [basis, day] of Object.entries(dates)) {
          const problem = day === null ? undefined : implausible(day, today);
          if (problem !== undefined)
            throw new Problem('invalid-request', { field: `/dates/${basis}`, detail: `It ${problem}.` });
        }
        const days = Object.entries({ ...known?.dates, ...dates }).filter(([, day]) => day !== null);
        const all = Object.fromEntries(days) as NewUnit['dates'];
        if (known) await setUnitDates(trx, account.id, serial, all);
        else await insertUnits(trx, account.id, [{ serial, modelId: model, batch: batch ?? null, dates: all }], at);
      });
    },
  );

  app.get(
    '/accounts/:accountId/units',
    {
      ...reading,
      schema: {
        tags,
        summary: 'Units',
        description: 'Of the manufacturer, by serial number, 500 at a time: `after` the last one of the page before.',
        params: AccountParams,
        querystring: Type.Object({ after: Type.Optional(Serial) }, closed),
        response: { 200: Type.Array(ListedUnit), ...errorResponses('invalid-request', 'not-entitled') },
      },
    },
    async (request) => {
      const account = accountOf(request);
      await mustManageWarranty(db, account);
      const { after } = request.query;
      const rows = await listUnits(db, account.id, { ...(after === undefined ? {} : { after }), limit: 500 });
      return rows.map(({ serial, model_id, batch, dates }) => ({ serial, model: model_id, batch, dates }));
    },
  );

  app.get(
    '/accounts/:accountId/units/:serial',
    {
      ...reading,
      schema: {
        tags,
        summary: 'One unit',
        description: 'Of the manufacturer, with its owners and extensions.',
        params: UnitParams,
        response: { 200: UnitView, ...errorResponses('not-found', 'invalid-request', 'not-entitled') },
      },
    },
    async (request) => {
      const account = accountOf(request);
      await mustManageWarranty(db, account);
      return await unitView(db, await existingUnit(db, account, request.params.serial));
    },
  );

  app.post(
    '/accounts/:accountId/units/:serial/owners',
    {
      ...command,
      schema: {
        tags,
        summary: 'Register a sale or a transfer',
        description:
          'By the manufacturer. The first owner is the sale: its day is the proof of purchase where a document shows it, which is uploaded before. Each later one is a transfer, which some warranties do not survive. The same owner said again is no transfer.',
        params: UnitParams,
        body: SaleBody,
        response: {
          200: UnitView,
          ...errorResponses(
            'body',
            'not-found',
            'not-entitled',
            'account-erased',
            'already-exists',
            'unknown-evidence',
          ),
        },
      },
    },
    async (request) => {
      const { on, customer: number = null, region = null, proof = null } = request.body;
      const customer = number === null ? null : await customerOf(number);
      const { serial } = request.params;
      const account = accountOf(request);
      const id = commandId(request, `${account.id} ${serial}`);
      return await changing(request, serial, (trx, manufacturer, at) =>
        addOwner(trx, manufacturer, { serial, on, customer, region, proof, giver: account.id, command: id, at }),
      );
    },
  );

  app.post(
    '/accounts/:accountId/units/:serial/extensions',
    {
      ...command,
      schema: {
        tags,
        summary: 'Add a warranty extension',
        description: 'By the manufacturer: more months or usage for lines of a policy, bought for this unit.',
        params: UnitParams,
        body: Type.Object(ExtensionForm.properties, { ...closed, examples: [extensionExample] }),
        response: { 200: UnitView, ...errorResponses('body', 'not-found', 'not-entitled', 'already-exists') },
      },
    },
    async (request) => {
      const extension: Extension = request.body;
      const { serial } = request.params;
      return await changing(request, serial, async (trx, account, at) => {
        await existingUnit(trx, account, serial);
        const policies = (await listPolicies(trx, account.id)).map(({ policy }) => policy as unknown as Policy);
        asProblem(() => checkExtension('body', extension, policies));
        const known = (await listExtensions(trx, account.id, serial)).find(({ id }) => id === extension.id);
        if (known && canonicalJson(known.extension) !== canonicalJson(extension))
          throw new Problem('already-exists', {
            field: '/id',
            detail: 'The unit has an extension of this name that differs.',
          });
        if (!known)
          await insertExtension(trx, {
            accountId: account.id,
            serial,
            id: extension.id,
            extension: extension as never,
            at,
          });
      });
    },
  );

  app.get(
    '/accounts/:accountId/units/:serial/coverage',
    {
      ...reading,
      schema: {
        tags,
        summary: 'What covers a failure',
        description:
          'By the manufacturer. For parts, labour and shipping: whether it is covered, how much, by which line and until when, and what speaks for and against every line.',
        params: UnitParams,
        querystring: CoverageQuery,
        response: { 200: CoverageView, ...errorResponses('not-found', 'invalid-request', 'not-entitled') },
      },
    },
    async (request) => {
      const account = accountOf(request);
      await mustManageWarranty(db, account);
      const unit = await existingUnit(db, account, request.params.serial);
      const question = await questionAbout(db, account, unit, failureIn(request.query));
      const { component } = question.failure;
      if (component !== null && !question.unit.model.components.some(({ id }) => id === component))
        throw new Problem('invalid-request', { field: 'component', detail: 'The model has no such component.' });
      return coverageView(unit.serial, coverage(question));
    },
  );

  /** Changes of one unit follow each other, so that each knows the one before. */
  async function changing(
    request: FastifyRequest,
    serial: string,
    change: (trx: Trx, account: Account, at: string) => Promise<void>,
  ): Promise<Static<typeof UnitView>> {
    const account = accountOf(request);
    await mustManageWarranty(db, account);
    const at = (await contractNow(db, account.clock, now())).toISOString();
    await once(db, request, { accountId: account.id, at }, async (trx) => {
      await lockWarranty(trx, account.id, serial);
      await change(trx, account, at);
    });
    return await unitView(db, await existingUnit(db, account, serial));
  }

  async function customerOf(number: string): Promise<string> {
    const customer = await findAccountByNumber(db, number);
    if (customer && customer.erased_at !== null) throw await accountErased(db, customer);
    if (customer?.role !== 'customer')
      throw new Problem('not-found', { field: '/customer', detail: 'Name the account number of a customer.' });
    return customer.id;
  }
};

/** What cannot be as it is in a unit that is there; a batch that is left out stays. */
function otherThan(known: UnitRow, model: string, batch: string | null | undefined): 'model' | 'batch' | undefined {
  if (known.model_id !== model) return 'model';
  return batch === undefined || batch === known.batch ? undefined : 'batch';
}
