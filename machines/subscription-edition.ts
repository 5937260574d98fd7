/** A subscription's edition: a higher one at once for the difference, a lower one with the renewal [E2]. */
import { and, not, or } from 'xstate';
import { instantOf } from '../engine/machine.ts';
import { orderQuestion, priceQuestion } from './subscription-context.ts';
import { subscriptionSetup } from './subscription-setup.ts';

/** The open order is withdrawn: what was paid of it becomes credit [C6]. */
export const dropOrder = (status: 'cancelled' | 'lapsed') =>
  [
    { type: 'recordOrderEnd', params: { status } },
    'tellReleased',
    'cancelOrder',
    'stopOrder',
    'releaseOrder',
    'recordCredit',
  ] as const;

/** The edition stays [E2]. */
const endChange = (state: 'withdrawn' | 'lapsed' | 'unpriced') =>
  [{ type: 'recordEditionChange', params: { state } }, 'forgetEditionChange'] as const;

/** An upgrade that does not come: its order goes [C5, E2]. */
const endUpgrade = (state: 'withdrawn' | 'lapsed') =>
  [...dropOrder(state === 'lapsed' ? 'lapsed' : 'cancelled'), ...endChange(state)] as const;

/** The other edition is the account's from now on [E2]. */
const takeEffect = [{ type: 'recordEditionChange', params: { state: 'done' } }, 'enterEdition'] as const;

export const edition = subscriptionSetup.createStateConfig({
  description: 'The edition, and the change of it that is under way [E2]',
  meta: { clauses: ['E2'] },
  initial: 'steady',
  states: {
    steady: {
      description: 'No other edition is asked for [E2]',
      meta: { clauses: ['E2'] },
      on: {
        'edition.requested': [
          {
            guard: and(['isHigherEdition', 'isTermed', 'isNoRenewalOpen']),
            target: 'pricing',
            actions: ['requestEdition', { type: 'recordEditionChange', params: { state: 'requested' } }],
          },
          {
            guard: and(['isLowerEdition', 'isPaying', 'isNoRenewalOpen']),
            target: 'downgradeAgreed',
            actions: ['requestEdition', { type: 'recordEditionChange', params: { state: 'agreed' } }],
          },
          {
            guard: and(['isUnlimited', or(['isHigherEdition', 'isLowerEdition'])]),
            target: 'announcing',
            actions: ['requestEdition', ...takeEffect],
          },
        ],
      },
    },
    pricing: {
      description: 'Whether the upgrade has a price; without one it comes to nothing [E2, C8]',
      meta: { clauses: ['E2', 'C8'] },
      always: { guard: not('isTermed'), target: 'steady', actions: endChange('lapsed') },
      on: { 'edition.kept': { target: 'steady', actions: endChange('withdrawn') } },
      invoke: {
        src: 'askUpgradePrice',
        input: ({ context, self }) => priceQuestion(context, instantOf(self)),
        onDone: [
          {
            guard: ({ event }) => event.output.isPriced,
            target: 'issuing',
            actions: 'requestUpgradeOrder',
          },
          { target: 'steady', actions: endChange('unpriced') },
        ],
      },
    },
    issuing: {
      description: 'The order of the upgrade is being issued at the prices in effect [E2, C8]',
      meta: { clauses: ['E2', 'C8'] },
      always: { guard: not('isTermed'), target: 'steady', actions: endChange('lapsed') },
      on: { 'edition.kept': { target: 'steady', actions: endChange('withdrawn') } },
      invoke: {
        src: 'issueOrder',
        input: ({ context, self }) => orderQuestion(context, instantOf(self)),
        onDone: {
          target: 'awaitingPayment',
          actions: [
            { type: 'noteOrder', params: ({ event }) => event.output },
            'noteUpgradeOrder',
            'recordOrder',
            { type: 'recordEditionChange', params: { state: 'requested' } },
            'openOrder',
            'offerCredit',
          ],
        },
      },
    },
    awaitingPayment: {
      description: 'An upgrade takes effect when its order is paid; unpaid, it only lapses [E2, C5]',
      meta: { clauses: ['E2', 'C5'] },
      on: {
        'order.paid': {
          target: 'announcing',
          actions: ['markPaid', 'recordPaid', 'fulfilOrder', 'stopOrder', ...takeEffect, 'forgetOrder'],
        },
        'edition.kept': { target: 'steady', actions: endUpgrade('withdrawn') },
      },
      after: { upgradeLapse: { target: 'steady', actions: endUpgrade('lapsed') } },
    },
    downgradeAgreed: {
      description: 'The next renewal is of a lower edition; until then nothing changes [E2]',
      meta: { clauses: ['E2'] },
      on: {
        'edition.kept': {
          guard: 'isNoRenewalOpen',
          target: 'steady',
          actions: endChange('withdrawn'),
        },
        'term.extended': {
          target: 'downgradePaid',
          actions: ['noteNextTerm', { type: 'recordEditionChange', params: { state: 'agreed' } }],
        },
      },
    },
    downgradePaid: {
      description:
        'The renewal of the lower edition is paid: the edition begins with its term, or at once in the overdue days [E2]',
      meta: { clauses: ['E2'] },
      after: { termStart: { target: 'announcing', actions: takeEffect } },
    },
    announcing: {
      description: "The other edition is in effect, and is being announced on the account's page [E2, A6]",
      meta: { clauses: ['E2', 'A6'] },
      invoke: {
        src: 'postNotice',
        input: ({ context }) => ({
          accountId: context.accountId,
          kind: 'editionChanged',
          params: { edition: context.edition },
        }),
        onDone: { target: 'steady', actions: { type: 'recordDelivered', params: ({ event }) => event.output } },
      },
    },
  },
});
