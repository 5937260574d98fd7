/** What a chart is made of: hierarchy, regions, history, eventless transitions, guards, kinds of transitions and of events. */
import { and, assign, emit, enqueueActions, log, not, or, raise, setup, stateIn } from 'xstate';
import { hour } from './life.ts';
import type { Specimen } from './life.ts';

type Said = { type: string; n?: number; text?: string };

const note = (text: string) => ({ type: 'note', params: text }) as const;

/** Levels, default and explicit targets, reentering, internal and forbidden transitions, ids, entry and exit orders. */
const levels = setup({
  types: { context: {} as { notes: string[] }, events: {} as Said, tags: {} as 'outer' | 'inner' | 'deep' },
  actions: { note: assign({ notes: ({ context }, text: string) => [...context.notes, text] }) },
}).createMachine({
  id: 'levels',
  context: { notes: [] },
  initial: 'a',
  entry: note('+levels'),
  meta: { cites: ['root'] },
  on: {
    'to.b2': '#second',
    forbidden: { actions: note('root took it') },
    reset: { target: '.a', actions: note('reset') },
  },
  states: {
    a: {
      description: 'In the first part',
      meta: { cites: ['A'] },
      tags: ['outer'],
      entry: note('+a'),
      exit: note('-a'),
      initial: 'a1',
      on: {
        internal: { target: '.a2', actions: note('internal') },
        reentering: { target: '.a2', reenter: true, actions: note('reentering') },
        self: { target: 'a', actions: note('self') },
        'self.reentering': { target: 'a', reenter: true },
        stay: { actions: note('stay') },
        sibling: 'b',
      },
      states: {
        a1: {
          tags: 'inner',
          entry: note('+a1'),
          exit: note('-a1'),
          on: { forbidden: undefined, next: 'a2', up: { target: '#levels.b', actions: note('up') } },
        },
        a2: {
          tags: ['inner', 'deep'],
          entry: note('+a2'),
          exit: note('-a2'),
          initial: 'x',
          states: { x: { on: { next: 'y' } }, y: { type: 'final', entry: note('+y') } },
          onDone: { target: 'a3', actions: note('a2 done') },
        },
        a3: { entry: note('+a3'), type: 'final' },
      },
      onDone: { target: 'b', actions: note('a done') },
    },
    b: {
      description: 'In the second part',
      initial: 'b1',
      entry: note('+b'),
      exit: note('-b'),
      states: { b1: { on: { next: 'b2' } }, b2: { id: 'second', on: { end: '#levels.over' } } },
    },
    over: { type: 'final', output: ({ context }: { context: { notes: string[] } }) => context.notes.length },
  },
  output: ({ context, event }) => ({
    notes: context.notes.length,
    said: (event as { output?: unknown }).output ?? null,
  }),
});

/** Regions that move together, done states of regions, shallow and deep history with and without a default. */
const regions = setup({
  types: { context: {} as { notes: string[] }, events: {} as Said },
  actions: { note: assign({ notes: ({ context }, text: string) => [...context.notes, text] }) },
  guards: { leftIsThree: stateIn({ work: { left: 'three' } }), twinIsOn: stateIn('#ready-twin') },
}).createMachine({
  id: 'regions',
  context: { notes: [] },
  initial: 'work',
  states: {
    work: {
      type: 'parallel',
      on: { pause: 'paused' },
      onDone: 'finished',
      states: {
        left: {
          initial: 'one',
          states: {
            one: { on: { step: 'two', 'left.only': 'three' } },
            two: {
              initial: 'p',
              states: { p: { on: { inner: 'q' } }, q: { on: { inner: 'p' } } },
              on: { step: 'three' },
            },
            three: { on: { step: 'four' } },
            four: { type: 'final' },
            shallow: { type: 'history', target: 'three' },
            deep: { type: 'history', history: 'deep' },
          },
        },
        right: {
          initial: 'idle',
          states: {
            idle: { on: { step: { target: 'busy', actions: raise({ type: 'echo' }) } } },
            busy: {
              on: {
                step: { target: 'ready', guard: 'leftIsThree' },
                echo: { actions: note('echo in busy') },
              },
            },
            ready: { type: 'final' },
          },
        },
        watcher: {
          initial: 'watching',
          states: {
            watching: {
              on: { echo: { actions: note('echo') } },
              always: { guard: 'twinIsOn', target: 'seen' },
            },
            seen: { type: 'final' },
          },
        },
        twin: {
          initial: 'off',
          states: { off: { on: { twin: 'on' } }, on: { id: 'ready-twin', type: 'final' } },
        },
      },
    },
    paused: {
      on: {
        resume: 'work',
        'resume.shallow': '#regions.work.left.shallow',
        'resume.deep': '#regions.work.left.deep',
        'resume.all': 'past',
      },
    },
    past: { type: 'history', history: 'deep', target: 'work' } as never,
    finished: { type: 'final' },
  },
});

/** Guards alone and combined, with parameters; eventless chains; choices with a default. */
const choices = setup({
  types: {
    context: {} as { n: number; seen: string[] },
    events: {} as Said,
    input: {} as { n?: number },
    emitted: {} as { type: 'crossed'; n: number } | { type: 'landed'; at: string },
  },
  guards: {
    over: ({ context }, { limit }: { limit: number }) => context.n > limit,
    even: ({ context }) => context.n % 2 === 0,
    payload: ({ event }) => (event as { n?: number }).n !== undefined,
    small: and([not({ type: 'over', params: { limit: 3 } }), 'even']),
    edge: or([{ type: 'over', params: { limit: 90 } }, and(['even', { type: 'over', params: { limit: 40 } }])]),
  },
  actions: {
    see: assign({ seen: ({ context }, { what }: { what: string }) => [...context.seen, what] }),
    add: assign({ n: ({ context, event }) => context.n + ((event as { n?: number }).n ?? 1) }),
  },
}).createMachine({
  id: 'choices',
  context: ({ input }) => ({ n: input.n ?? 0, seen: [] }),
  initial: 'counting',
  states: {
    counting: {
      always: [
        { guard: 'edge', target: 'edgy' },
        { guard: { type: 'over', params: { limit: 20 } }, target: 'crossing' },
      ],
      on: {
        add: [
          { guard: 'payload', actions: 'add' },
          { actions: ['add', { type: 'see', params: { what: 'plus one' } }] },
        ],
        ask: [
          { guard: 'small', actions: { type: 'see', params: { what: 'small' } } },
          {
            guard: ({ context }) => context.n === 7,
            actions: { type: 'see', params: ({ context }) => ({ what: `lucky ${context.n}` }) },
          },
          { actions: { type: 'see', params: { what: 'other' } } },
        ],
        'only.even': { guard: 'even', actions: { type: 'see', params: { what: 'even' } } },
      },
    },
    crossing: {
      entry: [
        emit(({ context }) => ({ type: 'crossed', n: context.n })),
        log(({ context }) => `crossing at ${context.n}`),
        enqueueActions(({ enqueue, check, context }) => {
          enqueue({ type: 'see', params: { what: 'enqueued' } });
          if (check('even')) enqueue.assign({ n: context.n - 110 });
          else enqueue.raise({ type: 'bounce' });
          if (check({ type: 'over', params: { limit: 1000 } })) enqueue.emit({ type: 'landed', at: 'nowhere' });
        }),
      ],
      on: { bounce: { target: 'counting', actions: assign({ n: 1 }) } },
      always: { guard: ({ context }) => context.n < 0, target: 'chain' },
    },
    chain: { always: { target: 'link', actions: assign({ n: ({ context }) => context.n + 50 }) } },
    link: { always: [{ guard: ({ context }) => context.n < 0, target: 'chain' }, { target: 'counting' }] },
    edgy: {
      entry: [{ type: 'see', params: { what: 'edgy' } }, emit({ type: 'landed', at: 'edge' })],
      on: { back: { target: 'counting', actions: assign({ n: 0 }) } },
    },
  },
});

/** Wildcards, whole and partial, exact names before them, and raised events that meet them. */
const wildcards = setup({
  types: { context: {} as { heard: string[] }, events: {} as Said },
}).createMachine({
  id: 'wildcards',
  context: { heard: [] },
  initial: 'open',
  states: {
    open: {
      on: {
        'pay.card': { actions: assign({ heard: ({ context }) => [...context.heard, 'exact'] }) },
        'pay.*': { actions: assign({ heard: ({ context, event }) => [...context.heard, `pay: ${event.type}`] }) },
        'pay.card.*': { actions: assign({ heard: ({ context, event }) => [...context.heard, `card: ${event.type}`] }) },
        shut: 'shut',
        relay: { actions: raise({ type: 'raised.by.itself' }) },
        '*': { actions: assign({ heard: ({ context, event }) => [...context.heard, `any: ${event.type}`] }) },
      },
    },
    shut: { on: { open: 'open', 'pay.*': undefined } },
  },
  on: { 'pay.cash': { actions: assign({ heard: ({ context }) => [...context.heard, 'root'] }) } },
});

export const structure: readonly Specimen[] = [
  {
    machine: levels,
    events: [
      'to.b2',
      'forbidden',
      'reset',
      'internal',
      'reentering',
      'self',
      'self.reentering',
      'stay',
      'sibling',
      'next',
      'up',
      'end',
    ],
    lives: [
      [
        'stay',
        'forbidden',
        'internal',
        'reentering',
        'self',
        'self.reentering',
        'forbidden',
        'next',
        'forbidden',
        'next',
        'next',
        'end',
        'stay',
      ],
      ['up', 'next', 'reset', 'internal', 'next', 'next', 'reset', 'to.b2', 'next', 'end'],
      [
        ['sibling', 'reset', 'internal', 'sibling'],
        ['next', 'reset', 'up', 'to.b2', 'end', 'reset'],
      ],
    ],
  },
  {
    machine: regions,
    events: [
      'pause',
      'step',
      'left.only',
      'inner',
      'twin',
      'resume',
      'resume.shallow',
      'resume.deep',
      'resume.all',
      'echo',
    ],
    lives: [
      [
        'step',
        'inner',
        'pause',
        'resume.deep',
        'inner',
        'inner',
        'pause',
        'resume.shallow',
        'pause',
        'resume.all',
        'step',
        'step',
        'step',
        'twin',
        'step',
      ],
      [
        'echo',
        'step',
        'inner',
        'pause',
        'resume.shallow',
        'inner',
        'pause',
        'resume',
        'pause',
        'resume.deep',
        'left.only',
        'twin',
        'pause',
        'resume.all',
        'step',
        'step',
        'step',
      ],
      ['left.only', 'pause', 'resume.shallow', 'step', 'pause', 'resume.deep', 'step', 'step', 'twin', 'pause'],
    ],
  },
  {
    machine: choices,
    input: { n: 2 },
    events: ['add', 'ask', 'only.even', 'bounce', 'back'],
    lives: [
      ['ask', 'add', 'ask', 'only.even', { type: 'add', n: 4 }, 'ask', 'only.even', { type: 'add', n: 15 }, 'ask'],
      [{ type: 'add', n: 20 }, 'ask', { type: 'add', n: 99 }, 'back', 'add', 'bounce', { type: 'add', n: 20 }],
      [[{ type: 'add', n: 41 }, 'add', { type: 'add', n: 41 }, 'back', { type: 'add', n: -3 }, 'ask']],
    ],
  },
  {
    machine: wildcards,
    events: ['pay.card', 'pay.cash', 'pay.card.visa', 'pay', 'paying', 'shut', 'open', 'relay', 'anything'],
    lives: [
      [
        'pay.card',
        'pay.cash',
        'pay.card.visa',
        'pay',
        'paying',
        'relay',
        'anything',
        'open',
        'shut',
        'pay.cash',
        'pay.card',
        'anything',
        'open',
        hour,
        'pay.card',
      ],
    ],
  },
];
