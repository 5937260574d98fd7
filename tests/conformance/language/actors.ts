/** Actors of every kind: machines, promises, callbacks, observables and transition logic, invoked and spawned. */
import {
  assign,
  emit,
  enqueueActions,
  forwardTo,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import type { ActorRefFrom, AnyActorRef, AnyEventObject, Subscribable } from 'xstate';
import { hour } from './life.ts';
import type { Specimen } from './life.ts';

interface Said {
  type: string;
  n?: number;
  id?: string;
  output?: unknown;
  error?: unknown;
  got?: unknown;
}
interface Notes {
  notes: string[];
}

const note = (text: string) => ({ type: 'note', params: text }) as const;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : JSON.stringify(error));
/** Numbers that are all there at once, as an observable. */
function numbers<T>(values: readonly T[], end: 'complete' | 'fail' | 'open'): Subscribable<T> {
  return {
    subscribe: (observer: unknown) => {
      const { next, error, complete } = observer as {
        next?: (value: T) => void;
        error?: (cause: unknown) => void;
        complete?: () => void;
      };
      for (const value of values) next?.(value);
      if (end === 'fail') error?.(new Error('the source ran dry'));
      if (end === 'complete') complete?.();
      return { unsubscribe: () => {} };
    },
  };
}

// --- machines in machines ---------------------------------------------------------------------------------------------

const grandchild = setup({
  types: { context: {} as { count: number; limit: number }, events: {} as Said, input: {} as { limit: number } },
}).createMachine({
  id: 'grandchild',
  context: ({ input }) => ({ count: 0, limit: input.limit }),
  initial: 'counting',
  states: {
    counting: {
      on: {
        count: {
          actions: [
            assign({ count: ({ context }) => context.count + 1 }),
            sendParent(({ context }) => ({ type: 'counted', n: context.count })),
          ],
        },
      },
      after: { [4 * hour]: 'tired' },
      always: { guard: ({ context }) => context.count >= context.limit, target: 'full' },
    },
    tired: { on: { count: 'counting' } },
    full: { type: 'final' },
  },
  output: ({ context }) => ({ counted: context.count }),
});

const child = setup({
  types: { context: {} as Notes, events: {} as Said, input: {} as { limit: number } },
  actors: { grandchild },
}).createMachine({
  id: 'child',
  context: { notes: [] },
  initial: 'open',
  states: {
    open: {
      invoke: {
        id: 'grand',
        src: 'grandchild',
        systemId: 'grand',
        input: ({ event }) => ({ limit: (event as { input?: { limit: number } }).input?.limit ?? 3 }),
        onDone: { target: 'shut', actions: sendParent(({ event }) => ({ type: 'grand.done', got: event.output })) },
      },
      on: { '*': { actions: forwardTo('grand') }, counted: { actions: sendParent(({ event }) => event) } },
      after: { [9 * hour]: { target: 'shut', actions: sendParent({ type: 'child.late' }) } },
    },
    shut: { on: { open: 'open' } },
  },
});

const family = setup({
  types: {
    context: {} as Notes & { names: string[] },
    events: {} as Said,
    emitted: {} as { type: 'heard'; n: number },
  },
  actors: { child, grandchild },
  actions: {
    note: assign({ notes: ({ context }, text: string) => [...context.notes, text] }),
    noteEvent: assign({
      notes: ({ context, event }) => [
        ...context.notes,
        `${event.type} ${JSON.stringify(event.output ?? event.got ?? null)}`,
      ],
    }),
    noteError: assign({
      notes: ({ context, event }) => [...context.notes, `${event.type}: ${messageOf(event.error)}`],
    }),
  },
}).createMachine({
  id: 'family',
  context: { notes: [], names: [] },
  initial: 'empty',
  on: {
    counted: { actions: ['noteEvent', emit(({ event }) => ({ type: 'heard' as const, n: event.n ?? 0 }))] },
    'grand.done': { actions: 'noteEvent' },
    'child.late': { actions: 'noteEvent' },
    names: { actions: assign({ names: ({ system }) => Object.keys(system.getAll()).toSorted() }) },
    'by.system': { actions: sendTo(({ system }) => system.get('grand'), { type: 'count' }) },
  },
  states: {
    empty: { on: { go: 'living' } },
    living: {
      invoke: [
        { id: 'left', src: 'child', input: { limit: 2 }, systemId: 'left', onDone: 'empty' },
        {
          id: 'counter',
          src: 'grandchild',
          input: { limit: 4 },
          onDone: { actions: 'noteEvent' },
          onSnapshot: {
            actions: assign(({ context, event }) => ({
              notes: [...context.notes, `saw ${JSON.stringify(event.snapshot.value)} ${event.snapshot.context.count}`],
            })),
          },
        },
      ],
      on: {
        count: { actions: [sendTo('left', { type: 'count' }), sendTo('counter', { type: 'count' })] },
        left: { actions: sendTo('left', ({ event }) => ({ ...event, type: 'count' })) },
        open: { actions: forwardTo('left') },
        leave: 'empty',
      },
    },
  },
});

// --- promises, callbacks, observables, transition logic ----------------------------------------------------------------

const tools = setup({
  types: { context: {} as Notes, events: {} as Said },
  actors: {
    doubling: fromPromise<number, { n: number }>(async ({ input }) => {
      await Promise.resolve();
      return input.n * 2;
    }),
    failing: fromPromise<number>(async () => {
      await Promise.resolve();
      throw new Error('no such thing');
    }),
    endless: fromPromise<number>(() => new Promise<number>(() => {})),
    echo: fromCallback<AnyEventObject, { name: string }>(({ sendBack, receive, input }) => {
      receive((event) => {
        sendBack({ type: 'echoed', got: `${input.name} heard ${event.type}` });
        if (event.type === 'twice') sendBack({ type: 'echoed', got: 'again' });
      });
      return () => {};
    }),
    throwing: fromCallback(() => {
      throw new Error('the callback throws');
    }),
    stream: fromObservable<number, undefined>(() => numbers([1, 2, 3], 'complete')),
    broken: fromObservable<number, undefined>(() => numbers([1], 'fail')),
    events: fromEventObservable(() => numbers<AnyEventObject>([{ type: 'ticked' }, { type: 'ticked' }], 'complete')),
    tally: fromTransition(
      (sum: number, event: { type: string; n?: number }) => sum + (event.type === 'add' ? (event.n ?? 1) : 0),
      ({ input }: { input: number }) => input,
    ),
  },
  actions: {
    note: assign({ notes: ({ context }, text: string) => [...context.notes, text] }),
    noteEvent: assign({
      notes: ({ context, event }) => [
        ...context.notes,
        `${event.type} ${JSON.stringify(event.output ?? event.got ?? null)}`,
      ],
    }),
    noteError: assign({
      notes: ({ context, event }) => [...context.notes, `${event.type}: ${messageOf(event.error)}`],
    }),
  },
}).createMachine({
  id: 'tools',
  context: { notes: [] },
  initial: 'idle',
  on: { echoed: { actions: 'noteEvent' }, ticked: { actions: note('tick') } },
  states: {
    idle: {
      on: {
        double: 'doubling',
        fail: 'failing',
        echo: 'echoing',
        throw: 'throwing',
        stream: 'streaming',
        break: 'breaking',
        listen: 'listening',
        tally: 'tallying',
        wait: 'waiting',
      },
    },
    doubling: {
      invoke: {
        src: 'doubling',
        input: ({ event }) => ({ n: (event as Said).n ?? 21 }),
        onDone: { target: 'idle', actions: 'noteEvent' },
        onError: { target: 'idle', actions: 'noteError' },
      },
    },
    failing: { invoke: { src: 'failing', onDone: 'idle', onError: { target: 'idle', actions: 'noteError' } } },
    waiting: {
      invoke: { src: 'endless', onDone: { target: 'idle', actions: note('never') } },
      on: { back: 'idle' },
      after: { [6 * hour]: { target: 'idle', actions: note('gave up') } },
    },
    echoing: {
      invoke: { id: 'echo', src: 'echo', input: { name: 'wall' } },
      on: {
        say: { actions: sendTo('echo', { type: 'once' }) },
        twice: { actions: forwardTo('echo') },
        later: { actions: sendTo('echo', { type: 'late' }, { delay: 2 * hour }) },
        back: 'idle',
      },
    },
    throwing: { invoke: { src: 'throwing', onError: { target: 'idle', actions: 'noteError' } } },
    streaming: {
      invoke: {
        src: 'stream',
        onSnapshot: {
          actions: assign(({ context, event }) => ({ notes: [...context.notes, `saw ${event.snapshot.context}`] })),
        },
        onDone: { target: 'idle', actions: note('stream is over') },
      },
    },
    breaking: { invoke: { src: 'broken', onError: { target: 'idle', actions: 'noteError' } } },
    listening: { invoke: { src: 'events', onDone: { target: 'idle', actions: note('no more events') } } },
    tallying: {
      invoke: {
        id: 'tally',
        src: 'tally',
        input: 10,
        onSnapshot: {
          actions: assign(({ context, event }) => ({ notes: [...context.notes, `sum ${event.snapshot.context}`] })),
        },
      },
      on: { add: { actions: sendTo('tally', ({ event }) => ({ type: 'add', n: event.n ?? 1 })) }, back: 'idle' },
    },
  },
});

// --- spawning --------------------------------------------------------------------------------------------------------

const worker = setup({
  types: { context: {} as { name: string; jobs: number }, events: {} as Said, input: {} as { name: string } },
}).createMachine({
  id: 'worker',
  context: ({ input }) => ({ name: input.name, jobs: 0 }),
  initial: 'free',
  states: {
    free: { on: { job: { target: 'busy', actions: assign({ jobs: ({ context }) => context.jobs + 1 }) } } },
    busy: {
      after: {
        [2 * hour]: {
          target: 'free',
          actions: sendParent(({ context }) => ({ type: 'job.done', got: `${context.name} ${context.jobs}` })),
        },
      },
    },
    gone: { type: 'final' },
  },
  on: { dismiss: '.gone' },
  output: ({ context }) => context.jobs,
});

const yard = setup({
  types: {
    context: {} as Notes & { ref: AnyActorRef | null; crew: ActorRefFrom<typeof worker>[] },
    events: {} as Said,
  },
  actors: {
    worker,
    doubling: fromPromise<number, number>(({ input }) => Promise.resolve(input * 2)),
    tally: fromTransition((sum: number, { type }: { type: string }) => (type === 'job' ? sum + 1 : sum), 0),
    echo: fromCallback<AnyEventObject>(({ sendBack, receive }) =>
      receive(({ type }) => sendBack({ type: 'job.done', got: `echo of ${type}` })),
    ),
  },
  actions: {
    note: assign({ notes: ({ context }, text: string) => [...context.notes, text] }),
    noteEvent: assign({
      notes: ({ context, event }) => [
        ...context.notes,
        `${event.type} ${JSON.stringify(event.output ?? event.got ?? null)}`,
      ],
    }),
    noteError: assign({
      notes: ({ context, event }) => [...context.notes, `${event.type}: ${messageOf(event.error)}`],
    }),
  },
}).createMachine({
  id: 'yard',
  context: { notes: [], ref: null, crew: [] },
  entry: spawnChild('worker', { id: 'first', input: { name: 'first' }, systemId: 'first' }),
  on: {
    'job.done': { actions: 'noteEvent' },
    hire: {
      actions: assign({
        crew: ({ context, spawn }) => [
          ...context.crew,
          spawn('worker', { input: { name: `n${context.crew.length}` } }),
        ],
      }),
    },
    'hire.named': {
      actions: spawnChild('worker', {
        id: ({ event }: { event: Said }) => event.id ?? 'x',
        input: { name: 'named' },
      } as never),
    },
    'hire.echo': { actions: spawnChild('echo', { id: 'echo' }) },
    'hire.tally': { actions: assign({ ref: ({ spawn }) => spawn('tally', { id: 'tally', syncSnapshot: true }) }) },
    'hire.promise': { actions: spawnChild('doubling', { id: 'twice', input: 4 }) },
    job: {
      actions: enqueueActions(({ context, enqueue }) => {
        for (const one of context.crew) enqueue.sendTo(one, { type: 'job' });
      }),
    },
    'job.for': { actions: sendTo(({ event }) => event.id ?? 'first', { type: 'job' }) },
    'dismiss.for': { actions: sendTo(({ event }) => event.id ?? 'first', { type: 'dismiss' }) },
    fire: { actions: stopChild(({ event }) => event.id ?? 'first') },
    'fire.crew': {
      actions: enqueueActions(({ context, enqueue }) => {
        const last = context.crew.at(-1);
        if (last) enqueue.stopChild(last);
        enqueue.assign({ crew: context.crew.slice(0, -1) });
      }),
    },
    look: {
      actions: assign({
        notes: ({ context, self, system }) => [
          ...context.notes,
          `${Object.keys(self.getSnapshot().children).toSorted().join()} | ${Object.keys(system.getAll()).join()}`,
        ],
      }),
    },
    'xstate.done.actor.*': { actions: 'noteEvent' },
    'xstate.snapshot.tally': {
      actions: assign({
        notes: ({ context, event }) => [
          ...context.notes,
          `tally ${String((event as unknown as { snapshot: { context: number } }).snapshot.context)}`,
        ],
      }),
    },
    again: { actions: raise({ type: 'look' }) },
  },
});

// --- references that travel --------------------------------------------------------------------------------------------

const courier = setup({
  types: {
    context: {} as { boss: AnyActorRef; friend: AnyActorRef | null; carried: number },
    events: {} as Said & { friend?: AnyActorRef },
    input: {} as { boss: AnyActorRef },
  },
}).createMachine({
  id: 'courier',
  context: ({ input }) => ({ boss: input.boss, friend: null, carried: 0 }),
  on: {
    meet: { actions: assign({ friend: ({ event }) => event.friend ?? null }) },
    carry: {
      actions: [
        assign({ carried: ({ context }) => context.carried + 1 }),
        sendTo(
          ({ context }) => context.friend ?? context.boss,
          ({ context, self }) => ({ type: context.friend ? 'carry' : 'carried', got: `${self.id} ${context.carried}` }),
        ),
      ],
    },
  },
});

const kin = setup({
  types: {
    context: {} as Notes & { one: AnyActorRef | null; other: AnyActorRef | null; past: { refs: AnyActorRef[] } },
    events: {} as Said,
  },
  actors: {
    courier,
    shout: fromCallback<AnyEventObject, { to: AnyActorRef }>(({ receive, input }) =>
      receive(({ type }) => input.to.send({ type: 'carried', got: `shout of ${type}` })),
    ),
  },
  actions: {
    noteEvent: assign({
      notes: ({ context, event }) => [...context.notes, `${event.type} ${JSON.stringify(event.got ?? null)}`],
    }),
  },
}).createMachine({
  id: 'kin',
  context: { notes: [], one: null, other: null, past: { refs: [] } },
  on: {
    carried: { actions: 'noteEvent' },
    begin: {
      actions: assign({
        one: ({ spawn, self }) => spawn('courier', { input: { boss: self } }),
        other: ({ spawn, self }) => spawn('courier', { id: 'other', input: { boss: self } }),
      }),
    },
    introduce: {
      actions: sendTo(
        ({ context }) => context.one!,
        ({ context }) => ({ type: 'meet', friend: context.other! }),
      ),
    },
    carry: { actions: sendTo(({ context }) => context.one!, { type: 'carry' }) },
    part: { actions: [stopChild('other'), assign({ past: ({ context }) => ({ refs: [context.other!] }) })] },
    shout: {
      actions: [spawnChild('shout', { id: 'shout', input: ({ self }: { self: AnyActorRef }) => ({ to: self }) })],
    },
    call: { actions: sendTo('shout', { type: 'call' }) },
  },
});

// --- errors that nobody handles ---------------------------------------------------------------------------------------

const brittle = setup({
  types: { context: {} as Notes, events: {} as Said },
  actors: {
    failing: fromPromise<number>(() => Promise.reject(new Error('broken for good'))),
    nested: setup({
      actors: { failing: fromPromise<number>(() => Promise.reject(new Error('broken inside'))) },
    }).createMachine({
      id: 'nested',
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: { invoke: { src: 'failing' } } },
    }),
  },
  actions: {
    note: assign({ notes: ({ context }, text: string) => [...context.notes, text] }),
    noteEvent: assign({
      notes: ({ context, event }) => [
        ...context.notes,
        `${event.type} ${JSON.stringify(event.output ?? event.got ?? null)}`,
      ],
    }),
    noteError: assign({
      notes: ({ context, event }) => [...context.notes, `${event.type}: ${messageOf(event.error)}`],
    }),
  },
}).createMachine({
  id: 'brittle',
  context: { notes: [] },
  invoke: { id: 'nested', src: 'nested', onError: { actions: 'noteError' } },
  initial: 'whole',
  states: {
    whole: {
      on: {
        inside: { actions: sendTo('nested', { type: 'go' }) },
        break: 'breaking',
        note: { actions: note('still here') },
      },
      after: { [3 * hour]: { actions: note('three hours') } },
    },
    breaking: { invoke: { src: 'failing' } },
  },
});

export const actors: readonly Specimen[] = [
  {
    machine: family,
    events: ['go', 'count', 'left', 'leave', 'names', 'by.system', 'open', 'counted'],
    lives: [
      [
        'names',
        'go',
        'names',
        'count',
        'by.system',
        'count',
        'open',
        'left',
        'count',
        'count',
        'names',
        'leave',
        'names',
      ],
      [
        'go',
        'count',
        5 * hour,
        'count',
        'left',
        'count',
        5 * hour,
        'open',
        'by.system',
        'leave',
        'go',
        'count',
        'count',
      ],
      [['go', 'count', 'leave', 'go', 'left', 'by.system'], 10 * hour, 'names'],
    ],
  },
  {
    machine: tools,
    events: [
      'double',
      'fail',
      'echo',
      'throw',
      'stream',
      'break',
      'listen',
      'tally',
      'wait',
      'say',
      'twice',
      'later',
      'back',
      'add',
    ],
    lives: [
      ['double', { type: 'double', n: 4 }, 'fail', 'throw', 'stream', 'break', 'listen', 'back'],
      ['echo', 'say', 'twice', 'later', 1 * hour, 'say', 2 * hour, 'back', 'echo', 'twice', 'later', 'back', 3 * hour],
      ['tally', 'add', { type: 'add', n: 5 }, 'back', 'wait', 2 * hour, 'back', 'wait', 7 * hour, 'tally', 'add'],
    ],
  },
  {
    machine: yard,
    events: [
      'hire',
      'hire.named',
      'hire.echo',
      'hire.tally',
      'hire.promise',
      'job',
      'job.for',
      'dismiss.for',
      'fire',
      'fire.crew',
      'look',
      'again',
    ],
    lives: [
      [
        'look',
        'hire',
        'hire',
        'job',
        'look',
        1 * hour,
        'hire',
        'job',
        2 * hour,
        'fire.crew',
        'look',
        'hire',
        'job',
        3 * hour,
        'look',
      ],
      [
        'job.for',
        { type: 'hire.named', id: 'a/b%' },
        { type: 'job.for', id: 'a/b%' },
        1 * hour,
        { type: 'fire', id: 'a/b%' },
        'look',
        2 * hour,
        'dismiss.for',
        'look',
        'again',
      ],
      [
        'hire.echo',
        { type: 'job.for', id: 'echo' },
        'hire.tally',
        { type: 'job.for', id: 'tally' },
        { type: 'job.for', id: 'tally' },
        'hire.promise',
        'look',
        { type: 'fire', id: 'echo' },
        'look',
      ],
    ],
  },
  {
    machine: kin,
    events: ['begin', 'introduce', 'carry', 'part', 'shout', 'call'],
    lives: [['begin', 'carry', 'introduce', 'carry', 'carry', 'part', 'carry', 'shout', 'call', 'call', 'carry']],
  },
  {
    machine: brittle,
    events: ['inside', 'break', 'note'],
    lives: [
      ['note', 'inside', 'note', 4 * hour, 'inside', 'note'],
      ['note', 'break', 'note', 4 * hour, 'note'],
    ],
  },
];
