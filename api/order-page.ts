/** All that the order page says [C3]: the order, who sells, and where the money goes. */
import { Type, type Static } from 'typebox';
import { findAgreementInEffect, findAgreementVersion } from '../db/agreements.ts';
import type { Account } from '../db/accounts.ts';
import type { Order } from '../db/orders.ts';
import { resolveTerms } from '../machines/terms.ts';
import { contractNow } from './contract-time.ts';
import type { Deps } from './deps.ts';
import { Nullable } from './fields.ts';
import { OrderView, orderView } from './order-view.ts';
import { Problem } from './problems.ts';

export const OrderPage = Type.Object(
  {
    ...OrderView.properties,
    role: Type.String(),
    promotion: Nullable(Type.String({ description: 'Set when the price is a promotion' })),
    tax: Nullable(Type.String({ description: 'Tax in the price, if any is stated' })),
    timeZone: Type.String({ description: 'Zone in which the agreement counts days' }),
    counterparty: Type.Object({ name: Type.String(), address: Type.Optional(Type.String()) }),
    bankAccount: Type.Object({ receivingUnit: Type.String(), bank: Type.String(), accountNumber: Type.String() }),
  },
  {
    examples: [
      {
        orderId: '2f1d4c1e-5a1b-8c3d-9e4f-0123456789ab.o1',
        n: 1,
        kind: 'registration',
        status: 'open',
        edition: 'professional',
        replaces: null,
        years: 1,
        unitPrice: 1200000,
        total: 1200000,
        received: 0,
        outstanding: 1200000,
        currency: 'CNY',
        reference: 'RF18539007547034',
        issuedAt: '2026-05-01T02:00:00.000Z',
        dueAt: '2026-05-15T16:00:00.000Z',
        due: 'in 14 days',
        role: 'manufacturer',
        promotion: null,
        tax: null,
        timeZone: 'Asia/Shanghai',
        counterparty: { name: 'Example Warranty Cloud Co., Ltd.', address: '1 Sample Road, Tianjin' },
        bankAccount: {
          receivingUnit: 'Example Warranty Cloud Co., Ltd.',
          bank: 'Bank of Examples',
          accountNumber: '000000000000',
        },
      },
    ],
  },
);
export type OrderPage = Static<typeof OrderPage>;

/** Bank details are those of the agreement version that the account is under. */
export async function orderPageOf(deps: Pick<Deps, 'db' | 'now'>, account: Account, order: Order): Promise<OrderPage> {
  const { db, now: realNow } = deps;
  const now = await contractNow(db, account.clock, realNow());
  const agreement =
    account.agreement_version === null
      ? await findAgreementInEffect(db, now.toISOString())
      : await findAgreementVersion(db, account.agreement_version);
  if (!agreement || account.role === null) throw new Problem('not-found');
  const { name, address } = agreement.counterparty;
  const { receivingUnit, bank, accountNumber } = agreement.bank_account;
  return {
    ...orderView(order, now),
    role: account.role,
    promotion: null,
    tax: null,
    timeZone: resolveTerms(agreement.terms).timeZone,
    counterparty: { name, ...(address === undefined ? {} : { address }) },
    bankAccount: { receivingUnit, bank, accountNumber },
  };
}
