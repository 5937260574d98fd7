/**
 * A subscription under the service agreement: registered, paid, in force, noticed, renewed, overdue, ended [A1–R4, V5].
 * The chart reads like the contract; its words are defined in subscription-setup.ts, periods and choices in terms.ts.
 */
import { and, not } from 'xstate';
import { instantOf } from '../engine/machine.ts';
import { finalWarning } from './final-warning.ts';
import { newSubscription, orderQuestion } from './subscription-context.ts';
import { dropOrder, edition } from './subscription-edition.ts';
import { subscriptionSetup } from './subscription-setup.ts';

export { subscriptionEvents } from './subscription-events.ts';
export type { SubscriptionContext } from './subscription-context.ts';

export const subscriptionMachine = subscriptionSetup.createMachine({
  id: 'subscription',
  description: 'A subscription under the service agreement',
  context: ({ input, self }) => newSubscription(input, instantOf(self)),
  initial: 'registering',
  on: {
    'information.provided': { guard: 'isStaying', actions: 'noteInformation' },
    'receipt.received': [
      { guard: 'isKnownReceipt', actions: 'answerReceipt' },
      { guard: not('isOwnOrder'), actions: { type: 'declineReceipt', params: { reason: 'unknownOrder' } } },
      { guard: not('isStaying'), actions: { type: 'declineReceipt', params: { reason: 'closedAccount' } } },
      { guard: not('isOrderCurrency'), actions: { type: 'declineReceipt', params: { reason: 'wrongCurrency' } } },
      { guard: 'isOrderUnpaid', actions: ['takeReceipt', 'offerCredit'] },
      { actions: ['takeReceipt', 'recordCredit', 'answerReceipt'] },
    ],
    'payment.taken': {
      guard: 'isOpenOrder',
      actions: ['allocate', 'recordAllocations', 'recordCredit', 'answerReceipts'],
    },
    'termination.requested': {
      guard: 'isStaying',
      target: '.windingDown',
      actions: { type: 'end', params: { reason: 'terminated', clause: 'V5' } },
    },
    'agreement.disagreed': {
      guard: 'isStaying',
      target: '.windingDown',
      actions: { type: 'end', params: { reason: 'disagreed', clause: 'A5' } },
    },
    'message.refused': { actions: 'noteUndelivered' },
  },
  states: {
    registering: {
      description: 'Registering: no service yet [A1, C1]',
      meta: { clauses: ['A1', 'C1'] },
      tags: ['readable', 'exportable'],
      initial: 'awaitingConfirmation',
      states: {
        awaitingConfirmation: {
          description: "Waits until the user presses 'Confirmation' under the named version of the agreement [A1]",
          meta: { clauses: ['A1', 'C5'] },
          on: {
            'agreement.confirmed': {
              guard: 'isNamedVersion',
              target: 'awaitingVerification',
              actions: ['confirm', 'recordConfirmation'],
            },
          },
          after: {
            registrationLapse: {
              target: '#erasing',
              actions: { type: 'end', params: { reason: 'lapsed', clause: 'C5' } },
            },
          },
        },
        awaitingVerification: {
          description: 'Confirmed; waits until the platform has verified complete information [C1, U1]',
          meta: { clauses: ['C1', 'U1', 'C5'] },
          on: {
            'information.verified': [
              {
                guard: and(['isInformationComplete', 'isPaying']),
                target: 'issuingOrder',
                actions: 'requestFirstOrder',
              },
              { guard: 'isInformationComplete', target: '#activating' },
            ],
            'information.rejected': { actions: 'askForInformation' },
          },
          after: {
            registrationLapse: {
              target: '#erasing',
              actions: { type: 'end', params: { reason: 'lapsed', clause: 'C5' } },
            },
          },
        },
        issuingOrder: {
          description: 'Verified; the order of the first year is being issued at the price in effect [C3, C8]',
          meta: { clauses: ['C3', 'C8'] },
          tags: ['paying'],
          invoke: {
            src: 'issueOrder',
            input: ({ context, self }) => orderQuestion(context, instantOf(self)),
            onDone: {
              target: 'awaitingPayment',
              actions: [{ type: 'noteOrder', params: ({ event }) => event.output }, 'recordOrder', 'openOrder'],
            },
          },
        },
        awaitingPayment: {
          description: 'Waits for the payment of the first order until its due date [C1, C5, C6]',
          meta: { clauses: ['C1', 'C5', 'C6'] },
          tags: ['paying', 'payable'],
          on: { 'order.paid': { target: '#activating', actions: ['markPaid', 'recordPaid'] } },
          after: { orderDue: 'overdue' },
        },
        overdue: {
          description: 'The first order is unpaid at its due date; it can be paid until the deletion [C5]',
          meta: { clauses: ['C5'] },
          tags: ['paying', 'payable', 'overdue'],
          entry: 'forgetWarning',
          on: { 'order.paid': { target: '#activating', actions: ['markPaid', 'recordPaid'] } },
          initial: 'warning',
          states: finalWarning('registrationOverdueWarning'),
        },
      },
    },

    activating: {
      id: 'activating',
      description: 'Registered successfully; the platform assigns the account number [U2]',
      meta: { clauses: ['U2', 'C1'] },
      tags: ['readable', 'exportable', 'payable'],
      invoke: {
        src: 'assignAccountNumber',
        input: ({ context }) => ({ accountId: context.accountId }),
        onDone: [
          {
            guard: 'isPaying',
            target: 'inForce',
            actions: [
              { type: 'noteAccountNumber', params: ({ event }) => event.output },
              { type: 'recordAccountNumber', params: ({ event }) => event.output },
              'fulfilOrder',
              'stopOrder',
              'enterTerm',
              'recordTerm',
            ],
          },
          {
            target: '#unlimited',
            actions: [
              { type: 'noteAccountNumber', params: ({ event }) => event.output },
              { type: 'recordAccountNumber', params: ({ event }) => event.output },
            ],
          },
        ],
      },
    },

    inForce: {
      description: 'The agreement is in force [A2]',
      meta: { clauses: ['A2'] },
      tags: ['readable', 'exportable', 'payable'],
      type: 'parallel',
      states: {
        standing: {
          description: 'Whether the service is on, and what happens when it is not paid [C5, R4]',
          meta: { clauses: ['C5', 'R4'] },
          initial: 'active',
          states: {
            active: {
              description: 'Active: the service functions of role and edition are on [E2]',
              meta: { clauses: ['E2', 'A2'] },
              tags: ['service'],
              initial: 'termed',
              states: {
                termed: {
                  description: 'Active until the end of the paid term [C2, R4]',
                  meta: { clauses: ['C2', 'R4'] },
                  tags: ['paying'],
                  on: { 'term.extended': { target: 'termed', reenter: true } },
                  after: {
                    expiry: [
                      { guard: 'isRenewalPaid', target: '#awaitingRenewalVerification' },
                      { target: '#overdue', actions: 'recordServiceEnd' },
                    ],
                  },
                },
                unlimited: {
                  id: 'unlimited',
                  description: 'Active without a term: this role does not pay [C1]',
                  meta: { clauses: ['C1'] },
                },
              },
            },
            awaitingRenewalVerification: {
              id: 'awaitingRenewalVerification',
              description:
                'The term is over and its renewal is paid: service returns when the renewal is verified; nothing is unpaid, so nothing is deleted [R3, R4]',
              meta: { clauses: ['R3', 'R4'] },
              tags: ['paying'],
              on: {
                'term.extended': 'active',
                'renewal.rejected': { guard: 'isOpenOrder', target: 'overdue' },
              },
            },
            overdue: {
              id: 'overdue',
              description:
                'The term is over and no renewal is paid: service is off; a renewal is possible until the deletion [R4, C5]',
              meta: { clauses: ['R4', 'C5'] },
              tags: ['paying', 'overdue'],
              entry: 'forgetWarning',
              on: { 'order.paid': 'awaitingRenewalVerification' },
              initial: 'awaitingNotice',
              states: {
                awaitingNotice: {
                  description: 'The renewal notice has to be delivered before the final warning [R1, C5]',
                  meta: { clauses: ['R1', 'C5'] },
                  always: { guard: 'isNoticeDelivered', target: 'warning' },
                },
                ...finalWarning('overdueWarning'),
              },
            },
          },
        },

        notice: {
          description: 'What is announced to the account, and when [A6, R1]',
          meta: { clauses: ['A6', 'R1'] },
          initial: 'announcing',
          states: {
            announcing: {
              description: "The beginning or extension of the service is being announced on the account's page [A6]",
              meta: { clauses: ['A6'] },
              invoke: {
                src: 'postNotice',
                input: ({ context }) => ({
                  accountId: context.accountId,
                  kind: context.paidTerms.length > 1 ? 'renewed' : 'activated',
                  params: { accountNumber: context.accountNumber, expiresAt: context.expiresAt },
                }),
                onDone: [
                  {
                    guard: 'isPaying',
                    target: 'waiting',
                    actions: { type: 'recordDelivered', params: ({ event }) => event.output },
                  },
                  { target: 'none', actions: { type: 'recordDelivered', params: ({ event }) => event.output } },
                ],
              },
            },
            waiting: {
              description:
                'The renewal notice is posted its period before expiry, or at once if that moment has passed [R1]',
              meta: { clauses: ['R1'] },
              after: { renewalNotice: 'posting' },
            },
            posting: {
              description: 'The renewal notice is being posted [R1, A6]',
              meta: { clauses: ['R1', 'A6'] },
              invoke: {
                src: 'postNotice',
                input: ({ context }) => ({
                  accountId: context.accountId,
                  kind: 'renewalNotice',
                  params: { expiresAt: context.expiresAt },
                }),
                onDone: {
                  target: 'delivered',
                  actions: [
                    { type: 'noteNotice', params: ({ event }) => event.output },
                    { type: 'recordDelivered', params: ({ event }) => event.output },
                  ],
                },
              },
            },
            delivered: {
              description: 'The renewal notice is delivered: renewal can be applied for [R1, R2]',
              meta: { clauses: ['R1', 'R2'] },
              on: { 'term.extended': 'announcing' },
            },
            none: {
              description: 'No renewal notice: there is no term [C1]',
              meta: { clauses: ['C1'] },
            },
          },
        },

        suspension: {
          description: 'Whether the platform has suspended the service; periods and payments go on [V1, W7]',
          meta: { clauses: ['V1', 'W7'] },
          initial: 'none',
          states: {
            none: {
              description: 'Not suspended [V1]',
              meta: { clauses: ['V1'] },
              on: { 'subscription.suspended': { target: 'suspended', actions: ['suspend', 'recordSuspension'] } },
            },
            suspended: {
              description: 'Suspended for one or more reasons, each of which only its own remedy clears [V1, W7]',
              meta: { clauses: ['V1', 'W7'] },
              tags: ['suspended'],
              on: {
                'subscription.suspended': {
                  guard: not('isStandingReason'),
                  actions: ['suspend', 'recordSuspension'],
                },
                'suspension.lifted': [
                  { guard: 'isOnlyReason', target: 'none', actions: ['lift', 'recordSuspension'] },
                  { guard: 'isStandingReason', actions: ['lift', 'recordSuspension'] },
                ],
              },
            },
          },
        },

        edition,

        renewal: {
          description: 'The renewal that is applied for [R2, R3]',
          meta: { clauses: ['R2', 'R3'] },
          initial: 'idle',
          states: {
            idle: {
              id: 'noRenewal',
              description: 'No renewal is applied for [R2]',
              meta: { clauses: ['R2'] },
              on: {
                'renewal.requested': {
                  guard: and(['isNoticeDelivered', 'isNoUpgradeOpen']),
                  target: 'issuing',
                  actions: 'requestOrder',
                },
              },
            },
            issuing: {
              description: 'The order of the renewal is being issued at the price in effect [R2, C8]',
              meta: { clauses: ['R2', 'C8'] },
              invoke: {
                src: 'issueOrder',
                input: ({ context, self }) => orderQuestion(context, instantOf(self)),
                onDone: {
                  target: 'open',
                  actions: [
                    { type: 'noteOrder', params: ({ event }) => event.output },
                    'recordOrder',
                    'openOrder',
                    'offerCredit',
                  ],
                },
              },
            },
            open: {
              description: 'A renewal is applied for: it counts when it is verified and paid, in either order [R3]',
              meta: { clauses: ['R3'] },
              type: 'parallel',
              on: {
                'renewal.rejected': {
                  guard: 'isOpenOrder',
                  target: 'idle',
                  actions: dropOrder('cancelled'),
                },
              },
              states: {
                payment: {
                  description: 'The payment of the renewal [R3]',
                  meta: { clauses: ['R3'] },
                  initial: 'awaiting',
                  states: {
                    awaiting: {
                      description: 'Waits for the payment of the renewal [R3, C6]',
                      meta: { clauses: ['R3', 'C6'] },
                      on: { 'order.paid': { target: 'paid', actions: ['markPaid', 'recordPaid'] } },
                    },
                    paid: {
                      id: 'renewalPaid',
                      description: 'The renewal is paid [R3]',
                      meta: { clauses: ['R3'] },
                      type: 'final',
                    },
                  },
                },
                verification: {
                  description: 'The verification of the renewal [R3]',
                  meta: { clauses: ['R3'] },
                  initial: 'awaiting',
                  states: {
                    awaiting: {
                      description: 'Waits until the platform has verified the application [R3]',
                      meta: { clauses: ['R3'] },
                      on: { 'renewal.verified': { guard: 'isOpenOrder', target: 'verified' } },
                    },
                    verified: {
                      description: 'The application is verified [R3]',
                      meta: { clauses: ['R3'] },
                      type: 'final',
                    },
                  },
                },
              },
              onDone: {
                target: 'idle',
                actions: ['fulfilOrder', 'stopOrder', 'enterTerm', 'recordTerm', 'announceExtension'],
              },
            },
          },
        },
      },
    },

    windingDown: {
      id: 'windingDown',
      description:
        'The agreement has ended: costs are settled, data can be exported, then everything is deleted [A5, V5]',
      meta: { clauses: ['A5', 'V5'] },
      tags: ['readable', 'exportable', 'windingDown'],
      entry: [
        { type: 'recordOrderEnd', params: { status: 'cancelled' } },
        { type: 'recordEditionChange', params: { state: 'withdrawn' } },
        'forgetEditionChange',
        'stopOrder',
        'settle',
        'windDown',
        'recordStatement',
        'recordCredit',
        'recordServiceEnd',
        'returnMoney',
        'noteMoneyReturned',
      ],
      invoke: {
        src: 'postNotice',
        input: ({ context }) => ({
          accountId: context.accountId,
          kind: 'windDownStatement',
          params: { statements: context.statements.map((one) => ({ ...one })), endsAt: context.windDownEndsAt },
        }),
        onDone: { actions: { type: 'recordDelivered', params: ({ event }) => event.output } },
      },
      after: { windDown: 'erasing' },
    },

    erasing: {
      id: 'erasing',
      description: 'Ended: the account and all data under it are being deleted [C5, V5]',
      meta: { clauses: ['C5', 'V5'] },
      type: 'final',
      entry: [
        { type: 'recordOrderEnd', params: { status: 'cancelled' } },
        'settle',
        'recordEnd',
        'returnMoney',
        'startErasure',
      ],
    },
  },
});
