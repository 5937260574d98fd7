/** Price lists: what a year costs, by role and edition, from a date; also for one account alone [E3, C8]. */
import { Type, type Static } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findAccount } from '../../db/accounts.ts';
import { insertPriceList, listPriceLists, type PriceList } from '../../db/price-lists.ts';
import { editionProblem } from '../../machines/agreement.ts';
import type { Deps } from '../deps.ts';
import { accountErased } from '../erased.ts';
import { AccountId, Currency, Edition, Instant, KnownCurrency, Minor, Nullable, Role } from '../fields.ts';
import { commandId, uuidFrom } from '../idempotency.ts';
import { errorResponses, Problem } from '../problems.ts';

const Body = Type.Object(
  {
    role: Role,
    edition: Type.Optional(Nullable(Edition)),
    currency: KnownCurrency,
    yearlyAmount: Minor('Price of one year'),
    effectiveFrom: Instant('From when orders take this price'),
    effectiveUntil: Type.Optional(Nullable(Instant('Until when, for a promotion'))),
    accountId: Type.Optional(Nullable(AccountId)),
  },
  {
    additionalProperties: false,
    examples: [
      {
        role: 'manufacturer',
        edition: 'professional',
        currency: 'CNY',
        yearlyAmount: 1200000,
        effectiveFrom: '2026-01-01T00:00:00.000Z',
      },
    ],
  },
);

const View = Type.Object(
  {
    id: Type.String(),
    role: Role,
    edition: Nullable(Edition),
    currency: Currency,
    yearlyAmount: Minor('Price of one year'),
    effectiveFrom: Instant('From when'),
    effectiveUntil: Nullable(Instant('Until when')),
    accountId: Nullable(Type.String({ description: 'Set: a price for this account alone' })),
  },
  {
    examples: [
      {
        id: '5b0a3a0e-98f4-8a0b-9a4c-6a9e0f1c2d3e',
        role: 'manufacturer',
        edition: 'professional',
        currency: 'CNY',
        yearlyAmount: 1200000,
        effectiveFrom: '2026-01-01T00:00:00.000Z',
        effectiveUntil: null,
        accountId: null,
      },
    ],
  },
);

export const priceLists: FastifyPluginAsyncTypebox<Deps> = async (app, { db, now }) => {
  app.get(
    '/price-lists',
    {
      config: { access: 'operator' },
      schema: {
        tags: ['Agreement'],
        summary: 'All price lists',
        description: 'Past, present and future. An order keeps the price it was made with.',
        response: { 200: Type.Array(View) },
      },
    },
    async () => (await listPriceLists(db)).map(view),
  );

  app.post(
    '/price-lists',
    {
      config: { access: 'operator', command: true },
      schema: {
        tags: ['Agreement'],
        summary: 'Add a price list',
        description:
          'Orders made from `effectiveFrom` on take this price; where several are in effect, that of the latest `effectiveFrom`, of these the one that was added last; and an account’s own before all others.',
        body: Body,
        response: { 201: View, ...errorResponses('body', 'not-found', 'account-erased') },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const edition = body.edition ?? null;
      const mismatch = editionProblem(body.role, edition);
      if (mismatch !== null) throw new Problem('invalid-request', { field: '/edition', detail: `${mismatch}.` });
      const effectiveFrom = new Date(body.effectiveFrom).toISOString();
      const effectiveUntil = body.effectiveUntil ? new Date(body.effectiveUntil).toISOString() : null;
      if (effectiveUntil !== null && effectiveUntil <= effectiveFrom) {
        throw new Problem('invalid-request', { field: '/effectiveUntil', detail: 'It must be after effectiveFrom.' });
      }
      const id = uuidFrom('price list', commandId(request, ''));
      const list = {
        id,
        role: body.role,
        edition,
        currency: body.currency,
        yearlyAmount: body.yearlyAmount,
        effectiveFrom,
        effectiveUntil,
        accountId: body.accountId ?? null,
      };
      if (list.accountId !== null) {
        const account = await findAccount(db, list.accountId);
        if (!account) throw new Problem('not-found', { field: '/accountId' });
        if (account.erased_at !== null) throw await accountErased(db, account);
      }
      if (!(await insertPriceList(db, { ...list, createdAt: now().toISOString() }))) {
        const earlier = (await listPriceLists(db)).find((one) => one.id === id);
        if (!earlier || JSON.stringify(view(earlier)) !== JSON.stringify(list)) {
          throw new Problem('idempotency-key-reused', { field: 'Idempotency-Key' });
        }
      }
      reply.code(201);
      return list;
    },
  );
};

function view(list: PriceList): Static<typeof View> {
  return {
    id: list.id,
    role: list.role,
    edition: list.edition,
    currency: list.currency,
    yearlyAmount: list.yearly_amount,
    effectiveFrom: list.effective_from,
    effectiveUntil: list.effective_until,
    accountId: list.account_id,
  };
}
