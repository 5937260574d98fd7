/** A subscription lives as a workflow from registration to erasure: one per account, id `subscription-<accountId>`. */
import { durable } from '../engine/durable.ts';
import type { Json } from '../engine/machine.ts';
import type { KeptState } from '../engine/migration.ts';
import { subscriptionEvents, subscriptionMachine } from '../machines/subscription.ts';
import type { SubscriptionContext } from '../machines/subscription.ts';
import { resolveTerms } from '../machines/terms.ts';
import { shared } from './durable-options.ts';

/** Version 1 knew neither suspensions nor changes of the edition: none stands, and none is under way. */
function fromVersion1({ version, snapshot, timers }: KeptState): Pick<KeptState, 'snapshot' | 'timers'> {
  if (version !== '1') return { snapshot, timers };
  const value = snapshot.value as { readonly inForce?: { readonly [region: string]: Json } };
  const inForce = value.inForce && { inForce: { ...value.inForce, suspension: 'none', edition: 'steady' } };
  const before = snapshot.context as unknown as SubscriptionContext;
  const order = before.order && { ...before.order, edition: before.edition, replaces: null };
  // A term that the version of the agreement did not have yet.
  const terms = { ...before.terms, upgradeDue: resolveTerms().upgradeDue };
  const added = { suspensions: [], editionChanges: 0, editionChange: null, paidUpgrades: [], order, terms };
  const context = { ...snapshot.context, ...(added as object) };
  return { snapshot: { ...snapshot, value: inForce ?? snapshot.value, context }, timers };
}

export const subscription = durable(subscriptionMachine, {
  ...shared,
  events: subscriptionEvents,
  version: '2',
  migrate: fromVersion1,
  title: ({ role, edition }) => `Subscription: ${role}${edition === null ? '' : `, ${edition} edition`}`,
  tenant: (context: SubscriptionContext) => context.accountId,
});
