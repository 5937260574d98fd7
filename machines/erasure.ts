/**
 * The deletion of an account and of all data under it, step by step in the order in which nothing can come back
 * [C5, V5]. Started by the subscription's last commit; every step is safe to repeat. It takes no events from outside.
 */
import { assign, setup } from 'xstate';
import { instantOf } from '../engine/machine.ts';
import type { Instant } from '../engine/machine.ts';
import { ask } from './activities.ts';
import type { Counts, IssuedCertificate } from './activities.ts';
import type { EndReason } from './effects.ts';
import type { PublicEvents } from './subscription-events.ts';

export interface ErasureInput {
  accountId: string;
  /** Null when the account was never active. */
  accountNumber: string | null;
  reason: EndReason;
  clause: string;
  /** The number that the final warning named, where there was one. */
  certificateNumber: string | null;
  decidedAt: Instant;
}

export interface ErasureContext extends ErasureInput {
  startedAt: Instant;
  /** What each step did, for the certificate. */
  counts: Counts;
  hash: string | null;
}

/** Nothing outside can change an erasure. */
export const erasureEvents = {} as const satisfies PublicEvents;

export const erasureMachine = setup({
  types: {} as {
    context: ErasureContext;
    input: ErasureInput;
    events: { type: never };
    meta: { clauses: string[] };
  },
  actors: {
    stopAccountWorkflows: ask('stopAccountWorkflows'),
    fenceAccount: ask('fenceAccount'),
    eraseSessionsAndFiles: ask('eraseSessionsAndFiles'),
    deleteAccountRows: ask('deleteAccountRows'),
    destroyAccountKey: ask('destroyAccountKey'),
    deleteAccountExecutions: ask('deleteAccountExecutions'),
    issueCertificate: ask('issueCertificate'),
  },
  actions: {
    count: assign({ counts: ({ context }, params: Counts) => ({ ...context.counts, ...params }) }),
    noteCertificate: assign((_, params: IssuedCertificate) => ({ ...params })),
  },
}).createMachine({
  id: 'erasure',
  description: 'The deletion of an account and all data under it [C5, V5]',
  context: ({ input, self }) => ({ ...input, startedAt: instantOf(self), counts: {}, hash: null }),
  initial: 'stopping',
  states: {
    stopping: {
      description: "The account's open workflows are being stopped [C5]",
      meta: { clauses: ['C5', 'V5'] },
      invoke: {
        src: 'stopAccountWorkflows',
        input: ({ context: { accountId } }) => ({ accountId }),
        onDone: { target: 'fencing', actions: { type: 'count', params: ({ event }) => event.output } },
      },
    },
    fencing: {
      description: 'The account is being fenced: nothing can be written under it any more [C5]',
      meta: { clauses: ['C5', 'V5'] },
      invoke: {
        src: 'fenceAccount',
        input: ({ context: { accountId } }) => ({ accountId }),
        onDone: { target: 'erasingSessionsAndFiles', actions: { type: 'count', params: ({ event }) => event.output } },
      },
    },
    erasingSessionsAndFiles: {
      description: 'Sessions and files are being erased [C5]',
      meta: { clauses: ['C5', 'V5'] },
      invoke: {
        src: 'eraseSessionsAndFiles',
        input: ({ context: { accountId } }) => ({ accountId }),
        onDone: { target: 'deletingRows', actions: { type: 'count', params: ({ event }) => event.output } },
      },
    },
    deletingRows: {
      description: 'Rows are being deleted [C5]',
      meta: { clauses: ['C5', 'V5'] },
      invoke: {
        src: 'deleteAccountRows',
        input: ({ context: { accountId } }) => ({ accountId }),
        onDone: { target: 'destroyingKey', actions: { type: 'count', params: ({ event }) => event.output } },
      },
    },
    destroyingKey: {
      description: "The key of the account's vault is being destroyed: what copies remain cannot be read [C5]",
      meta: { clauses: ['C5', 'V5'] },
      invoke: {
        src: 'destroyAccountKey',
        input: ({ context: { accountId } }) => ({ accountId }),
        onDone: { target: 'deletingExecutions', actions: { type: 'count', params: ({ event }) => event.output } },
      },
    },
    deletingExecutions: {
      description: "The account's closed workflows are being deleted [C5]",
      meta: { clauses: ['C5', 'V5'] },
      invoke: {
        src: 'deleteAccountExecutions',
        input: ({ context: { accountId } }) => ({ accountId }),
        onDone: { target: 'certifying', actions: { type: 'count', params: ({ event }) => event.output } },
      },
    },
    certifying: {
      description: 'The certificate without personal data is being issued [C5]',
      meta: { clauses: ['C5'] },
      invoke: {
        src: 'issueCertificate',
        input: ({ context: { accountId, accountNumber, certificateNumber, reason, clause, decidedAt, counts } }) => ({
          accountId,
          accountNumber,
          certificateNumber,
          reason,
          clause,
          decidedAt,
          counts,
        }),
        onDone: { target: 'erased', actions: { type: 'noteCertificate', params: ({ event }) => event.output } },
      },
    },
    erased: {
      description: 'Erased: the certificate is all that remains [C5, V5]',
      meta: { clauses: ['C5', 'V5'] },
      type: 'final',
    },
  },
});
