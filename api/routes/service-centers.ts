/** Service centers: what they say of themselves, and which manufacturer gives them repairs [W4]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findAccountByNumber, lockAccount, type Account } from '../../db/accounts.ts';
import {
  authoriseCenter,
  findServiceCenter,
  listAuthorisedCenters,
  listCenterModels,
  putServiceCenter,
  withdrawCenter,
  type CenterModel,
} from '../../db/service-centers.ts';
import { findModel } from '../../db/warranty.ts';
import { numbersOf } from '../account-numbers.ts';
import { contractNow } from '../contract-time.ts';
import type { Deps } from '../deps.ts';
import { AccountNumber, AccountParams, Instant, Nullable, Region } from '../fields.ts';
import { once } from '../idempotency.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { mustBeEntitled } from '../service-access.ts';
import { ModelId } from '../warranty-fields.ts';

const closed = { additionalProperties: false } as const;
const Maker = AccountNumber('the manufacturer');
const Center = AccountNumber('the service center');
const Models = Type.Array(Type.Object({ manufacturer: Maker, model: ModelId }, closed), {
  maxItems: 1000,
  description: 'What it can repair',
});
const example = {
  region: 'CN-GD',
  capacity: 20,
  models: [{ manufacturer: '10000017', model: 'SD-18V' }],
};
const Body = Type.Object(
  {
    region: Region('Where it is'),
    capacity: Type.Integer({ minimum: 0, maximum: 100_000, description: 'Orders at once' }),
    models: Models,
  },
  { ...closed, examples: [example] },
);
const View = Type.Object(
  {
    region: Region('Where it is'),
    capacity: Type.Integer(),
    models: Type.Array(Type.Object({ manufacturer: Nullable(Maker), model: ModelId })),
    declaredAt: Instant('When it said so'),
  },
  { examples: [{ ...example, declaredAt: '2027-03-08T02:00:00.000Z' }] },
);
const Authorised = Type.Object(
  { center: Nullable(Center), since: Instant('Since when') },
  { examples: [{ center: '10000033', since: '2027-03-08T02:00:00.000Z' }] },
);
const CenterParams = Type.Object({ ...AccountParams.properties, center: Center });

export const serviceCenters: FastifyPluginAsyncTypebox<Deps> = async (app, { db, now }) => {
  const tags = ['Service centers'];
  const command = { config: { access: 'account', command: true } } as const;
  const reading = { config: { access: 'account' } } as const;

  app.put(
    '/accounts/:accountId/service-center',
    {
      ...command,
      schema: {
        tags,
        summary: 'Say what you can repair',
        description: 'By a service center: region, how many orders at once, and models. Replaces what it said before.',
        params: AccountParams,
        body: Body,
        response: { 200: View, ...errorResponses('body', 'not-entitled', 'not-found') },
      },
    },
    async (request) => {
      const account = accountOf(request);
      await mustBeCenter(account);
      const { region, capacity, models } = request.body;
      const known: CenterModel[] = [];
      for (const [index, { manufacturer: number, model }] of models.entries()) {
        const manufacturer = await findAccountByNumber(db, number);
        if (!manufacturer || !(await findModel(db, manufacturer.id, model))) {
          throw new Problem('not-found', { field: `/models/${index}`, detail: 'There is no such model.' });
        }
        known.push({ manufacturerId: manufacturer.id, modelId: model });
      }
      const unique = new Map(known.map((one) => [`${one.manufacturerId} ${one.modelId}`, one]));
      const at = (await contractNow(db, account.clock, now())).toISOString();
      await once(db, request, { accountId: account.id, at }, async (trx) => {
        await lockAccount(trx, account.id);
        await putServiceCenter(trx, {
          account_id: account.id,
          region,
          capacity,
          declared_at: at,
          models: [...unique.values()],
        });
      });
      return await viewOf(account);
    },
  );

  app.get(
    '/accounts/:accountId/service-center',
    {
      ...reading,
      schema: {
        tags,
        summary: 'What you said you can repair',
        description: 'By a service center.',
        params: AccountParams,
        response: { 200: View, ...errorResponses('not-found', 'invalid-request') },
      },
    },
    async (request) => await viewOf(accountOf(request)),
  );

  app.put(
    '/accounts/:accountId/authorised-centers/:center',
    {
      ...command,
      schema: {
        tags,
        summary: 'Authorise a service center',
        description: 'By a manufacturer whose edition includes repair services: repairs are offered to it from now on.',
        params: CenterParams,
        body: Type.Object({}, { ...closed, examples: [{}] }),
        response: { 200: Type.Array(Authorised), ...errorResponses('body', 'not-entitled', 'not-found') },
      },
    },
    async (request) => {
      const account = accountOf(request);
      const center = await authorisable(account, request.params.center);
      const at = (await contractNow(db, account.clock, now())).toISOString();
      await once(db, request, { accountId: account.id, at }, (trx) => authoriseCenter(trx, account.id, center.id, at));
      return await authorisedBy(account);
    },
  );

  app.post(
    '/accounts/:accountId/authorised-centers/:center/withdrawal',
    {
      ...command,
      schema: {
        tags,
        summary: 'Withdraw the authorisation of a service center',
        description: 'By a manufacturer: no other repair is offered to it. What it has accepted stays with it.',
        params: CenterParams,
        body: Type.Object({}, { ...closed, examples: [{}] }),
        response: { 200: Type.Array(Authorised), ...errorResponses('body', 'not-entitled', 'not-found') },
      },
    },
    async (request) => {
      const account = accountOf(request);
      const center = await authorisable(account, request.params.center);
      const at = (await contractNow(db, account.clock, now())).toISOString();
      await once(db, request, { accountId: account.id, at }, (trx) => withdrawCenter(trx, account.id, center.id));
      return await authorisedBy(account);
    },
  );

  app.get(
    '/accounts/:accountId/authorised-centers',
    {
      ...reading,
      schema: {
        tags,
        summary: 'Authorised service centers',
        description: 'By a manufacturer, those authorised first at the top.',
        params: AccountParams,
        response: { 200: Type.Array(Authorised), ...errorResponses('invalid-request', 'not-entitled') },
      },
    },
    async (request) => {
      const account = accountOf(request);
      mustBeManufacturer(account);
      return await authorisedBy(account);
    },
  );

  async function mustBeCenter(account: Account): Promise<void> {
    if (account.role !== 'serviceCenter') {
      throw new Problem('not-entitled', { detail: 'Service centers say what they can repair.' });
    }
    await mustBeEntitled(db, account, 'repairServices');
  }

  function mustBeManufacturer(account: Account): void {
    if (account.role === 'manufacturer') return;
    throw new Problem('not-entitled', { detail: 'Manufacturers authorise service centers.' });
  }

  async function authorisable(account: Account, number: string): Promise<Account> {
    mustBeManufacturer(account);
    await mustBeEntitled(db, account, 'repairServices');
    const center = await findAccountByNumber(db, number);
    if (center?.role !== 'serviceCenter') {
      throw new Problem('not-found', { field: 'center', detail: 'No service center has this account number.' });
    }
    return center;
  }

  async function authorisedBy({ id }: Account) {
    const rows = await listAuthorisedCenters(db, id);
    return rows.map(({ number, authorised_at }) => ({ center: number, since: authorised_at }));
  }

  async function viewOf({ id }: Account) {
    const center = await findServiceCenter(db, id);
    if (!center) throw new Problem('not-found', { detail: 'Nothing was said yet.' });
    const models = await listCenterModels(db, id);
    const numberOf = await numbersOf(
      db,
      models.map(({ manufacturer_id }) => manufacturer_id),
    );
    return {
      region: center.region,
      capacity: center.capacity,
      models: models.map(({ manufacturer_id, model_id }) => ({
        manufacturer: numberOf(manufacturer_id),
        model: model_id,
      })),
      declaredAt: center.declared_at,
    };
  }
};
