import { assign, emit, setup } from 'xstate';
import { effect, message } from '../../../../engine/machine.ts';

/** A parcel: it is sorted in passing, ends with an output, and counts what it is told. */
const parcelSetup = setup({
  types: {
    context: {} as { heavy: boolean; told: number; last: number; signedBy: string },
    input: {} as { heavy?: boolean },
    output: {} as { signedBy: string },
    events: {} as
      | { type: 'shipped'; by?: string }
      | { type: 'stopped.at'; place: string }
      | { type: 'moved' }
      | { type: 'delivered'; signedBy: string }
      | { type: 'told'; n: number }
      | { type: 'repacked' },
    emitted: {} as { type: 'leaving' },
    tags: {} as 'sorted' | 'moving',
  },
  actions: {
    noteParcel: effect<{ what: string }>('noteParcel'),
    announce: message(() => ({ to: { machine: 'neighbour', id: 'next-door' }, event: { type: 'announced' } })),
  },
  guards: {
    isHeavy: ({ context }) => context.heavy,
    isSigned: ({ event }) => event.type === 'delivered' && event.signedBy !== '',
  },
});

const parcelWith = <Id extends string>(id: Id) =>
  parcelSetup.createMachine({
    id,
    context: ({ input }) => ({ heavy: input.heavy ?? false, told: 0, last: -1, signedBy: '' }),
    output: ({ context }) => ({ signedBy: context.signedBy }),
    initial: 'packed',
    on: {
      told: { actions: assign({ told: ({ context }) => context.told + 1, last: ({ event }) => event.n }) },
    },
    states: {
      packed: {
        description: 'It is packed',
        meta: { cites: ['P1'] },
        on: {
          shipped: [
            { target: 'refused', guard: 'isHeavy' },
            { target: 'sorting', actions: [emit({ type: 'leaving' }), 'announce'] },
          ],
          'stopped.at': { target: 'refused', guard: 'isHeavy' },
        },
      },
      sorting: {
        description: 'It is being sorted',
        tags: 'sorted',
        entry: { type: 'noteParcel', params: { what: 'sorted' } },
        always: 'onTheWay',
      },
      onTheWay: {
        meta: { cites: ['P2'] },
        initial: 'moving',
        on: {
          delivered: {
            target: 'delivered',
            guard: 'isSigned',
            actions: assign({ signedBy: ({ event }) => event.signedBy }),
          },
        },
        states: {
          moving: { description: 'It is on its way', tags: 'moving', on: { 'stopped.at': 'resting' } },
          resting: { description: 'It rests on its way', on: { moved: 'moving' } },
        },
      },
      refused: { description: 'It is too heavy', on: { repacked: 'packed' } },
      delivered: { type: 'final', description: 'It has arrived' },
    },
  });

export const parcelMachine = parcelWith('parcel');
export const hastyMachine = parcelWith('hasty');
