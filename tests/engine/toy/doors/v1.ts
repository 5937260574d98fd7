/** Two machines as their first version has them; `v2.ts` changes both. */
import { assign, setup } from 'xstate';
import { durable } from '../../../../engine/durable.ts';
import { now, until } from '../../../../engine/machine.ts';

export const anything = { description: 'Something happens', schema: { type: 'object' } };
export const check = () => [];

const doorMachine = setup({
  types: {
    context: {} as { closesAt: string | null; opened: number },
    events: {} as { type: 'opened'; seconds: number } | { type: 'shut' } | { type: 'locked' } | { type: 'unlocked' },
  },
  delays: { closing: until(({ context }) => context.closesAt ?? '') },
}).createMachine({
  id: 'door',
  context: { closesAt: null, opened: 0 },
  initial: 'closed',
  states: {
    closed: {
      on: {
        opened: {
          target: 'open',
          actions: assign({
            opened: ({ context }) => context.opened + 1,
            closesAt: ({ self, event }) => new Date(now(self) + event.seconds * 1000).toISOString(),
          }),
        },
        locked: 'locked',
      },
    },
    open: { on: { shut: 'closed' }, after: { closing: 'closed' } },
    locked: { on: { unlocked: 'closed' } },
  },
});

export const door = durable(doorMachine, {
  version: '1',
  title: () => 'Door',
  check,
  events: { opened: anything, shut: anything, locked: anything, unlocked: anything },
});

const meterMachine = setup({
  types: { context: {} as { ticks: number }, events: {} as { type: 'tick' } },
  actions: { count: assign({ ticks: ({ context }: { context: { ticks: number } }) => context.ticks + 1 }) },
}).createMachine({
  id: 'meter',
  context: { ticks: 0 },
  initial: 'even',
  states: {
    even: { on: { tick: { target: 'odd', actions: 'count' } } },
    odd: { on: { tick: { target: 'even', actions: 'count' } } },
  },
});

export const meter = durable(meterMachine, {
  version: '1',
  title: () => 'Meter',
  check,
  events: { tick: anything },
});
