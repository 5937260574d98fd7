/** A machine of ordinary size for `npm run bench`, and what it makes of an event: a bare workflow answers and stores the same. */
import { assign, setup } from 'xstate';
import type { Answer } from '../engine/protocol.ts';
import type { CommitRecord } from '../engine/store.ts';

const holder = { id: '6f9d9a53-3b0c-4a52-9d0f-2f3f6f0f7a11', name: 'A holder of ordinary length', since: '2030-01-01' };

export const meterMachine = setup({
  types: {} as {
    context: { count: number; last: string | null; holder: typeof holder; limits: readonly number[] };
    events: { type: 'counted'; note: string; by: string } | { type: 'asked'; note: string; by: string };
    tags: 'open';
    meta: { clauses: string[] };
  },
  delays: { year: 365 * 24 * 3600 * 1000 },
  guards: { isWithinLimit: ({ context }) => context.count < 1_000_000 },
})
  .createMachine({
    id: 'meter',
    context: { count: 0, last: null, holder, limits: [10, 100, 1000, 10_000] },
    initial: 'running',
    states: {
      running: {
        type: 'parallel',
        tags: ['open'],
        states: {
          dial: {
            initial: 'turning',
            states: {
              turning: {
                description: 'The dial turns',
                meta: { clauses: ['M1'] },
                on: {
                  counted: {
                    guard: 'isWithinLimit',
                    actions: assign({ count: ({ context }) => context.count + 1, last: ({ event }) => event.note }),
                  },
                  asked: { guard: 'isWithinLimit', actions: () => {} },
                },
              },
            },
          },
          lease: {
            initial: 'paid',
            states: {
              paid: { description: 'The lease is paid', meta: { clauses: ['M2'] }, after: { year: 'over' } },
              over: {},
            },
          },
        },
      },
    },
  })
  .provide({ delays: { year: 365 * 24 * 3600 * 1000 } } as never);

/** What the events of the benchmark carry. */
export const payload = { note: 'The meter of the third floor was read', by: 'caretaker' };

const state = { running: { dial: 'turning', lease: 'paid' } };
const words = 'The dial turns · The lease is paid';

export function answerAt(sequence: number, outcome: Answer['outcome']): Answer {
  return { sequence, state, words, tags: ['open'], outcome, digest: '0123456789abcdef' };
}

/** The record of the n-th count; the instant is of the length of a real one. */
export function recordAt(instance: string, sequence: number, id: string, at: string): CommitRecord {
  return {
    instance,
    machine: 'meter',
    version: '1',
    sequence,
    at,
    causes: [{ kind: 'event', type: 'counted', id, by: payload.by }],
    from: state,
    view: {
      status: 'active',
      value: state,
      tags: ['open'],
      context: { count: sequence, last: payload.note, holder, limits: [10, 100, 1000, 10_000] },
      deadlines: [
        {
          at,
          event: 'xstate.after.year.meter.running.lease.paid',
          label: 'year in running.lease.paid',
          references: ['M2'],
        },
      ],
      words,
      references: ['M1', 'M2'],
      children: {},
    },
    effects: [],
    emitted: [],
    messages: [],
  };
}
