/** Another edition: a higher one at once for the difference of the rest of the term, a lower one at the renewal [E2]. */
import { Type, type Static } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { listEditionChanges, type EditionChange } from '../../db/edition-changes.ts';
import { type Instance } from '../../db/instances.ts';
import { findOrder } from '../../db/orders.ts';
import { isUpgrade } from '../../machines/entitlements.ts';
import type { Edition as EditionName } from '../../machines/agreement.ts';
import { command, subscriptionId, waitFor } from '../commands.ts';
import { contractNow } from '../contract-time.ts';
import type { Deps } from '../deps.ts';
import { EditionChangeView, editionChangeView } from '../edition-change-view.ts';
import { AccountParams, CommandAnswer, Edition, Nullable } from '../fields.ts';
import { commandId } from '../idempotency.ts';
import { OrderView, orderView } from '../order-view.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { editionsIn } from '../subscription-context.ts';

const Asked = Type.Object(
  { ...CommandAnswer.properties, change: Nullable(EditionChangeView), order: Nullable(OrderView) },
  { examples: [{ state: 'In force: service is on', sequence: 14, readable: true, change: null, order: null }] },
);

const errors = errorResponses('body', 'forbidden', 'event-refused', 'already-ended', 'engine-unavailable');

export const editions: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, subscriptions, options, now } = deps;
  const tags = ['Orders and renewals'];

  app.post(
    '/accounts/:accountId/edition-changes',
    {
      config: { access: 'account', command: true },
      schema: {
        tags,
        summary: 'Ask for another edition',
        description:
          'A higher edition makes an order of the difference in price, for the rest of the paid term, at the prices in effect now; it takes effect when the order is paid, and lapses unpaid without harm. A lower edition takes effect with the next renewal, which is at its price; repairs that are ordered by then are finished (E2, W3).',
        params: AccountParams,
        body: Type.Object({ edition: Edition }, { additionalProperties: false, examples: [{ edition: 'enterprise' }] }),
        response: { 201: Asked, 202: Asked, ...errors },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      if (account.role !== 'manufacturer') {
        throw new Problem('forbidden', { detail: 'Editions exist for manufacturers only; other roles have one plan.' });
      }
      const id = subscriptionId(account.id);
      const { edition } = request.body;
      const event = { type: 'edition.requested' as const, edition, by: 'user' };
      const answer = await command(deps, subscriptions, id, event, commandId(request, account.id), (instance) =>
        whyNot(instance, edition),
      );
      let change: EditionChange | undefined;
      // An upgrade has its order some steps later.
      await waitFor(options.readYourWritesMs, async () => {
        change = (await listEditionChanges(db, account.id)).find(({ step }) => step === answer.sequence);
        return change !== undefined && (change.state !== 'requested' || change.order_id !== null);
      });
      const order = change?.order_id ? await findOrder(db, change.order_id) : undefined;
      const present = await contractNow(db, account.clock, now());
      return reply.code(change && answer.readable ? 201 : 202).send({
        ...answer,
        change: change ? editionChangeView(change) : null,
        order: order ? orderView(order, present) : null,
      });
    },
  );

  app.post(
    '/accounts/:accountId/edition-changes/withdrawal',
    {
      config: { access: 'account', command: true },
      schema: {
        tags,
        summary: 'Keep the edition',
        description:
          'Withdraws an upgrade that is not paid, whose order is cancelled, or a downgrade whose renewal is not applied for.',
        params: AccountParams,
        body: Type.Object({}, { additionalProperties: false, examples: [{}] }),
        response: { 200: CommandAnswer, 202: CommandAnswer, ...errors },
      },
    },
    async (request, reply) => {
      const { id } = accountOf(request);
      const event = { type: 'edition.kept' as const, by: 'user' };
      const answer = await command(deps, subscriptions, subscriptionId(id), event, commandId(request, id), (instance) =>
        whyKept(instance),
      );
      return await reply.code(answer.readable ? 200 : 202).send(answer);
    },
  );

  app.get(
    '/accounts/:accountId/edition-changes',
    {
      config: { access: 'either' },
      schema: {
        tags,
        summary: 'Changes of the edition',
        description: 'That were asked for, oldest first, and what became of each.',
        params: AccountParams,
        response: { 200: Type.Array(EditionChangeView) },
      },
    },
    async (request): Promise<Static<typeof EditionChangeView>[]> =>
      (await listEditionChanges(db, accountOf(request).id)).map(editionChangeView),
  );
};

type Why = { detail: string; notBefore?: string } | undefined;

/** Why another edition cannot be asked for now, and the way out. */
function whyNot({ context, tags }: Instance, wanted: EditionName): Why {
  const { edition, change, isRenewalOpen } = editionsIn(context);
  if (edition === undefined) return undefined;
  if (tags.includes('windingDown')) return { detail: 'The agreement has ended.' };
  if (change?.kind === 'upgrade') {
    return { detail: `An upgrade to ${change.to} is under way: pay its order, or withdraw it, before another change.` };
  }
  if (change && change.effectiveAt !== null) {
    return {
      detail: `The renewal is paid at the edition ${change.to}, which begins at ${change.effectiveAt}; ask again from then on.`,
      notBefore: change.effectiveAt,
    };
  }
  if (change && isRenewalOpen) return { detail: renewalFirst(change.to) };
  if (change) {
    return { detail: `A downgrade to ${change.to} is agreed for the next renewal: withdraw it before another change.` };
  }
  if (edition === wanted) return { detail: `The edition is ${edition} already.` };
  if (!tags.includes('service') && !isRenewalOpen) {
    return isUpgrade(edition, wanted)
      ? { detail: 'An upgrade is possible while the service is on: pay the order or the renewal first.' }
      : { detail: 'The edition can be changed once the agreement is in force.' };
  }
  return {
    detail: 'A renewal is applied for: ask again when it is paid and verified, or have it rejected first.',
  };
}

function whyKept({ context, tags }: Instance): Why {
  const { change, isRenewalOpen } = editionsIn(context);
  if (tags.includes('windingDown')) return { detail: 'The agreement has ended.' };
  if (change === undefined) return { detail: 'No change of the edition is under way.' };
  if (isRenewalOpen) return { detail: renewalFirst(change.to) };
  return {
    detail: `The renewal is paid at the edition ${change.to}, so that the downgrade stands; an upgrade is possible once it is in effect.`,
  };
}

function renewalFirst(edition: string): string {
  return `The renewal at the edition ${edition} is applied for: as long as it is not in the term, the platform can reject it, and then the downgrade can be withdrawn.`;
}
