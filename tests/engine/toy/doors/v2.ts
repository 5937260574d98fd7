/** The second version: `open` is called `ajar`, a door can jam, and none can be locked any more. A meter can be paused. */
import { assign, setup } from 'xstate';
import { durable } from '../../../../engine/durable.ts';
import { now, until } from '../../../../engine/machine.ts';
import type { KeptState } from '../../../../engine/migration.ts';
import { anything, check } from './v1.ts';

const doorMachine = setup({
  types: {
    context: {} as { closesAt: string | null; times: number },
    events: {} as { type: 'opened'; seconds: number } | { type: 'shut' } | { type: 'jammed' } | { type: 'freed' },
  },
  delays: { closing: until(({ context }) => context.closesAt ?? '') },
}).createMachine({
  id: 'door',
  context: { closesAt: null, times: 0 },
  initial: 'closed',
  states: {
    closed: {
      on: {
        opened: {
          target: 'ajar',
          actions: assign({
            times: ({ context }) => context.times + 1,
            closesAt: ({ self, event }) => new Date(now(self) + event.seconds * 1000).toISOString(),
          }),
        },
        jammed: 'jammed',
      },
    },
    ajar: { on: { shut: 'closed' }, after: { closing: 'closed' } },
    jammed: { on: { freed: 'closed' } },
  },
});

const closing = { of: 'xstate.after.closing.door.open', now: 'xstate.after.closing.door.ajar' };

export const door = durable(doorMachine, {
  version: '2',
  title: () => 'Door',
  check,
  events: { opened: anything, shut: anything, jammed: anything, freed: anything },
  migrate: ({ snapshot, timers }: KeptState) => {
    const { opened, ...context } = snapshot.context;
    return {
      snapshot: {
        ...snapshot,
        value: snapshot.value === 'open' ? 'ajar' : snapshot.value,
        context: { ...context, times: opened },
      },
      timers: timers.map((timer) =>
        timer.event.type === closing.of ? { ...timer, id: closing.now, event: { type: closing.now } } : timer,
      ),
    };
  },
});

const meterMachine = setup({
  types: {
    context: {} as { ticks: number },
    events: {} as { type: 'tick' } | { type: 'paused' } | { type: 'resumed' },
  },
  actions: { count: assign({ ticks: ({ context }: { context: { ticks: number } }) => context.ticks + 1 }) },
}).createMachine({
  id: 'meter',
  context: { ticks: 0 },
  initial: 'even',
  states: {
    even: { on: { tick: { target: 'odd', actions: 'count' }, paused: 'pausing' } },
    odd: { on: { tick: { target: 'even', actions: 'count' } } },
    pausing: { on: { resumed: 'even' } },
  },
});

export const meter = durable(meterMachine, {
  version: '2',
  title: () => 'Meter',
  check,
  events: { tick: anything, paused: anything, resumed: anything },
});
