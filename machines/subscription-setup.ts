/**
 * What the words of the subscription's chart mean: its actors, delays, guards and actions. The chart is
 * machines/subscription.ts; dates and money are computed in subscription-context.ts.
 */
import { assign, raise, sendTo, setup, spawnChild, stateIn, stopChild } from 'xstate';
import { instantOf, message, until } from '../engine/machine.ts';
import type { Message } from '../engine/machine.ts';
import { ask } from './activities.ts';
import type { IssuedOrder, PostedNotice } from './activities.ts';
import { periodEnd } from './calendar.ts';
import { effects } from './effects.ts';
import type { EditionChangeState, EndReason } from './effects.ts';
import { isUpgrade } from './entitlements.ts';
import { allocate, offers, release, take } from './ledger.ts';
import { orderMachine } from './order.ts';
import type { OrderAnswer } from './order.ts';
import {
  answerTo,
  credits,
  dueAt,
  enterEdition,
  enterTerm,
  isOwnOrder,
  isPayingRole,
  issueOrder,
  known,
  requestEdition,
  settleMoney,
  warn,
} from './subscription-context.ts';
import type { SubscriptionContext, SubscriptionInput } from './subscription-context.ts';
import type { SubscriptionPublicEvent } from './subscription-events.ts';

type SubscriptionEvent = SubscriptionPublicEvent | OrderAnswer | { type: 'term.extended' };

type SubscriptionTag =
  'service' | 'suspended' | 'readable' | 'exportable' | 'overdue' | 'windingDown' | 'payable' | 'paying';

const toReceipt = (receiptId: string, event: NonNullable<Message['event']>): Message => ({
  to: { machine: 'receipt', id: `receipt-${receiptId}` },
  event,
});

/** The events of one type, where a transition takes no other. */
function of<Type extends SubscriptionEvent['type']>(event: SubscriptionEvent, type: Type) {
  if (event.type !== type) throw new Error(`Expected ${type}, got ${event.type}`);
  return event as Extract<SubscriptionEvent, { type: Type }>;
}

export const subscriptionSetup = setup({
  types: {} as {
    context: SubscriptionContext;
    input: SubscriptionInput;
    events: SubscriptionEvent;
    tags: SubscriptionTag;
    meta: { clauses: string[] };
    children: { [orderId: string]: 'order' };
  },
  actors: {
    order: orderMachine,
    issueOrder: ask('issueOrder'),
    askUpgradePrice: ask('askUpgradePrice'),
    awaitReceipts: ask('awaitReceipts'),
    assignAccountNumber: ask('assignAccountNumber'),
    postNotice: ask('postNotice'),
  },
  delays: {
    registrationLapse: until(({ context }) => context.registrationLapsesAt),
    orderDue: until(({ context }) => dueAt(context)),
    expiry: until(({ context }) => known(context.expiresAt, 'term')),
    upgradeLapse: until(({ context }) => known(context.order, 'order').dueAt),
    termStart: until(({ context }) => known(known(context.editionChange, 'change').effectiveAt, 'start of its term')),
    renewalNotice: until(({ context }) => known(context.noticeAt, 'term')),
    deletion: until(({ context }) => known(context.deletesAt, 'final warning')),
    windDown: until(({ context }) => known(context.windDownEndsAt, 'wind-down')),
  },
  guards: {
    isPaying: ({ context }) => isPayingRole(context),
    isNamedVersion: ({ context, event }) => {
      const { version, textHash } = of(event, 'agreement.confirmed');
      return version === context.agreement.version && textHash === context.agreement.textHash;
    },
    isInformationComplete: ({ context }) => context.missing.length === 0,
    isStaying: ({ context }) => context.end === null,
    isNoticeDelivered: ({ context }) => context.notice !== null,
    isOpenOrder: ({ context, event }) =>
      context.order !== null && context.order.orderId === (event as { orderId?: string }).orderId,
    isKnownReceipt: ({ context, event }) =>
      context.receipts.some((entry) => entry.receiptId === of(event, 'receipt.received').receiptId),
    isOwnOrder: ({ context, event }) => isOwnOrder(context, of(event, 'receipt.received').orderId),
    isOrderCurrency: ({ context, event }) => {
      const { orderId, currency } = of(event, 'receipt.received');
      return context.order?.orderId !== orderId || context.order.currency === currency;
    },
    isOrderUnpaid: ({ context }) => context.order !== null && !context.order.isPaid,
    isRenewalPaid: stateIn('#renewalPaid'),
    isNoRenewalOpen: stateIn('#noRenewal'),
    isTermed: stateIn({ inForce: { standing: { active: 'termed' } } }),
    isUnlimited: stateIn('#unlimited'),
    isNoUpgradeOpen: ({ context }) => context.editionChange?.kind !== 'upgrade',
    isHigherEdition: ({ context, event }) =>
      context.edition !== null && isUpgrade(context.edition, of(event, 'edition.requested').edition),
    isLowerEdition: ({ context, event }) =>
      context.edition !== null && isUpgrade(of(event, 'edition.requested').edition, context.edition),
    isStandingReason: ({ context, event }) =>
      context.suspensions.some(({ reason }) => reason === (event as { reason?: string }).reason),
    isOnlyReason: ({ context, event }) => {
      const [only, ...others] = context.suspensions;
      return others.length === 0 && only?.reason === of(event, 'suspension.lifted').reason;
    },
  },
  actions: {
    confirm: assign({ confirmedAt: ({ self }) => instantOf(self) }),
    recordConfirmation: (args) =>
      effects.recordConfirmation(args, {
        accountId: args.context.accountId,
        ...args.context.agreement,
        at: instantOf(args.self),
      }),
    noteInformation: assign(({ event, context }) => {
      const { missing, revision } = of(event, 'information.provided');
      return revision > context.informationRevision ? { missing, informationRevision: revision } : {};
    }),
    askForInformation: assign({
      missing: ({ context, event }) => [...new Set([...context.missing, ...of(event, 'information.rejected').fields])],
    }),

    requestFirstOrder: assign({ orders: ({ context }) => context.orders + 1, yearsRequested: 1 }),
    requestOrder: assign({
      orders: ({ context }) => context.orders + 1,
      yearsRequested: ({ event }) => of(event, 'renewal.requested').years,
    }),
    noteOrder: assign({
      order: ({ context, self }, params: IssuedOrder) => issueOrder(context, params, instantOf(self)),
    }),
    recordOrder: (args) => {
      const { accountId } = args.context;
      const order = known(args.context.order, 'order');
      const { orderId, kind, edition, replaces, years, unitPrice, total, currency, priceListId, reference, issuedAt } =
        order;
      const price = { unitPrice, total, currency, priceListId };
      effects.recordOrder(args, {
        orderId,
        accountId,
        kind,
        edition,
        replaces,
        years,
        ...price,
        reference,
        issuedAt,
        dueAt: order.dueAt,
        status: 'open',
      });
    },
    openOrder: spawnChild('order', {
      id: ({ context }: { context: SubscriptionContext }) => known(context.order, 'order').orderId,
      input: ({ context }: { context: SubscriptionContext }) => {
        const { orderId, total } = known(context.order, 'order');
        return { orderId, total, shortfallTolerance: context.terms.shortfallTolerance };
      },
    }),
    offerCredit: sendTo(
      ({ context }: { context: SubscriptionContext }) => known(context.order, 'order').orderId,
      ({ context }: { context: SubscriptionContext }) => ({
        type: 'payment.offered',
        offers: offers(context.receipts, known(context.order, 'order').currency),
      }),
    ),

    takeReceipt: assign({ receipts: ({ context, event }) => take(context.receipts, of(event, 'receipt.received')) }),
    allocate: assign(({ context, event }) => {
      const { orderId, taken, received } = of(event, 'payment.taken');
      return {
        receipts: allocate(context.receipts, orderId, taken),
        order: { ...known(context.order, 'order'), received },
      };
    }),
    recordAllocations: (args) => {
      const { orderId, taken, received, isPaid } = of(args.event, 'payment.taken');
      const at = instantOf(args.self);
      for (const part of taken) effects.recordAllocation(args, { orderId, ...part, at });
      if (taken.length > 0 && !isPaid) effects.recordOrderStatus(args, { orderId, status: 'partlyPaid', received, at });
    },
    markPaid: assign({ order: ({ context }) => ({ ...known(context.order, 'order'), isPaid: true }) }),
    recordPaid: (args) => {
      const { orderId, received } = known(args.context.order, 'order');
      effects.recordOrderStatus(args, { orderId, status: 'paid', received, at: instantOf(args.self) });
    },
    recordCredit: (args) => {
      for (const one of credits(args.context)) {
        effects.recordCredit(args, { accountId: args.context.accountId, ...one, at: instantOf(args.self) });
      }
    },
    answerReceipt: message(({ context, event }) => {
      const { receiptId } = of(event, 'receipt.received');
      return toReceipt(receiptId, { type: 'receipt.applied', ...answerTo(context.receipts, receiptId) });
    }),
    answerReceipts: message(({ context, event }) =>
      of(event, 'payment.taken').offered.map((receiptId) =>
        toReceipt(receiptId, { type: 'receipt.applied', ...answerTo(context.receipts, receiptId) }),
      ),
    ),
    declineReceipt: message(({ event }, params: { reason: string }) =>
      toReceipt(of(event, 'receipt.received').receiptId, { type: 'receipt.declined', reason: params.reason }),
    ),
    recordOrderEnd: (args, { status }: { status: 'cancelled' | 'lapsed' }) => {
      const { order } = args.context;
      if (order === null) return;
      const at = instantOf(args.self);
      // What was paid of it is credit, or owed back.
      effects.recordOrderStatus(args, { orderId: order.orderId, status, received: 0, at });
    },
    tellReleased: message(({ context }) => {
      const { orderId } = known(context.order, 'order');
      const released = release(context.receipts, orderId);
      return released
        .filter((entry, index) => entry !== context.receipts[index])
        .map(({ receiptId }) => toReceipt(receiptId, { type: 'receipt.applied', ...answerTo(released, receiptId) }));
    }),
    cancelOrder: sendTo(({ context }: { context: SubscriptionContext }) => known(context.order, 'order').orderId, {
      type: 'order.cancelled',
    }),
    /** The order's actor has no more to say: what is persisted stays small. */
    stopOrder: stopChild(({ context }: { context: SubscriptionContext }) => context.order?.orderId ?? 'none'),
    releaseOrder: assign({
      receipts: ({ context }) => release(context.receipts, known(context.order, 'order').orderId),
      order: null,
    }),

    requestEdition: assign(({ context, event }) => requestEdition(context, of(event, 'edition.requested').edition)),
    noteUpgradeOrder: assign(({ context }) => ({
      editionChange: { ...known(context.editionChange, 'change'), orderId: known(context.order, 'order').orderId },
    })),
    noteNextTerm: assign(({ context }) => ({
      editionChange: {
        ...known(context.editionChange, 'change'),
        effectiveAt: known(context.paidTerms.at(-1) ?? null, 'term').startsAt,
      },
    })),
    enterEdition: assign(({ context, self }) => enterEdition(context, instantOf(self))),
    requestUpgradeOrder: assign({ orders: ({ context }) => context.orders + 1 }),
    forgetOrder: assign({ order: null }),
    forgetEditionChange: assign({ editionChange: null }),
    /** Nothing where none is under way: an agreement may end in the midst of one. */
    recordEditionChange: (args, { state }: { state: EditionChangeState }) => {
      const { accountId, editionChange } = args.context;
      if (editionChange === null) return;
      const at = instantOf(args.self);
      const effectiveAt = state === 'done' ? at : editionChange.effectiveAt;
      effects.recordEditionChange(args, { accountId, ...editionChange, state, effectiveAt, at });
    },

    noteAccountNumber: assign({ accountNumber: (_, params: { number: string }) => params.number }),
    recordAccountNumber: (args, params: { number: string }) =>
      effects.recordAccountNumber(args, { accountId: args.context.accountId, number: params.number }),
    fulfilOrder: sendTo(({ context }: { context: SubscriptionContext }) => known(context.order, 'order').orderId, {
      type: 'order.fulfilled',
    }),
    enterTerm: assign(({ context, self }) => enterTerm(context, instantOf(self))),
    recordTerm: (args) => {
      const term = args.context.paidTerms.at(-1);
      if (term) effects.recordTerm(args, { accountId: args.context.accountId, ...term, at: instantOf(args.self) });
    },
    announceExtension: raise({ type: 'term.extended' }),

    recordDelivered: (args, params: PostedNotice) =>
      effects.recordNoticeDelivered(args, { noticeId: params.noticeId, deliveredAt: instantOf(args.self) }),
    noteNotice: assign({
      notice: ({ self }, params: PostedNotice) => ({ noticeId: params.noticeId, deliveredAt: instantOf(self) }),
    }),
    forgetWarning: assign({ warning: null, deletesAt: null }),
    noteWarning: assign(({ context, self }, params: PostedNotice) => warn(context, params, instantOf(self))),
    recordWarning: (args) => {
      const { noticeId, deliveredAt } = known(args.context.warning, 'final warning');
      const deletesAt = known(args.context.deletesAt, 'moment of deletion');
      effects.recordNoticeDelivered(args, { noticeId, deliveredAt, deletesAt });
    },

    suspend: assign({
      suspensions: ({ context, event, self }) => [
        ...context.suspensions,
        { reason: of(event, 'subscription.suspended').reason, since: instantOf(self) },
      ],
    }),
    lift: assign({
      suspensions: ({ context, event }) =>
        context.suspensions.filter(({ reason }) => reason !== of(event, 'suspension.lifted').reason),
    }),
    recordServiceEnd: (args) =>
      effects.recordServiceEnd(args, { accountId: args.context.accountId, at: instantOf(args.self) }),
    recordSuspension: (args) => {
      const { type, reason } = args.event as { type: string; reason: string };
      const { accountId } = args.context;
      const stands = type === 'subscription.suspended';
      effects.recordSuspension(args, { accountId, reason, stands, at: instantOf(args.self) });
    },

    end: assign({
      end: ({ self }, params: { reason: EndReason; clause: string }) => ({ ...params, decidedAt: instantOf(self) }),
    }),
    settle: assign(({ context, self }) =>
      context.statements.length === 0 ? settleMoney(context, instantOf(self)) : {},
    ),
    windDown: assign({
      windDownEndsAt: ({ context, self }) => periodEnd(instantOf(self), context.terms.windDown, context.terms),
    }),
    recordStatement: (args) => {
      for (const statement of args.context.statements) {
        effects.recordStatement(args, { accountId: args.context.accountId, ...statement, at: instantOf(args.self) });
      }
    },
    recordEnd: (args) => {
      const { reason, clause, decidedAt } = known(args.context.end, 'end');
      effects.recordEnd(args, { accountId: args.context.accountId, reason, clause, at: decidedAt });
    },
    /** Once: when the costs are settled. */
    returnMoney: message(({ context }) =>
      (context.isMoneyReturned ? [] : context.receipts).map(({ receiptId, refundDue, currency }) =>
        toReceipt(
          receiptId,
          refundDue > 0
            ? { type: 'refund.due', amount: refundDue, currency, reason: known(context.end, 'end').reason }
            : { type: 'receipt.settled' },
        ),
      ),
    ),
    noteMoneyReturned: assign({ isMoneyReturned: true }),
    startErasure: message(({ context }) => ({
      to: { machine: 'erasure', id: `erasure-${context.accountId}` },
      start: {
        accountId: context.accountId,
        accountNumber: context.accountNumber,
        certificateNumber: context.warning?.certificateNumber ?? null,
        ...known(context.end, 'end'),
      },
    })),
    noteUndelivered: assign({
      undelivered: ({ context, event }) => {
        const { to, eventType, reason } = of(event, 'message.refused');
        return [...context.undelivered, { to, eventType, reason }].slice(-20);
      },
    }),
  },
});
