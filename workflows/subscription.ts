/** A subscription lives as a workflow from registration to erasure: one per account, id `subscription-<accountId>`. */
import { durable } from '../engine/durable.ts';
import type { Json } from '../engine/machine.ts';
import type { KeptState } from '../engine/migration.ts';
import { subscriptionEvents, subscriptionMachine } from '../machines/subscription.ts';
import type { SubscriptionContext } from '../machines/subscription.ts';
import { shared } from './durable-options.ts';

/** Version 1 knew no suspensions: none stands. */
function withoutSuspension({ version, snapshot, timers }: KeptState): Pick<KeptState, 'snapshot' | 'timers'> {
  if (version !== '1') return { snapshot, timers };
  const value = snapshot.value as { readonly inForce?: { readonly [region: string]: Json } };
  const inForce = value.inForce && { inForce: { ...value.inForce, suspension: 'none' } };
  return {
    snapshot: { ...snapshot, value: inForce ?? snapshot.value, context: { ...snapshot.context, suspensions: [] } },
    timers,
  };
}

export const subscription = durable(subscriptionMachine, {
  ...shared,
  events: subscriptionEvents,
  version: '2',
  migrate: withoutSuspension,
  title: ({ role, edition }) => `Subscription: ${role}${edition === null ? '' : `, ${edition} edition`}`,
  tenant: (context: SubscriptionContext) => context.accountId,
});
