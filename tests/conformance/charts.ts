/** Charts that come along as data, and become machines where they run. */
import { and, assign, cancel, createMachine, emit, enqueueActions, not, or, raise, sendTo, setup } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import type { Json } from '../../engine/machine.ts';
import { hour } from './language/life.ts';
import type { Element } from './scxml/element.ts';
import { machineOfScxml } from './scxml/machine.ts';

export type Chart = { readonly events: readonly string[] } & (
  { readonly kind: 'generated'; readonly config: Json } | { readonly kind: 'scxml'; readonly document: Element }
);

export function machineOfChart(chart: Chart): AnyStateMachine {
  if (chart.kind === 'scxml') return machineOfScxml(chart.document);
  // XState keeps the object it is given, and the caller may make a machine of it twice.
  const config = JSON.parse(JSON.stringify(chart.config)) as never;
  return createMachine(config).provide(vocabulary.implementations as never);
}

/** Answers a while after it is asked; spawned without an id, so that XState numbers it. */
const echo = setup({
  types: { context: {} as { heard: number }, events: {} as { type: 'hear' } },
}).createMachine({
  id: 'echo',
  context: { heard: 0 },
  on: {
    hear: {
      actions: [
        assign({ heard: ({ context }) => context.heard + 1 }),
        sendTo(
          ({ self }) => self._parent!,
          ({ context }) => ({ type: 'echo', n: context.heard }),
          { delay: 2 * hour },
        ),
      ],
    },
  },
});

/** Beyond this, a chart raises nothing more and takes no eventless transition: so that every chain ends. */
const limit = 12;

/** What generated charts do and ask, by name. */
const vocabulary = setup({
  types: {
    context: {} as { n: number; said: string[]; refs?: { [key: string]: unknown } },
    events: {} as { type: string; n?: number },
  },
  actors: { echo },
  guards: {
    even: ({ context }) => context.n % 2 === 0,
    odd: not('even'),
    small: ({ context }) => context.n < limit,
    either: or(['odd', and(['small', ({ event }) => event.type !== 'e0'])]),
  },
  actions: {
    count: assign({ n: ({ context }) => context.n + 1 }),
    say: enqueueActions(({ context, enqueue }) => {
      if (context.n >= limit) return;
      enqueue.assign({ n: context.n + 1, said: [...context.said, `said at ${context.n}`] });
      enqueue.raise({ type: `e${context.n % 5}` });
    }),
    later: raise(({ context }) => ({ type: `e${context.n % 5}` }), {
      delay: ({ context }) => (1 + (context.n % 3)) * hour,
      id: 'later',
    }),
    cancel: cancel('later'),
    emit: emit(({ context }) => ({ type: 'counted', n: context.n })),
    job: assign(({ context, spawn }) => (context.n < limit ? { refs: { ...context.refs, last: spawn('echo') } } : {})),
    tell: sendTo(({ context, self }) => (context.refs?.['last'] ?? self) as never, (({
      context,
    }: {
      context: { refs?: unknown };
    }) => ({ type: context.refs ? 'hear' : 'nobody' })) as never),
    fire: enqueueActions(({ context, enqueue }) => {
      if (context.refs?.['last']) enqueue.stopChild(context.refs['last'] as never);
    }),
  },
}).createMachine({ context: { n: 0, said: [] } });
