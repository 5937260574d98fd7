/** A subscription lives as a workflow from registration to erasure: one per account, id `subscription-<accountId>`. */
import { durable } from '../engine/durable.ts';
import { subscriptionEvents, subscriptionMachine } from '../machines/subscription.ts';
import type { SubscriptionContext } from '../machines/subscription.ts';
import { shared } from './durable-options.ts';

export const subscription = durable(subscriptionMachine, {
  ...shared,
  events: subscriptionEvents,
  version: '1',
  title: ({ role, edition }) => `Subscription: ${role}${edition === null ? '' : `, ${edition} edition`}`,
  tenant: (context: SubscriptionContext) => context.accountId,
});
