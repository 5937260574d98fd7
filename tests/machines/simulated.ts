/** Subscriptions under a simulated clock, as the tests of the machines drive them; every step is checked for what always holds. */
import { expect } from 'vitest';
import { simulate } from '../../engine/simulate.ts';
import type { Simulation } from '../../engine/simulate.ts';
import type { Activities, IssueOrder, PostNotice } from '../../machines/activities.ts';
import type { Edition, Role } from '../../machines/agreement.ts';
import type { Effects } from '../../machines/effects.ts';
import { entitlements } from '../../machines/entitlements.ts';
import { applied } from '../../machines/ledger.ts';
import { subscriptionMachine } from '../../machines/subscription.ts';
import type { SubscriptionPublicEvent } from '../../machines/subscription-events.ts';
import { resolveTerms } from '../../machines/terms.ts';

export const accountId = 'a0000000-0000-4000-8000-000000000001';
export const textHash = 'a'.repeat(64);
export const price = 100_000;

type Answered = 'issueOrder' | 'askUpgradePrice' | 'assignAccountNumber' | 'postNotice' | 'awaitReceipts';

export interface Setting {
  at?: string;
  role?: Role;
  edition?: Edition | null;
  terms?: { [name: string]: unknown };
  missing?: string[];
  /** Yearly price of the edition at a moment; CNY 1,000.00 unless told. */
  priceAt?: (at: string, edition: Edition | null) => number;
  currency?: string;
  /** False: no upgrade has a price. */
  isPriced?: boolean;
  /** Activities that stay unanswered until the test answers them in `pending`. */
  unanswered?: Answered[];
  /** False leaves out the checks of every step, for who replays a way only to see where it leads. */
  checked?: boolean;
}

export type Subscription = ReturnType<typeof subscribe>;

/** A subscription that has just been started. */
export function subscribe(setting: Setting = {}) {
  const { at = '2027-03-10T02:00:00.000Z', role = 'manufacturer', currency = 'CNY' } = setting;
  const terms = resolveTerms(setting.terms);
  let notices = 0;
  const all: { [Name in Answered]: (input: Activities[Name][0], at: string) => Activities[Name][1] } = {
    issueOrder: ({ at: asked, edition, replaces, orderId }: IssueOrder) => {
      const priceOf = (one: Edition | null) => setting.priceAt?.(asked, one) ?? price;
      return {
        priceListId: `list-${priceOf(edition)}`,
        unitPrice: Math.max(0, priceOf(edition) - (replaces === null ? 0 : priceOf(replaces))),
        currency,
        reference: `RF00${orderId.split('.')[1] ?? ''}`,
        counterpartyId: 'counterparty',
      };
    },
    askUpgradePrice: () => ({ isPriced: setting.isPriced !== false }),
    assignAccountNumber: () => ({ number: '10000017' }),
    awaitReceipts: () => ({ decided: true }),
    postNotice: (input: PostNotice) => {
      notices += 1;
      const warning = input.kind === 'overdueWarning' || input.kind === 'registrationOverdueWarning';
      return { noticeId: `${input.kind}-${notices}`, certificateNumber: warning ? `E-${notices}` : null };
    },
  };
  const answers = Object.fromEntries(
    Object.entries(all).filter(([name]) => !setting.unanswered?.includes(name as Answered)),
  );
  const simulation = simulate(subscriptionMachine, {
    at,
    input: {
      accountId,
      role,
      edition: setting.edition ?? (role === 'manufacturer' ? 'professional' : null),
      agreement: { version: '1', textHash },
      terms,
      missing: setting.missing ?? [],
    },
    answers,
  });
  let receipts = 0;
  const snapshot = () => simulation.actor.getSnapshot();
  const check = () => setting.checked !== false && holds(self);

  const self = {
    ...simulation,
    terms,
    context: () => snapshot().context,
    value: () => snapshot().value,
    tags: () => [...snapshot().tags].toSorted(),
    has: (
      tag: 'service' | 'suspended' | 'readable' | 'exportable' | 'overdue' | 'windingDown' | 'payable' | 'paying',
    ) => snapshot().hasTag(tag),
    in: (path: string) => paths(snapshot().value).includes(path),
    ended: () => snapshot().status === 'done',
    can: (event: SubscriptionPublicEvent) => snapshot().status === 'active' && snapshot().can(event),
    /** Sends an event that must be taken. */
    send(event: SubscriptionPublicEvent) {
      expect(self.can(event), `${event.type} is taken in ${JSON.stringify(snapshot().value)}`).toBe(true);
      simulation.actor.send(event);
      check();
      return self;
    },
    to(instant: string) {
      simulation.advanceTo(instant);
      check();
      return self;
    },
    by(milliseconds: number) {
      simulation.advanceBy(milliseconds);
      check();
      return self;
    },
    recorded: <Name extends keyof Effects>(name: Name) =>
      simulation.effects.filter((one) => one.name === name).map((one) => one.params as Effects[Name]),
    /** Instants at which notices of this kind were delivered. */
    notices: (kind: PostNotice['kind']) =>
      simulation.effects
        .filter((one) => one.name === 'recordNoticeDelivered')
        .map((one) => one.params as Effects['recordNoticeDelivered'])
        .filter((one) => one.noticeId.startsWith(`${kind}-`))
        .map((one) => one.deliveredAt),
    told: (receiptId: string) =>
      simulation.messages.filter((one) => one.message.to.id === `receipt-${receiptId}`).map((one) => one.message.event),

    confirm: () => self.send({ type: 'agreement.confirmed', version: '1', textHash }),
    verify: () => self.send({ type: 'information.verified' }),
    /** Pays the order of this number; gives the receipt's id. */
    pay(amount = price, order = self.context().orders, receiptCurrency = currency) {
      receipts += 1;
      const receiptId = `r${receipts}`;
      self.send({
        type: 'receipt.received',
        receiptId,
        orderId: `${accountId}.o${order}`,
        amount,
        currency: receiptCurrency,
      });
      return receiptId;
    },
    renew: (years = 1) => self.send({ type: 'renewal.requested', years }),
    verifyRenewal: () => self.send({ type: 'renewal.verified', orderId: `${accountId}.o${self.context().orders}` }),
    change: (edition: Edition) => self.send({ type: 'edition.requested', edition }),
    keep: () => self.send({ type: 'edition.kept' }),
    leave: () => self.send({ type: 'termination.requested' }),
  };
  check();
  return self;
}

/** A subscription that is in force: confirmed, verified and, where the role pays, paid. */
export function activate(setting: Setting = {}) {
  const subscription = subscribe(setting);
  subscription.confirm().verify();
  if (subscription.context().order !== null) subscription.pay(subscription.context().order?.total);
  return subscription;
}

/** Ids of the orders whose actors are still there. */
export function orderActors(subscription: Pick<Subscription, 'actor'>): string[] {
  return Object.keys(subscription.actor.getSnapshot().children).filter((id) => id.startsWith(accountId));
}

/** What is true in every state that can be reached. */
export function holds(
  subscription: Pick<Simulation<typeof subscriptionMachine>, 'actor' | 'errors' | 'now' | 'due'>,
): void {
  const snapshot = subscription.actor.getSnapshot();
  const { context } = snapshot;
  const tags = [...snapshot.tags];
  const now = Date.parse(subscription.now());
  const pays = context.terms.payingRoles.includes(context.role);
  expect(subscription.errors).toEqual([]);
  expect(JSON.parse(JSON.stringify(context)), 'the context survives JSON').toEqual(context);
  for (const entry of context.receipts) {
    expect(applied(entry) + entry.credit + entry.refundDue, 'money is conserved').toBe(entry.amount);
  }
  const expires = context.expiresAt === null ? null : Date.parse(context.expiresAt);
  if (tags.includes('service')) {
    expect(context.accountNumber, 'service has an account number').not.toBeNull();
    // A year that is bought when it is already over ends in the step after the one that entered it, at the same instant.
    const endsNow = subscription.due().some((due) => Date.parse(due) <= now);
    if (pays && !endsNow) expect(expires, 'no service without a paid term').toBeGreaterThan(now);
  }
  if (tags.includes('overdue')) {
    const unpaidAndDue = context.order !== null && !context.order.isPaid && Date.parse(context.order.dueAt) <= now;
    expect(unpaidAndDue || (expires !== null && expires <= now), 'overdue means something due is unpaid').toBe(true);
  }
  if (snapshot.status === 'done' && context.end?.reason === 'overdue') {
    expect(expires ?? 0, 'nothing is erased inside a paid term').toBeLessThanOrEqual(now);
    expect(context.warning, 'no one is erased unwarned').not.toBeNull();
  }
  const may = entitlements({ role: context.role, edition: context.edition, tags });
  const isOn = tags.includes('service') && !tags.includes('suspended');
  expect([may.functions.length > 0, may.canWrite], 'a suspension takes the service away').toEqual([isOn, isOn]);
  if (tags.includes('suspended')) expect(context.suspensions.length).toBeGreaterThan(0);
  if (snapshot.status === 'active') expect([may.canRead, may.canExport]).toEqual([true, true]);
  if (context.editionChange?.kind === 'upgrade' && context.order !== null) {
    expect(context.order.kind, 'an upgrade and a renewal are never open together').toBe('upgrade');
    expect(tags, 'an upgrade is of a term that runs').toContain('service');
  }
  if (!pays) expect([context.order, context.expiresAt, context.notice]).toEqual([null, null, null]);
}

/** Dotted paths of all active states. */
export function paths(value: unknown, above = ''): string[] {
  const prefix = above === '' ? '' : `${above}.`;
  if (typeof value === 'string') return [`${prefix}${value}`];
  return Object.entries(value as object).flatMap(([key, below]) => [
    `${prefix}${key}`,
    ...paths(below, `${prefix}${key}`),
  ]);
}

/** The instant so many milliseconds later. */
export function plus(instant: string | null, milliseconds: number): string {
  return new Date(Date.parse(instant ?? '') + milliseconds).toISOString();
}

export const day = 86_400_000;
