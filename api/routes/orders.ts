/** Orders and their pages [C3]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findOrder, listOrders } from '../../db/orders.ts';
import { contractNow } from '../contract-time.ts';
import type { Deps } from '../deps.ts';
import { AccountId, AccountParams, OrderNumber } from '../fields.ts';
import { preferred } from '../media-type.ts';
import { OrderPage, orderPageOf } from '../order-page.ts';
import { orderIdOf, OrderView, orderView } from '../order-view.ts';
import { orderPage } from '../pages/order.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';

export const orders: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, now } = deps;

  app.get(
    '/accounts/:accountId/orders',
    {
      config: { access: 'either' },
      schema: {
        tags: ['Orders and renewals'],
        summary: 'All orders of the account',
        description: 'Oldest first. An order keeps the price it was made with (C8).',
        params: AccountParams,
        response: { 200: Type.Array(OrderView, { examples: [[]] }) },
      },
    },
    async (request) => {
      const account = accountOf(request);
      const present = await contractNow(db, account.clock, now());
      return (await listOrders(db, account.id)).map((order) => orderView(order, present));
    },
  );

  app.get(
    '/accounts/:accountId/orders/:n',
    {
      config: { access: 'either' },
      schema: {
        tags: ['Orders and renewals'],
        summary: 'The order page',
        description:
          'Role, edition, price, due date, counterparty, bank details and payment reference, as JSON or as an HTML page, whichever `Accept` prefers. A browser may sign in with the account’s id and token.',
        params: Type.Object({ accountId: AccountId, n: OrderNumber }),
        response: {
          200: {
            description: 'The order',
            content: { 'application/json': { schema: OrderPage }, 'text/html': { schema: { type: 'string' } } },
          },
          ...errorResponses('not-found', 'account-erased', 'invalid-request', 'not-acceptable'),
        },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      const wanted = preferred(request.headers.accept, 'html');
      const order = await findOrder(db, orderIdOf(account.id, request.params.n));
      if (!order || order.account_id !== account.id) throw new Problem('not-found');
      const shown = await orderPageOf(deps, account, order);
      void reply.header('vary', 'accept').header('cache-control', 'no-store');
      if (wanted === 'json') return reply.type('application/json').send(shown);
      return reply.type('text/html; charset=utf-8').serializer(asIs).send(orderPage(shown));
    },
  );
};

const asIs = (page: unknown): string => String(page);
