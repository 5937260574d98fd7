/** A hoard: keeps what it is given, and is as large as that. */
import { assign, setup } from 'xstate';
import type { DurableOptions } from '../../../../engine/definition.ts';
import { durable } from '../../../../engine/durable.ts';
import { activity } from '../../../../engine/machine.ts';

const hoardSetup = setup({
  types: {
    context: {} as { kept: string[] },
    events: {} as { type: 'kept'; what: string } | { type: 'dropped' } | { type: 'dug' } | { type: 'told' },
  },
  actors: { dig: activity<null, string>('dig') },
});

const hoardWith = <Id extends string>(id: Id) =>
  hoardSetup.createMachine({
    id,
    context: { kept: [] },
    initial: 'buried',
    on: {
      kept: { actions: assign({ kept: ({ context, event }) => [...context.kept, event.what] }) },
      dropped: { actions: assign({ kept: ({ context }) => context.kept.slice(1) }) },
      told: { actions: assign({ kept: ({ context }) => [...context.kept] }) },
    },
    states: {
      buried: { description: 'It lies deep. '.repeat(700), on: { dug: 'digging' } },
      digging: {
        invoke: {
          src: 'dig',
          input: null,
          onDone: { target: 'buried', actions: assign({ kept: ({ event }) => [event.output] }) },
        },
      },
    },
  });

const spec = { description: 'Something happens to the hoard', schema: { type: 'object' } };

const options: DurableOptions<ReturnType<typeof hoardWith>> = {
  version: '1',
  title: () => 'Hoard',
  check: () => [],
  events: { kept: spec, dropped: spec, dug: spec, told: spec },
};

/** In a new run after a few hundred events. */
export const hoard = durable(hoardWith('hoard'), { ...options, continueAfter: 250 });

/** In a new run after a few events. */
export const nest = durable(hoardWith('nest'), { ...options, continueAfter: 5 });
