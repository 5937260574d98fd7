/**
 * The overdue days, alike for a first order and for a renewal: warned, the warning stands, and at its end the account and
 * all its data are deleted, unless money for it is on its way [C5, C6].
 */
import { instantOf } from '../engine/machine.ts';
import type { NoticeKind } from './activities.ts';
import { deletion, dueAt } from './subscription-context.ts';
import { subscriptionSetup } from './subscription-setup.ts';

/** The states of the final warning, for a state that is left when what is due is paid. */
export function finalWarning(kind: Extract<NoticeKind, 'registrationOverdueWarning' | 'overdueWarning'>) {
  return {
    warning: subscriptionSetup.createStateConfig({
      description: 'The final warning is being posted; nothing is deleted before it has stood [C5, A6]',
      meta: { clauses: ['C5', 'A6'] },
      invoke: {
        src: 'postNotice',
        input: ({ context, self }) => ({
          accountId: context.accountId,
          kind,
          params: { dueAt: dueAt(context), deletesNotBefore: deletion(context, instantOf(self)) },
        }),
        onDone: {
          target: 'warned',
          actions: [{ type: 'noteWarning', params: ({ event }) => event.output }, 'recordWarning'],
        },
      },
    }),
    warned: subscriptionSetup.createStateConfig({
      description:
        'Warned: the account and all its data are deleted at the moment named, unless what is due is paid [C5]',
      meta: { clauses: ['C5'] },
      after: { deletion: 'awaitingReceipts' },
    }),
    awaitingReceipts: subscriptionSetup.createStateConfig({
      description:
        'The moment of deletion has come; money that is already on its way to the account is decided on first [C5, C6]',
      meta: { clauses: ['C5', 'C6'] },
      invoke: {
        src: 'awaitReceipts',
        input: ({ context }) => ({ accountId: context.accountId }),
        onDone: {
          target: '#erasing',
          actions: { type: 'end', params: { reason: 'overdue', clause: 'C5' } },
        },
      },
    }),
  };
}
