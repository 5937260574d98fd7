/** Machines made up by a seed, with random and shortest ways through them. Data only: it becomes a machine where it runs. */
import fc from 'fast-check';
import type { AnyStateMachine } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import type { Json } from '../../engine/machine.ts';
import { machineOfChart } from './charts.ts';
import type { Chart } from './charts.ts';
import { simulate } from '../../engine/simulate.ts';
import { hour, slack } from './language/life.ts';
import type { Happening } from './language/life.ts';
import { at } from './modes.ts';
import type { Case } from './modes.ts';
import { eventsOf } from './plain.ts';

const events = ['e0', 'e1', 'e2', 'e3', 'e4'] as const;

/** What a node looks like before the ids of all nodes are known; targets are numbers into them. */
interface Sketch {
  readonly kind: 'compound' | 'parallel';
  readonly children: readonly Sketch[];
  readonly history: 'none' | 'shallow' | 'deep';
  readonly final: boolean;
  readonly tag: boolean;
  readonly transitions: readonly Move[];
  readonly always: Move | null;
  readonly after: Move | null;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly done: Move | null;
}

interface Move {
  readonly event: (typeof events)[number];
  readonly target: number | null;
  readonly reenter: boolean;
  readonly guard: string | null;
  readonly actions: readonly string[];
  readonly hours: number;
}

const action = fc.constantFrom('count', 'say', 'later', 'cancel', 'emit', 'job', 'tell', 'fire');
const move: fc.Arbitrary<Move> = fc.record({
  event: fc.constantFrom(...events),
  target: fc.option(fc.nat({ max: 40 }), { freq: 5 }),
  reenter: fc.boolean(),
  guard: fc.option(fc.constantFrom('even', 'odd', 'small', 'either'), { nil: null, freq: 2 }),
  actions: fc.array(action, { maxLength: 2 }),
  hours: fc.integer({ min: 1, max: 5 }),
});

const { sketch } = fc.letrec<{ sketch: Sketch }>((tie) => ({
  sketch: fc.record({
    kind: fc.oneof(
      { weight: 3, arbitrary: fc.constant('compound' as const) },
      { weight: 1, arbitrary: fc.constant('parallel' as const) },
    ),
    children: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant([]),
      fc.array(tie('sketch'), { minLength: 2, maxLength: 3 }),
    ),
    history: fc.oneof(
      { weight: 3, arbitrary: fc.constant('none' as const) },
      { weight: 1, arbitrary: fc.constantFrom('shallow' as const, 'deep' as const) },
    ),
    final: fc.boolean(),
    tag: fc.boolean(),
    transitions: fc.array(move, { minLength: 1, maxLength: 4 }),
    always: fc.option(move, { nil: null, freq: 3 }),
    after: fc.option(move, { nil: null, freq: 2 }),
    entry: fc.array(action, { maxLength: 1 }),
    exit: fc.array(action, { maxLength: 1 }),
    done: fc.option(move, { nil: null, freq: 2 }),
  }),
}));

const root = fc
  .tuple(sketch, sketch, sketch, sketch)
  .map(([top, ...children]): Sketch => ({ ...top, children, final: false }));

/** The chart of this seed. */
function chartOf(seed: number): Chart {
  const [top] = fc.sample(root, { seed, numRuns: 1 }) as [Sketch];
  const ids: string[] = [];
  const name = (one: Sketch, id: string): void => {
    ids.push(id);
    if (isCompound(one) && one.history !== 'none') ids.push(`${id}-past`);
    for (const [n, child] of one.children.entries()) name(child, `${id}${n}`);
  };
  name(top, 's');
  const transition = ({ target, reenter, guard, actions }: Move): { [key: string]: Json } => ({
    ...(target === null ? {} : { target: `#${ids[target % ids.length]}`, reenter }),
    ...(guard === null ? {} : { guard }),
    actions: [...actions],
  });
  let delays = 0;
  const state = (one: Sketch, id: string, isLast: boolean): { [key: string]: Json } => {
    const on: { [event: string]: Json[] } = {};
    for (const each of one.transitions) (on[each.event] ??= []).push(transition(each));
    const children = one.children.map(
      (child, n) => [`${id}${n}`, state(child, `${id}${n}`, n > 0 && n === one.children.length - 1)] as const,
    );
    if (children.length === 0 && one.final && isLast) return { id, type: 'final' };
    return {
      id,
      on,
      entry: [...one.entry],
      exit: [...one.exit],
      ...(one.tag ? { tags: [`tag ${id}`] } : {}),
      // Counts what it goes through, and is not open for ever: every such chain ends.
      ...(one.always ? { always: { ...transition({ ...one.always, actions: ['count'], guard: 'small' }) } } : {}),
      // Each a bit longer than the one before: where two fall together, their order is chance on a clock that runs on.
      ...(one.after ? { after: { [one.after.hours * hour + (delays += 1) * 97_000]: transition(one.after) } } : {}),
      ...(children.length === 0 ? {} : one.kind === 'parallel' ? { type: 'parallel' } : { initial: `${id}0` }),
      ...(children.length > 0 && one.done
        ? { onDone: transition({ ...one.done, guard: 'small', actions: ['count'] }) }
        : {}),
      ...(children.length === 0
        ? {}
        : {
            states: {
              ...Object.fromEntries(children),
              ...(isCompound(one) && one.history !== 'none'
                ? { [`${id}-past`]: { id: `${id}-past`, type: 'history', history: one.history } }
                : {}),
            },
          }),
    };
  };
  const config = state(top, 's', false);
  const on = { ...(config['on'] as { [event: string]: Json }), echo: { actions: ['count'] } };
  const options = { maxIterations: 200 };
  return { kind: 'generated', events, config: { ...config, on, options, context: { n: 0, said: [] } } };
}

function isCompound({ kind, children }: Sketch): boolean {
  return kind === 'compound' && children.length > 0;
}

/** Random ways through the chart of this seed, and the shortest to its states without waiting. */
export function generatedCases(seed: number): Case[] {
  const chart = chartOf(seed);
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...events) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 7 }).map((hours) => hours * hour) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom(...events), { minLength: 2, maxLength: 4 }) },
  );
  const ways = fc.sample(fc.array(happening, { minLength: 4, maxLength: 14 }), { seed, numRuns: 2 });
  const machine: AnyStateMachine = machineOfChart(chart);
  const paths = getShortestPaths(machine, {
    events: events.map((type) => ({ type })),
    serializeState: (snapshot) => JSON.stringify([snapshot.value, snapshot.status]),
    limit: 2000,
  }).map(({ steps }) => steps.map(({ event }) => event.type).filter((type) => !type.startsWith('xstate.')));
  const longest = paths.toSorted((one, other) => other.length - one.length).slice(0, 3);
  // Chance makes some charts that raise events for ever, which XState ends as an error, or that set more and more timers:
  // nothing to compare. Others have deadlines that fall together, or near to the end of a wait, when a little more or
  // less time passes between two events, or a deadline fires a little late.
  const lead = (happenings: readonly Happening[], betweenEvents: number) => {
    let state = betweenEvents;
    // None by the same, since chains of deadlines would still fall together: Marsaglia's xorshift.
    const lateBy = () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return ((state >>> 0) / 2 ** 32) * (betweenEvents / 4);
    };
    const { actor, advanceBy, emitted, due } = simulate(machineOfChart(chart), { at, lateBy });
    const moments: string[] = [];
    for (const happening of happenings) {
      let left = typeof happening === 'number' ? happening + slack : betweenEvents;
      for (; left > 0 && due().length < 50; left -= hour / 4) advanceBy(Math.min(left, hour / 4));
      if (due().length >= 50) return { status: 'error', seen: '' };
      for (const event of eventsOf(happening)) actor.send(event as never);
      advanceBy(0);
      const { value, context } = actor.getSnapshot();
      moments.push(JSON.stringify([value, context, due().length]));
    }
    return { status: actor.getSnapshot().status, seen: JSON.stringify([moments, emitted]) };
  };
  const near = Array.from({ length: 24 }, (_, n) => 20 + n);
  const isClear = (happenings: readonly Happening[]): boolean => {
    const [first, ...others] = [0, ...near, 900, 20_000].map((between) => lead(happenings, between));
    return first!.status !== 'error' && others.every(({ seen }) => seen === first!.seen);
  };
  return [...ways, ...longest].filter(isClear).map((happenings, n) => ({
    group: 'generated',
    name: `chart ${seed}, way ${n + 1}`,
    input: { subject: { chart } },
    happenings,
  }));
}
