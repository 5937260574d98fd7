/** Everything under the account, for its user, also in the overdue days and while it winds down [P3, A5]. */
import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findCredit, listConfirmations, listServiceTerms, listStatements } from '../../db/account-records.ts';
import type { Account } from '../../db/accounts.ts';
import { findInstance, listAudit } from '../../db/instances.ts';
import { listNotices } from '../../db/notices.ts';
import { listAllocations, listOrders } from '../../db/orders.ts';
import { listReceipts } from '../../db/receipts.ts';
import { receiptSubject } from '../../db/vault.ts';
import { subscriptionId } from '../commands.ts';
import { contractNow } from '../contract-time.ts';
import type { Deps } from '../deps.ts';
import { AccountParams, Instant } from '../fields.ts';
import { canonicalJson } from '../idempotency.ts';
import { noticeView } from '../notice-view.ts';
import { orderView } from '../order-view.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { receiptView } from '../receipt-view.ts';

const Exported = Type.Object(
  {
    accountId: Type.String(),
    exportedAt: Instant('Contract time of the export'),
    manifest: Type.Array(
      Type.Object({
        section: Type.String(),
        count: Type.Integer(),
        sha256: Type.String({ description: 'Of the section as JSON with sorted keys and no spaces' }),
      }),
    ),
    sections: Type.Record(Type.String(), Type.Unknown(), { description: 'Each a list of records' }),
  },
  {
    examples: [
      {
        accountId: '2f1d4c1e-5a1b-8c3d-9e4f-0123456789ab',
        exportedAt: '2027-03-10T08:00:00.000Z',
        manifest: [
          { section: 'orders', count: 0, sha256: '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945' },
        ],
        sections: { orders: [] },
      },
    ],
  },
);

export const exports: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, vault, now } = deps;

  app.get(
    '/accounts/:accountId/export',
    {
      config: { access: 'account' },
      schema: {
        tags: ['Leaving'],
        summary: 'Export everything',
        description:
          'All data under the account, decrypted, with a manifest of counts and hashes. Open while the account is in force, overdue or winding down.',
        params: AccountParams,
        response: { 200: Exported, ...errorResponses('forbidden', 'not-exportable') },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      const instance = await findInstance(db, subscriptionId(account.id));
      if (!instance?.tags.includes('exportable')) {
        throw new Problem('not-exportable', instance ? { state: instance.words } : {});
      }
      const at = await contractNow(db, account.clock, now());
      const sections = await sectionsOf(account, at);
      void reply
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="account-${account.number ?? account.id}.json"`);
      return {
        accountId: account.id,
        exportedAt: at.toISOString(),
        manifest: Object.entries(sections).map(([section, records]) => ({
          section,
          count: records.length,
          sha256: createHash('sha256').update(canonicalJson(records)).digest('hex'),
        })),
        sections,
      };
    },
  );

  async function sectionsOf(account: Account, at: Date): Promise<Record<string, readonly unknown[]>> {
    const { organisation, contact } = await vault.list(db, account.id);
    const receipts = await listReceipts(db, { accountId: account.id });
    const withTransfers = await Promise.all(
      receipts.map(async (receipt) => ({
        ...receiptView(receipt),
        transfer: (await vault.get(db, receiptSubject(receipt.id), 'transfer')) ?? null,
      })),
    );
    const credit = await findCredit(db, account.id);
    const history = await listAudit(db, subscriptionId(account.id));
    return {
      account: [
        {
          accountId: account.id,
          number: account.number,
          role: account.role,
          edition: account.edition,
          registeredAt: account.created_at,
        },
      ],
      information: [{ organisation: organisation ?? {}, contact: contact ?? {} }],
      confirmations: (await listConfirmations(db, account.id)).map(ownColumns),
      orders: (await listOrders(db, account.id)).map((order) => orderView(order, at)),
      allocations: (await listAllocations(db, account.id)).map(ownColumns),
      terms: (await listServiceTerms(db, account.id)).map(ownColumns),
      credit: credit ? [{ amount: credit.balance, currency: credit.currency, at: credit.recorded_at }] : [],
      receipts: withTransfers,
      notices: (await listNotices(db, account.id)).map(noticeView),
      statements: (await listStatements(db, account.id)).map(ownColumns),
      history: history.map(({ sequence, at: when, causes, from, to, effects }) => ({
        sequence,
        at: when,
        causes,
        from,
        to,
        effects,
      })),
    };
  }
};

/** A row as the user's own record: without the key that says whose it is. */
function ownColumns<Row extends { readonly account_id: string }>(row: Row): Omit<Row, 'account_id'> {
  const { account_id: _, ...columns } = row;
  return columns;
}
