import { assign, sendTo, setup } from 'xstate';
import { activity, effect, instantOf, message, now, until } from '../../../engine/machine.ts';
import type { InvocationError } from '../../../engine/machine.ts';

/** A drawer in the lamp's desk: two of them live in one lamp, so that ids and paths are put to the test. */
const drawer = setup({
  types: { context: {} as { opened: number }, events: {} as { type: 'pull' } | { type: 'push' } },
}).createMachine({
  id: 'drawer',
  context: { opened: 0 },
  initial: 'shut',
  states: {
    shut: { on: { pull: { target: 'open', actions: assign({ opened: ({ context }) => context.opened + 1 }) } } },
    open: { on: { push: 'shut' }, after: { 60_000: 'shut' } },
  },
});

/** Reads two meters at the same time, and keeps in which order and when; and throws a die, which falls off the table. */
export const meters = setup({
  types: { context: {} as { read: string[] }, events: {} as { type: 'read' } | { type: 'thrown' } | { type: 'lost' } },
  actors: { readMeter: activity<string, { watts: number }>('readMeter', { local: true }) },
  actions: {
    keep: assign({
      read: ({ context, self }, { room }: { room: string }) => [...context.read, `${room} at ${instantOf(self)}`],
    }),
  },
}).createMachine({
  id: 'meters',
  context: { read: [] },
  initial: 'idle',
  on: {
    thrown: { actions: assign({ read: ({ context }) => [...context.read, `${Math.random()}`] }) },
    lost: {
      actions: () => {
        throw new Error(`lost a ${Math.random()}`);
      },
    },
  },
  states: {
    idle: { on: { read: 'reading' } },
    reading: {
      type: 'parallel',
      states: {
        cellar: {
          initial: 'asked',
          states: {
            asked: {
              invoke: {
                src: 'readMeter',
                input: 'stuck',
                onDone: { target: 'known', actions: { type: 'keep', params: { room: 'cellar' } } },
              },
            },
            known: { type: 'final' },
          },
        },
        attic: {
          initial: 'asked',
          states: {
            asked: {
              invoke: {
                src: 'readMeter',
                input: 'any',
                onDone: { target: 'known', actions: { type: 'keep', params: { room: 'attic' } } },
              },
            },
            known: { type: 'final' },
          },
        },
      },
      onDone: 'idle',
    },
  },
});

const lampSetup = setup({
  types: {
    context: {} as {
      owner: string | null;
      burns: string;
      offAt: string | null;
      presses: number;
      bulb: string | null;
      failure: InvocationError | null;
      neighbour: string | null;
    },
    input: {} as { owner?: string; burns?: string; neighbour?: string },
    events: {} as
      | { type: 'press'; by?: string }
      | { type: 'pull.left' }
      | { type: 'pull.right' }
      | { type: 'bulb.wanted'; kind: string }
      | { type: 'meter.asked' }
      | { type: 'smoke' }
      | { type: 'dated' }
      | { type: 'faulty' }
      | { type: 'broken' }
      | { type: 'wave' }
      | { type: 'thrown.away' }
      | { type: 'message.refused'; messageId: string; to: string; eventType: string; reason: string },
    tags: {} as 'lit',
  },
  actors: {
    drawer,
    fetchBulb: activity<{ kind: string }, { serial: string }>('fetchBulb'),
    readMeter: activity<null, { watts: number }>('readMeter', { local: true }),
  },
  actions: {
    noteLight: effect<{ lit: boolean }>('noteLight'),
    burnDown: () => {
      throw new Error('the action is broken');
    },
    greet: message(({ context }) =>
      context.neighbour ? { to: { machine: 'lamp', id: context.neighbour }, event: { type: 'press' } } : undefined,
    ),
  },
  guards: {
    throwing: () => {
      throw new Error('the guard is broken');
    },
  },
  delays: { off: until(({ context }) => context.offAt ?? '') },
});

const lampWith = <Id extends string>(id: Id) =>
  lampSetup.createMachine({
    id,
    context: ({ input }) => ({
      owner: input.owner ?? null,
      burns: input.burns ?? 'PT60S',
      offAt: null,
      presses: 0,
      bulb: null,
      failure: null,
      neighbour: input.neighbour ?? null,
    }),
    invoke: [
      { id: 'left', src: 'drawer' },
      { id: 'right', src: 'drawer' },
    ],
    initial: 'dark',
    on: {
      'pull.left': { actions: sendTo('left', { type: 'pull' }) },
      'pull.right': { actions: sendTo('right', { type: 'pull' }) },
      faulty: { guard: 'throwing', actions: 'greet' },
      broken: {
        actions: assign({
          presses: () => {
            throw new Error('the assign is broken');
          },
        }),
      },
      smoke: { actions: 'burnDown' },
      dated: { actions: assign({ offAt: ({ self }) => new Date(now(self)) as unknown as string }) },
      wave: { actions: 'greet' },
      'thrown.away': '.gone',
      'message.refused': {
        actions: assign({ failure: ({ event }) => ({ name: event.eventType, message: event.reason }) }),
      },
    },
    states: {
      dark: {
        description: 'The lamp is off',
        meta: { cites: ['L1'] },
        on: {
          press: {
            target: 'lit',
            actions: assign({
              presses: ({ context }) => context.presses + 1,
              offAt: ({ self, context }) =>
                new Date(now(self) + Number(context.burns.slice(2, -1)) * 1000).toISOString(),
            }),
          },
          'bulb.wanted': 'fetching',
          'meter.asked': 'reading',
        },
      },
      lit: {
        description: 'The lamp burns',
        meta: { cites: ['L2'] },
        tags: 'lit',
        entry: { type: 'noteLight', params: { lit: true } },
        exit: { type: 'noteLight', params: { lit: false } },
        on: { press: { target: 'dark', actions: assign({ presses: ({ context }) => context.presses + 1 }) } },
        after: { off: 'dark' },
      },
      fetching: {
        description: 'A bulb is on its way',
        invoke: {
          src: 'fetchBulb',
          input: ({ event }) => ({ kind: event.type === 'bulb.wanted' ? event.kind : 'any' }),
          onDone: { target: 'dark', actions: assign({ bulb: ({ event }) => event.output.serial }) },
          onError: { target: 'dark', actions: assign({ failure: ({ event }) => event.error as InvocationError }) },
        },
        on: { press: 'dark' },
      },
      reading: {
        description: 'The meter is being read',
        invoke: {
          src: 'readMeter',
          input: null,
          onDone: { target: 'dark', actions: assign({ bulb: ({ event }) => `${event.output.watts} W` }) },
        },
      },
      broken: { entry: 'burnDown' },
      gone: { type: 'final', entry: assign({ offAt: ({ self }) => instantOf(self) }) },
    },
  });

export const lamp = lampWith('lamp');
export const restless = lampWith('restless');
export const brief = lampWith('brief');
