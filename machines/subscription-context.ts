/**
 * What a subscription remembers, and what follows from it: dates, money, moments of deletion. Pure functions; the chart
 * that uses them is machines/subscription.ts.
 */
import type { Instant } from '../engine/machine.ts';
import type { AskUpgradePrice, IssueOrder, IssuedOrder, PostedNotice } from './activities.ts';
import type { Edition, Role } from './agreement.ts';
import { after, before, earliest, expiry, latest, periodEnd, periodEndAfter } from './calendar.ts';
import type { EndReason, OrderKind } from './effects.ts';
import { isUpgrade } from './entitlements.ts';
import { applied, credit, settle } from './ledger.ts';
import type { Ledger, Use } from './ledger.ts';
import { prorate, sum, times } from './money.ts';
import type { Terms } from './terms.ts';

export interface SubscriptionInput {
  accountId: string;
  role: Role;
  edition: Edition | null;
  agreement: { version: string; textHash: string };
  terms: Terms;
  /** Names of required information that was not given [U1]. */
  missing: string[];
}

export interface OpenOrder {
  orderId: string;
  kind: OrderKind;
  edition: Edition | null;
  replaces: Edition | null;
  years: number;
  unitPrice: number;
  total: number;
  currency: string;
  priceListId: string;
  counterpartyId: string;
  reference: string;
  issuedAt: Instant;
  dueAt: Instant;
  received: number;
  isPaid: boolean;
}

/** A change of the edition that is under way: at once when its order is paid, or with the next term [E2]. */
export interface EditionChange {
  /** The account's nth. */
  n: number;
  kind: 'upgrade' | 'downgrade';
  from: Edition;
  to: Edition;
  /** Of an upgrade, once it is issued. */
  orderId: string | null;
  /** Of a downgrade, once its term is paid. */
  effectiveAt: Instant | null;
}

/** An upgrade that was paid: for the rest of the term [E2]. */
export interface PaidUpgrade {
  orderId: string;
  startsAt: Instant;
  endsAt: Instant;
  /** What a whole year of it costs, and what all of it did; minor units. */
  perYear: number;
  total: number;
}

/** Years that were paid and verified, as one stretch of the term. */
export interface PaidTerm {
  n: number;
  orderId: string;
  years: number;
  startsAt: Instant;
  endsAt: Instant;
}

export interface Statement {
  currency: string;
  paid: number;
  owed: number;
  refunded: number;
}

export interface SubscriptionContext extends SubscriptionInput {
  registeredAt: Instant;
  registrationLapsesAt: Instant;
  /** The latest correction of the information that is taken into account; 0 for what the registration gave [U1]. */
  informationRevision: number;
  confirmedAt: Instant | null;
  accountNumber: string | null;
  /** Moment from which the years count; never changes once set [C2]. */
  anchor: Instant | null;
  paidTerms: PaidTerm[];
  expiresAt: Instant | null;
  /** When the renewal notice is due [R1]. */
  noticeAt: Instant | null;
  /** The renewal notice of the current term, once posted. */
  notice: { noticeId: string; deliveredAt: Instant } | null;
  /** The final warning of the overdue days, once posted. */
  warning: { noticeId: string; deliveredAt: Instant; certificateNumber: string | null } | null;
  deletesAt: Instant | null;
  /** Number of the order issued or being issued last; ids are `<accountId>.o<n>`. */
  orders: number;
  yearsRequested: number;
  order: OpenOrder | null;
  receipts: Ledger;
  /** How many changes of the edition were asked for. */
  editionChanges: number;
  editionChange: EditionChange | null;
  paidUpgrades: PaidUpgrade[];
  end: { reason: EndReason; clause: string; decidedAt: Instant } | null;
  windDownEndsAt: Instant | null;
  statements: Statement[];
  /** Whether its receipts were told what is owed back. */
  isMoneyReturned: boolean;
  /** Reasons for which the platform has suspended the service; each is there once [V1, W7]. */
  suspensions: { reason: string; since: Instant }[];
  /** Messages that came back: what an operator may look into. */
  undelivered: { to: string; eventType: string; reason: string }[];
}

export function newSubscription(input: SubscriptionInput, at: Instant): SubscriptionContext {
  return {
    ...input,
    registeredAt: at,
    registrationLapsesAt: periodEnd(at, input.terms.registrationLapse, input.terms),
    informationRevision: 0,
    confirmedAt: null,
    accountNumber: null,
    anchor: null,
    paidTerms: [],
    expiresAt: null,
    noticeAt: null,
    notice: null,
    warning: null,
    deletesAt: null,
    orders: 0,
    yearsRequested: 0,
    order: null,
    receipts: [],
    editionChanges: 0,
    editionChange: null,
    paidUpgrades: [],
    end: null,
    windDownEndsAt: null,
    statements: [],
    isMoneyReturned: false,
    suspensions: [],
    undelivered: [],
  };
}

/** Whether this role pays under the agreement's terms [C1]. */
export function isPayingRole({ role, terms }: Pick<SubscriptionContext, 'role' | 'terms'>): boolean {
  return terms.payingRoles.includes(role);
}

function orderIdOf(accountId: string, n: number): string {
  return `${accountId}.o${n}`;
}

/** Whether the order was issued to this account: only its own orders are paid here. */
export function isOwnOrder({ accountId, orders }: SubscriptionContext, orderId: string): boolean {
  return Array.from({ length: orders }, (_, index) => orderIdOf(accountId, index + 1)).includes(orderId);
}

/** The value, or a fault of the chart: a state was entered without what it stands for. */
export function known<T>(value: T | null, what: string): T {
  if (value === null) throw new Error(`The subscription has no ${what} in this state`);
  return value;
}

/** What an order is issued for now: the years asked for, or the upgrade [C3, E2]. A renewal is of the edition agreed for it. */
function wanted(context: SubscriptionContext): {
  kind: OrderKind;
  edition: Edition | null;
  replaces: Edition | null;
  years: number;
} {
  const { editionChange: change, edition, yearsRequested: years, expiresAt } = context;
  if (change?.kind === 'upgrade') return { kind: 'upgrade', edition: change.to, replaces: change.from, years: 0 };
  const kind = expiresAt === null ? 'registration' : 'renewal';
  return { kind, edition: change?.to ?? edition, replaces: null, years };
}

/** What is asked when an order is issued: it gets the number that was counted for it. */
export function orderQuestion(context: SubscriptionContext, at: Instant): IssueOrder {
  const { accountId, orders, role } = context;
  return { accountId, orderId: orderIdOf(accountId, orders), role, ...wanted(context), at };
}

/** What is asked before an upgrade is ordered. */
export function priceQuestion(context: SubscriptionContext, at: Instant): AskUpgradePrice {
  const { edition, replaces } = wanted(context);
  return { accountId: context.accountId, role: context.role, edition, replaces, at };
}

/**
 * The order at the price in effect when it was asked for; a renewal is due at expiry, never earlier, and an upgrade
 * lapses with the term [C4, C5, C8].
 */
export function issueOrder(context: SubscriptionContext, issued: IssuedOrder, at: Instant): OpenOrder {
  const { accountId, orders, expiresAt, terms } = context;
  const { unitPrice, currency, priceListId, counterpartyId, reference } = issued;
  const what = wanted(context);
  const isUpgrade = what.kind === 'upgrade';
  return {
    orderId: orderIdOf(accountId, orders),
    ...what,
    unitPrice,
    total: isUpgrade ? forRestOfTerm(context, unitPrice, at) : times(unitPrice, what.years),
    currency,
    priceListId,
    counterpartyId,
    reference,
    issuedAt: at,
    dueAt: isUpgrade
      ? earliest(periodEnd(at, terms.upgradeDue, terms), known(expiresAt, 'term'))
      : (expiresAt ?? periodEnd(at, terms.registrationDue, terms)),
    received: 0,
    isPaid: false,
  };
}

/**
 * What a difference in the yearly price comes to for the rest of the term: all of it for each year that has not begun,
 * and the unused share of the year that runs, rounded down [E2]. Years are counted from the anchor [C2].
 */
export function forRestOfTerm(
  { anchor, paidTerms, terms }: Pick<SubscriptionContext, 'anchor' | 'paidTerms' | 'terms'>,
  perYear: number,
  at: Instant,
): number {
  const from = known(anchor, 'term');
  const bought = paidTerms.reduce((total, { years }) => total + years, 0);
  const endOf = (year: number) => (year === 0 ? from : expiry(from, year, terms.billingPeriod, terms));
  return sum(
    Array.from({ length: bought }, (_, index) => {
      const [start, end] = [Date.parse(endOf(index)), Date.parse(endOf(index + 1))];
      return prorate(perYear, end - Math.max(start, Date.parse(at)), end - start);
    }),
  );
}

/** A change of the edition, asked for now. */
export function requestEdition(
  context: SubscriptionContext,
  to: Edition,
): Pick<SubscriptionContext, 'editionChanges' | 'editionChange'> {
  const from = known(context.edition, 'edition');
  const n = context.editionChanges + 1;
  const kind = isUpgrade(from, to) ? 'upgrade' : 'downgrade';
  return { editionChanges: n, editionChange: { n, kind, from, to, orderId: null, effectiveAt: null } };
}

/** The edition that was asked for is in effect; what was paid for it counts for the rest of the term [E2, A5]. */
export function enterEdition(
  { editionChange, expiresAt, paidUpgrades, order }: SubscriptionContext,
  at: Instant,
): Pick<SubscriptionContext, 'edition' | 'editionChange' | 'paidUpgrades'> {
  const { to, orderId } = known(editionChange, 'change of the edition');
  if (orderId === null) return { edition: to, editionChange: null, paidUpgrades };
  const { unitPrice: perYear, total } = known(order, 'order');
  const upgrade: PaidUpgrade = { orderId, startsAt: at, endsAt: known(expiresAt, 'term'), perYear, total };
  return { edition: to, editionChange: null, paidUpgrades: [...paidUpgrades, upgrade] };
}

type TermEntered = Pick<
  SubscriptionContext,
  'anchor' | 'paidTerms' | 'expiresAt' | 'noticeAt' | 'notice' | 'warning' | 'deletesAt' | 'order'
>;

/** The paid order's years become part of the term: all years bought are counted from the anchor, never chained [C2, R3]. */
export function enterTerm(context: SubscriptionContext, at: Instant): TermEntered {
  const { terms, paidTerms, confirmedAt } = context;
  const order = known(context.order, 'order');
  const anchor = context.anchor ?? (terms.termAnchor === 'activation' ? at : known(confirmedAt, 'confirmation'));
  const years = order.years + paidTerms.reduce((total, term) => total + term.years, 0);
  const endsAt = expiry(anchor, years, terms.billingPeriod, terms);
  const term: PaidTerm = {
    n: paidTerms.length + 1,
    orderId: order.orderId,
    years: order.years,
    startsAt: context.expiresAt ?? anchor,
    endsAt,
  };
  return {
    anchor,
    paidTerms: [...paidTerms, term],
    expiresAt: endsAt,
    noticeAt: before(endsAt, terms.renewalNotice, terms.timeZone),
    notice: null,
    warning: null,
    deletesAt: null,
    order: null,
  };
}

/** When what is unpaid now was due: the term's end, or the registration order's due date [C5]. */
export function dueAt(context: SubscriptionContext): Instant {
  return context.expiresAt ?? known(context.order, 'order').dueAt;
}

/**
 * The moment of deletion if the final warning is delivered now: the overdue days are over, the warning has stood, and
 * so has the renewal notice [C5].
 */
export function deletion(context: SubscriptionContext, warnedAt: Instant): Instant {
  const { terms, notice, expiresAt } = context;
  const moments = [
    periodEndAfter(dueAt(context), terms.overduePeriod, terms),
    after(warnedAt, terms.warningStands, terms.timeZone),
  ];
  if (expiresAt !== null) {
    moments.push(after(known(notice, 'renewal notice').deliveredAt, terms.noticeStands, terms.timeZone));
  }
  return latest(...moments);
}

/** The final warning as delivered, and the moment of deletion that follows. */
export function warn(
  context: SubscriptionContext,
  posted: PostedNotice,
  at: Instant,
): Pick<SubscriptionContext, 'warning' | 'deletesAt'> {
  return {
    warning: { noticeId: posted.noticeId, deliveredAt: at, certificateNumber: posted.certificateNumber ?? null },
    deletesAt: deletion(context, at),
  };
}

/**
 * Terms that have begun and upgrades, and how much of each goes back: of an upgrade what it would cost for the terms that have
 * not begun, and of what has begun the unused part where the agreement pays that back [A5, E2].
 */
function uses({ anchor, paidTerms, paidUpgrades, terms }: SubscriptionContext, at: Instant): Use[] {
  const now = Date.parse(at);
  const isBegun = (term: PaidTerm) => term.n === 1 || Date.parse(term.startsAt) <= now;
  const ofTerms = paidTerms.filter(isBegun).map(({ orderId, startsAt, endsAt }): Use => {
    const whole = Date.parse(endsAt) - Date.parse(startsAt);
    return { orderId, whole, unused: terms.refundUnusedTerm ? Math.max(0, Date.parse(endsAt) - now) : 0 };
  });
  const ofUpgrades = paidUpgrades.map(({ orderId, endsAt, perYear, total }): Use => {
    const covered = paidTerms.filter((term) => term.endsAt <= endsAt);
    const unbegun = covered.filter((term) => !isBegun(term)).reduce((years, term) => years + term.years, 0);
    const unused = terms.refundUnusedTerm
      ? forRestOfTerm({ anchor, paidTerms: covered, terms }, perYear, at)
      : times(perYear, unbegun);
    return { orderId, whole: total, unused };
  });
  return [...ofTerms, ...ofUpgrades];
}

/** Settles the money at the end of the agreement; once. What was not used for a term is owed back, by receipt [A5, C6]. */
export function settleMoney(
  context: SubscriptionContext,
  at: Instant,
): Pick<SubscriptionContext, 'receipts' | 'order' | 'statements'> {
  const receipts = settle(context.receipts, uses(context, at));
  const currencies = [...new Set(receipts.map((entry) => entry.currency))];
  const statements = currencies.map((currency): Statement => {
    const entries = receipts.filter((entry) => entry.currency === currency);
    return {
      currency,
      paid: sum(entries.map((entry) => entry.amount)),
      // Service is paid in advance and ends when it is not (C6, R4): nothing is ever used that is still to be paid.
      owed: 0,
      refunded: sum(entries.map((entry) => entry.refundDue)),
    };
  });
  return { receipts, order: null, statements: statements.length > 0 ? statements : [nothingPaid] };
}

/** ISO 4217 has `XXX` for "no currency". */
const nothingPaid: Statement = { currency: 'XXX', paid: 0, owed: 0, refunded: 0 };

/** Credit by currency, for every currency the account was paid in. */
export function credits({ receipts }: SubscriptionContext): { currency: string; balance: number }[] {
  const currencies = [...new Set(receipts.map((entry) => entry.currency))];
  return currencies.map((currency) => ({ currency, balance: credit(receipts, currency) }));
}

/** What a receipt's own contract is told: how much of it is applied, and how much is kept. */
export function answerTo(receipts: Ledger, receiptId: string): { orderId: string; applied: number; credited: number } {
  const entry = receipts.find((one) => one.receiptId === receiptId);
  if (!entry) throw new Error(`Receipt ${receiptId} is not in the ledger`);
  const amount = applied(entry);
  return { orderId: entry.orderId, applied: amount, credited: entry.amount - amount };
}
