/** The renewal application, and the operator's verification of it [R2, R3]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Instance } from '../../db/instances.ts';
import { listOrders, type Order } from '../../db/orders.ts';
import { command, subscriptionId, waitFor } from '../commands.ts';
import { contractNow } from '../contract-time.ts';
import type { Deps } from '../deps.ts';
import { AccountId, AccountParams, CommandAnswer, Nullable, OrderNumber } from '../fields.ts';
import { commandId } from '../idempotency.ts';
import { orderIdOf, OrderView, orderView } from '../order-view.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { editionsIn, noticeAtIn, renewalIn } from '../subscription-context.ts';

const Application = Type.Object(
  { years: Type.Integer({ minimum: 1, maximum: 10, description: 'Years to add, each at the yearly price (C4)' }) },
  { additionalProperties: false, examples: [{ years: 1 }] },
);

const Verification = Type.Object(
  {
    outcome: Type.Enum(['verified', 'rejected']),
    reason: Type.Optional(
      Type.Enum(['notEligible', 'informationIncorrect', 'duplicate', 'withdrawn'], { description: 'Of a rejection' }),
    ),
  },
  { additionalProperties: false, examples: [{ outcome: 'verified' }, { outcome: 'rejected', reason: 'withdrawn' }] },
);

const Applied = Type.Object(
  { ...CommandAnswer.properties, order: Nullable(OrderView) },
  { examples: [{ state: 'A renewal is open', sequence: 21, readable: true, order: null }] },
);

export const renewals: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, subscriptions, options, now } = deps;

  app.post(
    '/accounts/:accountId/renewals',
    {
      config: { access: 'account', command: true },
      schema: {
        tags: ['Orders and renewals'],
        summary: 'Apply for renewal',
        description:
          'From the renewal notice on, and also in the overdue days: makes an order at the price in effect now. The term is extended when the application is verified and the order is paid, in either order; the years are added to the term, never counted from today.',
        params: AccountParams,
        body: Application,
        response: {
          201: Applied,
          202: Applied,
          ...errorResponses('body', 'idempotency-key-missing', 'event-refused', 'already-ended'),
        },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      const id = subscriptionId(account.id);
      const event = { type: 'renewal.requested' as const, years: request.body.years, by: 'user' };
      const present = await contractNow(db, account.clock, now());
      const answer = await command(deps, subscriptions, id, event, commandId(request, account.id), (instance) =>
        whyNot(instance, present),
      );
      // Issued some steps later; the next application has its own.
      let order: Order | undefined;
      await waitFor(options.readYourWritesMs, async () => {
        const orders = await listOrders(db, account.id);
        order = orders.find(({ kind, step }) => kind === 'renewal' && step > answer.sequence);
        return order !== undefined;
      });
      if (order)
        void reply.header(
          'location',
          `/accounts/${account.id}/orders/${order.id.slice(order.id.lastIndexOf('.o') + 2)}`,
        );
      return reply
        .code(order && answer.readable ? 201 : 202)
        .send({ ...answer, order: order ? orderView(order, present) : null });
    },
  );

  app.post(
    '/accounts/:accountId/renewals/:n/verification',
    {
      config: { access: 'operator', command: true },
      schema: {
        tags: ['Orders and renewals'],
        summary: 'Verify a renewal application',
        description:
          'By the operator; `n` is the number of its order. Rejected: the order is cancelled and what was paid becomes credit.',
        params: Type.Object({ accountId: AccountId, n: OrderNumber }),
        body: Verification,
        response: {
          200: CommandAnswer,
          202: CommandAnswer,
          ...errorResponses('body', 'idempotency-key-missing', 'event-refused', 'already-ended'),
        },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      const { outcome, reason } = request.body;
      const orderId = orderIdOf(account.id, request.params.n);
      if (outcome === 'rejected' && reason === undefined) {
        throw new Problem('invalid-request', { field: '/reason', detail: 'Say why, so that the user learns it.' });
      }
      if (outcome === 'verified' && reason !== undefined) {
        throw new Problem('invalid-request', { field: '/reason', detail: 'It belongs to a rejection; leave it out.' });
      }
      const event =
        reason === undefined
          ? { type: 'renewal.verified' as const, orderId, by: 'operator' }
          : { type: 'renewal.rejected' as const, orderId, reason, by: 'operator' };
      const answer = await command(
        deps,
        subscriptions,
        subscriptionId(account.id),
        event,
        commandId(request, account.id),
        ({ context }) => whyNotThis(renewalIn(context), request.params.n),
      );
      return reply.code(answer.readable ? 200 : 202).send(answer);
    },
  );
};

/** Before the notice the contract refuses; the caller learns from when on it will not. Nor with a renewal or upgrade that is open. */
function whyNot(instance: Instance, present: Date): { detail: string; notBefore?: string } | undefined {
  const { change } = editionsIn(instance.context);
  if (change?.kind === 'upgrade') {
    return { detail: `An upgrade to ${change.to} is under way: pay its order, or withdraw it, and then apply (E2).` };
  }
  const open = renewalIn(instance.context);
  if (open)
    return { detail: `A renewal is applied for already: ${open.isPaid ? verifiedFirst(open) : paidFirst(open)}` };
  const opens = noticeAtIn(instance.context);
  if (opens === undefined || Date.parse(opens) <= present.getTime()) return undefined;
  return {
    detail: `Applications for renewal are taken from ${opens} on, when the renewal notice is due (R2).`,
    notBefore: opens,
  };
}

const paidFirst = ({ n }: { n: number }): string => `pay order ${n}, or have it rejected before you apply anew (R3).`;
const verifiedFirst = ({ n }: { n: number }): string => `order ${n} is paid, and counts once it is verified (R3).`;

/** What is verified or rejected is the renewal that is open. */
function whyNotThis(open: ReturnType<typeof renewalIn>, n: string): { detail: string; field?: string } {
  if (!open) return { detail: 'No renewal is open: none is applied for, or it is verified and paid, or rejected.' };
  return String(open.n) === n
    ? { detail: `The renewal is verified already: ${paidFirst(open)}` }
    : { detail: `The open renewal is ${open.n}.`, field: 'n' };
}
