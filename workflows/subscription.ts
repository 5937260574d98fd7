/** A subscription lives as a workflow from registration to erasure: one per account, id `subscription-<accountId>`. */
import { durable } from '../engine/durable.ts';
import type { Json } from '../engine/machine.ts';
import type { KeptState } from '../engine/migration.ts';
import { subscriptionEvents, subscriptionMachine } from '../machines/subscription.ts';
import type { SubscriptionContext } from '../machines/subscription.ts';
import { sum } from '../machines/money.ts';
import { resolveTerms } from '../machines/terms.ts';
import { shared } from './durable-options.ts';

type Kept = Pick<KeptState, 'snapshot' | 'timers'>;

const fromEarlier = ({ version, ...kept }: KeptState): Kept => {
  const second = version === '1' ? fromVersion1(kept) : kept;
  return version === '1' || version === '2' ? fromVersion2(second) : second;
};

/** Version 1 knew neither suspensions nor changes of the edition: none stands, and none is under way. */
function fromVersion1({ snapshot, timers }: Kept): Kept {
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

/** Version 2 told receipts what is owed back at the deletion, and did not know what a year of an upgrade costs. */
function fromVersion2({ snapshot, timers }: Kept): Kept {
  const before = snapshot.context as unknown as SubscriptionContext;
  const paidUpgrades = before.paidUpgrades.map((upgrade) => {
    const { orderId, startsAt, endsAt } = upgrade;
    const applied = before.receipts.flatMap(({ allocations }) => allocations.filter((one) => one.orderId === orderId));
    const total = sum(applied.map(({ amount }) => amount));
    const last = before.paidTerms.find((term) => term.endsAt === endsAt);
    const year = last ? (Date.parse(endsAt) - Date.parse(last.startsAt)) / last.years : 0;
    const perYear = Math.round((total * year) / (Date.parse(endsAt) - Date.parse(startsAt)));
    return { ...upgrade, perYear, total };
  });
  const editionChange = snapshot.value === 'windingDown' ? null : before.editionChange;
  const changed = { paidUpgrades, editionChange, isMoneyReturned: false };
  return { snapshot: { ...snapshot, context: { ...snapshot.context, ...(changed as object) } }, timers };
}

export const subscription = durable(subscriptionMachine, {
  ...shared,
  events: subscriptionEvents,
  version: '3',
  migrate: fromEarlier,
  title: ({ role, edition }) => `Subscription: ${role}${edition === null ? '' : `, ${edition} edition`}`,
  tenant: (context: SubscriptionContext) => context.accountId,
});
