/** Everything that waits: static, named and computed delays, delayed raise and sendTo, ids, cancel, equal moments, zero. */
import { assign, cancel, raise, sendTo, setup } from 'xstate';
import { hour } from './life.ts';
import type { Specimen } from './life.ts';

type Said = { type: string; hours?: number; id?: string };
type Context = { notes: string[]; hours: number };

const note = (text: string) => ({ type: 'note', params: text }) as const;

const after = setup({
  types: { context: {} as Context, events: {} as Said, input: {} as { hours: number } },
  delays: {
    fixed: 3 * hour,
    computed: ({ context }) => context.hours * hour,
    asAsked: ({ event }) => ((event as Said).hours ?? 1) * hour,
  },
  actions: { note: assign({ notes: ({ context }, text: string) => [...context.notes, text] }) },
}).createMachine({
  id: 'after',
  context: ({ input }) => ({ notes: [], hours: input.hours }),
  initial: 'first',
  states: {
    first: {
      after: {
        [1 * hour]: { actions: note('an hour') },
        [2 * hour]: [{ guard: ({ context }) => context.hours > 100, target: 'late' }, { actions: note('two hours') }],
        fixed: 'second',
      },
      on: { skip: 'second', again: { target: 'first', reenter: true } },
    },
    second: {
      entry: assign({ hours: ({ context }) => context.hours + 1 }),
      after: { computed: { target: 'third', actions: note('computed') } },
      on: { longer: { actions: assign({ hours: 50 }) }, again: { target: 'second', reenter: true }, ask: 'asked' },
    },
    asked: { after: { asAsked: 'third' } },
    third: {
      initial: 'inner',
      after: { [5 * hour]: 'late' },
      states: {
        inner: { after: { [5 * hour]: { target: 'outer', actions: note('inner first') } } },
        outer: { after: { 0: { actions: note('at once') } } },
      },
    },
    late: {
      type: 'parallel',
      states: {
        a: { initial: 'x', states: { x: { after: { [2 * hour]: 'y' } }, y: { type: 'final' } } },
        b: {
          initial: 'x',
          states: { x: { after: { [2 * hour]: 'y' } }, y: { after: { [2 * hour]: 'z' } }, z: { type: 'final' } },
        },
      },
      onDone: 'over',
    },
    over: { type: 'final' },
  },
});

const listener = setup({ types: { context: {} as { got: string[] }, events: {} as Said } }).createMachine({
  id: 'listener',
  context: { got: [] },
  on: {
    '*': { actions: assign({ got: ({ context, event }) => [...context.got, event.type] }) },
    report: {
      actions: sendTo(
        ({ self }) => self._parent!,
        ({ context }) => ({ type: 'reported', got: context.got }),
        { delay: hour, id: 'report' },
      ),
    },
    hush: { actions: cancel('report') },
  },
});

const delayed = setup({
  types: { context: {} as Context & { got: string[] }, events: {} as Said & { got?: string[] } },
  actors: { listener },
  delays: { named: 4 * hour, computed: ({ context }) => context.hours * hour },
  actions: { note: assign({ notes: ({ context }, text: string) => [...context.notes, text] }) },
}).createMachine({
  id: 'delayed',
  context: { notes: [], hours: 2, got: [] },
  invoke: { id: 'ear', src: 'listener', systemId: 'ear' },
  initial: 'here',
  on: {
    'raise.two': {
      actions: [
        raise({ type: 'first' }, { delay: 2 * hour, id: 'a' }),
        raise({ type: 'second' }, { delay: 2 * hour, id: 'b' }),
      ],
    },
    'raise.named': { actions: raise({ type: 'named' }, { delay: 'named', id: 'n' }) },
    'raise.computed': {
      actions: raise(({ context }) => ({ type: 'computed', hours: context.hours }), { delay: 'computed' }),
    },
    'raise.inline': {
      actions: raise({ type: 'inline' }, { delay: ({ event }) => (event.hours ?? 1) * hour, id: 'i' }),
    },
    'raise.again': {
      actions: raise({ type: 'again' }, { delay: ({ event }) => (event.hours ?? 1) * hour, id: 'same' }),
    },
    'raise.now': { actions: raise({ type: 'now' }, { delay: 0 }) },
    'cancel.a': { actions: cancel('a') },
    'cancel.same': { actions: cancel('same') },
    'cancel.asked': { actions: cancel(({ event }) => event.id ?? 'none') },
    'send.ear': { actions: sendTo('ear', { type: 'late.word' }, { delay: 3 * hour, id: 'word' }) },
    'send.system': {
      actions: sendTo(
        ({ system }) => system.get('ear'),
        ({ event }) => ({ type: 'by.system', id: event.id }),
        { delay: hour },
      ),
    },
    'cancel.word': { actions: cancel('word') },
    'ask.ear': { actions: sendTo('ear', { type: 'report' }) },
    'hush.ear': { actions: sendTo('ear', { type: 'hush' }) },
    reported: { actions: assign({ got: ({ event }) => event.got ?? [] }) },
    move: '.there',
    '*': { actions: assign({ notes: ({ context, event }) => [...context.notes, event.type] }) },
  },
  states: {
    here: {},
    there: {
      entry: raise({ type: 'arrived' }, { delay: hour, id: 'arrival' }),
      exit: cancel('arrival'),
      on: { leave: 'here' },
    },
  },
});

export const timing: readonly Specimen[] = [
  {
    machine: after,
    input: { hours: 2 },
    events: ['skip', 'again', 'longer', 'ask'],
    lives: [
      [hour / 2, 'longer', hour, 'again', hour, hour, hour, 2 * hour, 'longer', hour, 50 * hour],
      ['skip', 1.5 * hour, 'longer', 2 * hour, 5 * hour, 3 * hour, 'again', 3 * hour],
      ['skip', 'again', 'longer', 'again', 10.5 * hour, { type: 'ask', hours: 4 }, 3 * hour, 2 * hour, 100 * hour],
    ],
  },
  {
    machine: delayed,
    events: [
      'raise.two',
      'raise.named',
      'raise.computed',
      'raise.inline',
      'raise.again',
      'raise.now',
      'cancel.a',
      'cancel.same',
      'cancel.asked',
      'send.ear',
      'send.system',
      'cancel.word',
      'ask.ear',
      'hush.ear',
      'move',
      'leave',
      'stray',
    ],
    lives: [
      [
        'raise.two',
        'cancel.a',
        2.5 * hour,
        'raise.two',
        { type: 'cancel.asked', id: 'b' },
        3 * hour,
        'raise.now',
        'raise.named',
        'raise.computed',
        3 * hour,
        2 * hour,
      ],
      [
        { type: 'raise.again', hours: 9 },
        { type: 'raise.again', hours: 2 },
        'cancel.same',
        2.5 * hour,
        'cancel.same',
        8 * hour,
      ],
      [{ type: 'raise.again', hours: 1 }, { type: 'raise.again', hours: 5 }, 1.5 * hour, 'cancel.same', 6 * hour],
      [
        'send.ear',
        'send.system',
        'ask.ear',
        1.5 * hour,
        'cancel.word',
        'ask.ear',
        'hush.ear',
        3 * hour,
        'ask.ear',
        2 * hour,
      ],
      [
        ['send.ear', 'send.system', 'raise.two', 'move'],
        1.5 * hour,
        'leave',
        'move',
        'leave',
        4 * hour,
        'ask.ear',
        'stray',
        { type: 'raise.inline', hours: 3 },
        4 * hour,
      ],
    ],
  },
];
