/** Everything under the account, for its user, also in the overdue days and while it winds down [P3, A5]. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findCredit, listConfirmations, listServiceTerms, listStatements } from '../../db/account-records.ts';
import type { Account } from '../../db/accounts.ts';
import { listFacts } from '../../db/analysis.ts';
import { listClaims } from '../../db/claims.ts';
import { listEvidence } from '../../db/evidence.ts';
import { findInstance, listAudit } from '../../db/instances.ts';
import { listNotices } from '../../db/notices.ts';
import { listAllocations, listOrders } from '../../db/orders.ts';
import { listReceipts } from '../../db/receipts.ts';
import { listRepairsOfAccount, partyIn } from '../../db/repairs.ts';
import { findServiceCenter, listAuthorisedCenters, listCenterModels } from '../../db/service-centers.ts';
import { listServiceLevels } from '../../db/service-levels.ts';
import { listEditionChanges } from '../../db/edition-changes.ts';
import { listSuspensions } from '../../db/suspensions.ts';
import { receiptSubject } from '../../db/vault.ts';
import { listCampaigns, listModels, listPolicies, listUnitsOfOwner, listWarrantyRows } from '../../db/warranty.ts';
import { numbersOf } from '../account-numbers.ts';
import { claimView } from '../claim-view.ts';
import { subscriptionId } from '../commands.ts';
import { contractNow } from '../contract-time.ts';
import type { Deps } from '../deps.ts';
import { evidenceView } from '../evidence.ts';
import { exportStream } from '../export-stream.ts';
import { AccountParams, Instant, Nullable } from '../fields.ts';
import { canonicalJson } from '../idempotency.ts';
import { noticeView } from '../notice-view.ts';
import { editionChangeView } from '../edition-change-view.ts';
import { orderView } from '../order-view.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { receiptView } from '../receipt-view.ts';
import { repairView } from '../repair-view.ts';

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
    files: Type.Record(Type.String(), Nullable(Type.String()), {
      description: 'What section `evidence` lists, by SHA-256, as base64; null: damaged where it is stored',
    }),
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
        files: {},
      },
    ],
  },
);

export const exports: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, vault, files, now } = deps;

  app.get(
    '/accounts/:accountId/export',
    {
      config: { access: 'account' },
      schema: {
        tags: ['Leaving'],
        summary: 'Export everything',
        description:
          'All data under the account, decrypted, with a manifest of counts and hashes, then its files. Open while the account is in force, overdue or winding down.',
        params: AccountParams,
        response: {
          200: {
            description: 'The export',
            content: { 'application/json': { schema: Type.Unsafe<Readable>(Exported) } },
          },
          ...errorResponses('forbidden', 'not-exportable'),
        },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      const instance = await findInstance(db, subscriptionId(account.id));
      if (!instance?.tags.includes('exportable')) {
        throw new Problem('not-exportable', instance ? { state: instance.words } : {});
      }
      const at = await contractNow(db, account.clock, now());
      const evidence = await listEvidence(db, account.id);
      const sections = { ...(await sectionsOf(account, at)), evidence: evidence.map(evidenceView) };
      void reply
        .type('application/json')
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="account-${account.number ?? account.id}.json"`);
      const records = {
        accountId: account.id,
        exportedAt: at.toISOString(),
        manifest: Object.entries(sections).map(([section, records]) => ({
          section,
          count: records.length,
          sha256: createHash('sha256').update(canonicalJson(records)).digest('hex'),
        })),
        sections,
      };
      const onUnreadable = (error: Error) =>
        request.log.error({ alarm: true, accountId: account.id }, `export: ${error.message}`);
      return reply.send(exportStream(records, evidence, files, onUnreadable));
    },
  );

  /** As the account sees them. */
  async function claimsOf(account: Account): Promise<unknown[]> {
    const claims = await listClaims(db, account.id, {});
    return await Promise.all(claims.map((claim) => claimView(deps, claim, account)));
  }

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
    const center = await findServiceCenter(db, account.id);
    const owners = await listWarrantyRows(db, 'unit_owners', account.id);
    const owned = await listUnitsOfOwner(db, account.id);
    const repairable = await listCenterModels(db, account.id);
    const numberOf = await numbersOf(db, [
      ...owners.map(({ owner_id }) => owner_id),
      ...owned.map(({ account_id }) => account_id),
      ...repairable.map(({ manufacturer_id }) => manufacturer_id),
    ]);
    const history = await listAudit(db, subscriptionId(account.id));
    return {
      account: [
        {
          accountId: account.id,
          accountNumber: account.number,
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
      models: (await listModels(db, account.id)).map(ownColumns),
      policies: (await listPolicies(db, account.id)).map(ownColumns),
      campaigns: (await listCampaigns(db, account.id)).map(ownColumns),
      units: (await listWarrantyRows(db, 'units', account.id)).map(ownColumns),
      owners: owners.map(({ owner_id, ...row }) => ({ ...ownColumns(row), customer: numberOf(owner_id) })),
      extensions: (await listWarrantyRows(db, 'warranty_extensions', account.id)).map(ownColumns),
      claimFacts: (await listFacts(db, 'claim_facts', account.id)).map(ownColumns),
      repairFacts: (await listFacts(db, 'repair_facts', account.id)).map(ownColumns),
      partFacts: (await listFacts(db, 'part_facts', account.id)).map(ownColumns),
      ownedUnits: owned.map(({ account_id, serial, model_id, since }) => ({
        manufacturer: numberOf(account_id),
        serial,
        model: model_id,
        since,
      })),
      claims: await claimsOf(account),
      editionChanges: (await listEditionChanges(db, account.id)).map(editionChangeView),
      suspensions: (await listSuspensions(db, account.id)).map(ownColumns),
      serviceLevels: (await listServiceLevels(db, account.id)).map(ownColumns),
      serviceCenter: center ? [ownColumns(center)] : [],
      serviceCenterModels: repairable.map(({ manufacturer_id, model_id }) => ({
        manufacturer: numberOf(manufacturer_id),
        model: model_id,
      })),
      authorisedCenters: (await listAuthorisedCenters(db, account.id)).map(({ number, authorised_at }) => ({
        center: number,
        since: authorised_at,
      })),
      unitExchanges: (await listWarrantyRows(db, 'unit_exchanges', account.id)).map(ownColumns),
      repairs: await repairsOf(account),
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

  /** As the account sees them: another party's side of a repair is not its data. */
  async function repairsOf({ id }: Account) {
    const rows = await listRepairsOfAccount(db, id);
    return await Promise.all(rows.map((row) => repairView(db, row, partyIn(row, id)!, now())));
  }
};

/** A row as the user's own record: without the key that says whose it is. */
function ownColumns<Row extends { readonly account_id: string }>(row: Row): Omit<Row, 'account_id'> {
  const { account_id: _, ...columns } = row;
  return columns;
}
