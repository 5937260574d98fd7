/** A manufacturer's product models, warranty policies and campaigns [W1]. Each is known by the name that its manufacturer gives it. */
import { Type, type Static } from 'typebox';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Account } from '../../db/accounts.ts';
import type { Trx } from '../../db/database.ts';
import {
  findModel,
  insertPolicy,
  listCampaigns,
  listModels,
  listPolicies,
  lockWarranty,
  putCampaign,
  putModel,
  type CampaignRow,
  type ModelRow,
  type PolicyRow,
} from '../../db/warranty.ts';
import { checkCampaign, checkComponents, checkPolicy } from '../../machines/warranty/check.ts';
import type { Campaign, Policy, Scope } from '../../machines/warranty/policy.ts';
import type { Component } from '../../machines/warranty/unit.ts';
import { contractNow } from '../contract-time.ts';
import type { Deps } from '../deps.ts';
import { AccountParams } from '../fields.ts';
import { canonicalJson, once } from '../idempotency.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { mustManageWarranty } from '../service-access.ts';
import { asProblem } from '../warranty-checks.ts';
import {
  CampaignForm,
  campaignExample,
  ModelForm,
  ModelId,
  Name,
  PolicyForm,
  PolicyId,
  policyExample,
} from '../warranty-fields.ts';

/** A policy of a manufacturer with many models. */
const POLICY_LIMIT = 1024 * 1024;

const modelExample = {
  name: 'Cordless drill 18 V',
  components: [
    { id: 'drive', partOf: null },
    { id: 'motor', partOf: 'drive' },
    { id: 'blade', partOf: null },
  ],
};
const closed = { additionalProperties: false } as const;
const ModelBody = Type.Object(ModelForm.properties, { ...closed, examples: [modelExample] });
const PolicyBody = Type.Object(PolicyForm.properties, { ...closed, examples: [policyExample] });
const CampaignBody = Type.Object(CampaignForm.properties, { ...closed, examples: [campaignExample] });
const ModelView = Type.Object(
  { id: ModelId, ...ModelForm.properties },
  { examples: [{ id: 'SD-18V', ...modelExample }] },
);
const PolicyView = Type.Object(
  { id: PolicyId, ...PolicyForm.properties },
  { examples: [{ id: 'standard-2026', ...policyExample }] },
);
const CampaignId = Name('Name of the campaign', 'recall-7');
const CampaignView = Type.Object(
  { id: CampaignId, ...CampaignForm.properties },
  { examples: [{ id: 'recall-7', ...campaignExample }] },
);

export const warrantyCatalogue: FastifyPluginAsyncTypebox<Deps> = async (app, { db, now }) => {
  const command = { config: { access: 'account', command: true } } as const;
  const common = { tags: ['Warranty'] };
  const problems = errorResponses('body', 'not-entitled', 'already-exists');

  app.put(
    '/accounts/:accountId/models/:modelId',
    {
      ...command,
      schema: {
        ...common,
        summary: 'Describe a product model',
        description:
          'By the manufacturer. A model that is there already is described anew: components may be added and moved, but none taken away, since units and policies name them.',
        params: Type.Object({ ...AccountParams.properties, modelId: ModelId }),
        body: ModelBody,
        response: { 200: ModelView, ...problems },
      },
    },
    async (request) => {
      const { modelId } = request.params;
      const { name, components } = request.body;
      asProblem(() => checkComponents('body.components', components));
      const account = await changing(request, async (trx, accountId, at) => {
        const known = await findModel(trx, accountId, modelId);
        const kept = new Set(components.map(({ id }) => id));
        if (((known?.components ?? []) as unknown as readonly Component[]).some(({ id }) => !kept.has(id))) {
          throw new Problem('already-exists', {
            field: '/components',
            detail: 'The model has a component that is left out here: name it too, since units and policies do.',
          });
        }
        await putModel(trx, { accountId, id: modelId, name, components, at });
      });
      return modelView((await findModel(db, account.id, modelId))!);
    },
  );

  app.get(
    '/accounts/:accountId/models',
    {
      config: { access: 'account' },
      schema: {
        ...common,
        summary: 'Product models',
        description: 'Of the manufacturer, by name.',
        params: AccountParams,
        response: { 200: Type.Array(ModelView), ...errorResponses('not-entitled') },
      },
    },
    async (request) => {
      const account = await manufacturer(accountOf(request));
      return (await listModels(db, account.id)).map(modelView);
    },
  );

  app.put(
    '/accounts/:accountId/policies/:policyId',
    {
      ...command,
      bodyLimit: POLICY_LIMIT,
      schema: {
        ...common,
        summary: 'Publish a warranty policy',
        description:
          'By the manufacturer. Lines by component, each with months and usage limits for parts, labour and shipping, and the day that it counts from. A published policy never changes: what was promised stays promised. A new one takes over for units whose cover starts in its days.',
        params: Type.Object({ ...AccountParams.properties, policyId: PolicyId }),
        body: PolicyBody,
        response: { 200: PolicyView, ...problems },
      },
    },
    async (request) => {
      const policy: Policy = { id: request.params.policyId, ...request.body };
      asProblem(() => checkPolicy('body', policy));
      const account = await changing(request, async (trx, accountId, at) => {
        await mustNameComponents(trx, accountId, policy.models, policy.lines, (line) => `/lines/${line}`);
        const known = (await listPolicies(trx, accountId)).find(({ id }) => id === policy.id);
        if (!known) return await insertPolicy(trx, accountId, policy.id, policy as never, at);
        const field = firstDifference(known.policy as object, policy);
        if (field !== undefined) {
          throw new Problem('already-exists', {
            field,
            detail:
              'A policy of this name is published and differs: what was promised stays. Publish it under another name, with the days in which it is in force.',
          });
        }
      });
      return policyView((await listPolicies(db, account.id)).find(({ id }) => id === policy.id)!);
    },
  );

  app.get(
    '/accounts/:accountId/policies',
    {
      config: { access: 'account' },
      schema: {
        ...common,
        summary: 'Warranty policies',
        description: 'Of the manufacturer, by name.',
        params: AccountParams,
        response: { 200: Type.Array(PolicyView), ...errorResponses('not-entitled') },
      },
    },
    async (request) => {
      const account = await manufacturer(accountOf(request));
      return (await listPolicies(db, account.id)).map(policyView);
    },
  );

  app.put(
    '/accounts/:accountId/campaigns/:campaignId',
    {
      ...command,
      bodyLimit: POLICY_LIMIT,
      schema: {
        ...common,
        summary: 'Open a campaign or recall',
        description:
          'By the manufacturer. Covers a component of the units named by serial numbers or batches, however old they are. Of a campaign that is there already only the last day may change, which is how it is withdrawn.',
        params: Type.Object({ ...AccountParams.properties, campaignId: CampaignId }),
        body: CampaignBody,
        response: { 200: CampaignView, ...problems },
      },
    },
    async (request) => {
      const campaign: Campaign = { id: request.params.campaignId, ...request.body };
      asProblem(() => checkCampaign('body', campaign));
      const account = await changing(request, async (trx, accountId, at) => {
        await mustNameComponents(trx, accountId, campaign.models, [campaign], () => '');
        const known = (await listCampaigns(trx, accountId)).find(({ id }) => id === campaign.id);
        const withoutEnd = { ...campaign, validUntil: null };
        const field = known && firstDifference({ ...(known.campaign as object), validUntil: null }, withoutEnd);
        if (field !== undefined)
          throw new Problem('already-exists', {
            field,
            detail:
              'A campaign of this name is open and differs in more than its end: open another one under another name.',
          });
        await putCampaign(trx, accountId, campaign.id, campaign as never, at);
      });
      return campaignView((await listCampaigns(db, account.id)).find(({ id }) => id === campaign.id)!);
    },
  );

  app.get(
    '/accounts/:accountId/campaigns',
    {
      config: { access: 'account' },
      schema: {
        ...common,
        summary: 'Campaigns and recalls',
        description: 'Of the manufacturer, by name.',
        params: AccountParams,
        response: { 200: Type.Array(CampaignView), ...errorResponses('not-entitled') },
      },
    },
    async (request) => {
      const account = await manufacturer(accountOf(request));
      return (await listCampaigns(db, account.id)).map(campaignView);
    },
  );

  async function manufacturer(account: Account): Promise<Account> {
    await mustManageWarranty(db, account);
    return account;
  }

  /** Changes follow each other, so that each knows the one before. */
  async function changing(
    request: FastifyRequest,
    change: (trx: Trx, accountId: string, at: string) => Promise<void>,
  ): Promise<Account> {
    const account = await manufacturer(accountOf(request));
    const at = (await contractNow(db, account.clock, now())).toISOString();
    await once(db, request, { accountId: account.id, at }, async (trx) => {
      await lockWarranty(trx, account.id);
      await change(trx, account.id, at);
    });
    return account;
  }
};

const modelView = ({ id, name, components }: ModelRow) => ({
  id,
  name,
  components: components as unknown as Static<typeof ModelForm>['components'],
});
const policyView = ({ policy }: PolicyRow) => policy as unknown as Static<typeof PolicyView>;
const campaignView = ({ campaign }: CampaignRow) => campaign as unknown as Static<typeof CampaignView>;

/** The first field of a form that is not as it is known, as a JSON pointer. */
function firstDifference(known: object, given: object): string | undefined {
  const [there, now] = [known, given] as { readonly [field: string]: unknown }[];
  const fields = Object.keys({ ...there, ...now });
  const differing = fields.find((field) => canonicalJson(there![field]) !== canonicalJson(now![field]));
  return differing && `/${differing}`;
}

/** A name with a slip of the pen would cover nothing, and nobody would notice before the first claim. */
async function mustNameComponents(
  trx: Trx,
  accountId: string,
  models: readonly string[],
  scopes: readonly Scope[],
  pointer: (n: number) => string,
): Promise<void> {
  const known = new Set<string>();
  for (const [n, modelId] of models.entries()) {
    const model = await findModel(trx, accountId, modelId);
    if (!model)
      throw new Problem('invalid-request', {
        field: `/models/${n}`,
        detail: 'There is no such model: describe it first.',
      });
    for (const { id } of model.components as unknown as readonly Component[]) known.add(id);
  }
  for (const [n, { components, except }] of scopes.entries()) {
    for (const [name, named] of Object.entries({ components: components === 'all' ? [] : components, except })) {
      const unknown = named.findIndex((id) => !known.has(id));
      if (unknown < 0) continue;
      throw new Problem('invalid-request', {
        field: `${pointer(n)}/${name}/${unknown}`,
        detail: 'None of the models has such a component.',
      });
    }
  }
}
