/**
 * A machine as data for a picture: its states as nodes, its transitions as edges, and which of them are alive in an
 * instance. `toDirectedGraph` of `xstate/graph` keeps neither delays nor guards nor what a state refers to, so this reads
 * the chart itself.
 *
 * Pure, JSON in the same order every time, and it needs nothing but XState: it runs in a workflow, in Node and in a browser.
 */
import { and, not, or, stateIn } from 'xstate';
import type { AnyActorLogic, AnyStateMachine, AnyStateNode } from 'xstate';
import type { Json } from './machine.ts';
import type { Deadline, View } from './store.ts';

/** A state of the chart. */
export interface GraphNode {
  /** XState's id of the state; unique in its machine. */
  readonly id: string;
  /** Its name among its siblings. */
  readonly key: string;
  /** Dotted path from the root, as it stands in read models; empty for the root. */
  readonly path: string;
  /** Id of the state around it; null for the root. */
  readonly parent: string | null;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Id of the state that is entered with it; null where it has none, or has all of them. */
  readonly initial: string | null;
  /** What a history state remembers; null for every other state. */
  readonly history: 'shallow' | 'deep' | null;
  /** In words; empty where the machine says nothing. */
  readonly description: string;
  readonly tags: readonly string[];
  /** What the state cites, e.g. clause ids. */
  readonly references: readonly string[];
  /** Names of the actions run when it is entered. */
  readonly entry: readonly string[];
  /** Names of the actions run when it is left. */
  readonly exit: readonly string[];
  /** Actors that run for as long as it is active. */
  readonly invokes: readonly { readonly id: string; readonly src: string }[];
}

/** What makes a transition happen. */
export type Trigger =
  /** An event: from outside, from another actor, or raised. May be a wildcard such as `receipt.*`. */
  | { readonly kind: 'event'; readonly event: string }
  /** So long after the state was entered: a named delay, or milliseconds. */
  | { readonly kind: 'after'; readonly delay: string | number }
  /** At once, when its guard holds. */
  | { readonly kind: 'always' }
  /** The state reached its end. */
  | { readonly kind: 'done' }
  /** The actor that the state invokes gave its output, failed, or changed. */
  | { readonly kind: 'actorDone' | 'actorFailed' | 'actorChanged'; readonly actor: string; readonly src: string };

/** A transition of the chart. Those of one state and one event stand in the order in which they are tried. */
export interface GraphEdge {
  /** Unique in its machine, the same as long as the chart is: `<source>:<event>:<place among its alternatives>`. */
  readonly id: string;
  /** Id of the state that takes it. */
  readonly source: string;
  /** Ids of the states that are entered; none when the state stays and only acts. */
  readonly targets: readonly string[];
  readonly trigger: Trigger;
  /** The event's type as XState knows it, e.g. `xstate.after.expiry.termed`; empty for `always`. */
  readonly event: string;
  /** The condition, with `and`, `or`, `not` and `in` spelled out; null when there is none. */
  readonly guard: string | null;
  /** Comes after guarded alternatives for the same event, and is taken when none of them is. */
  readonly otherwise: boolean;
  /** Names of its actions, in order. Those without one go by XState's name for them, e.g. `assign`. */
  readonly actions: readonly string[];
  /** The source is left and entered again, though the target is inside it. */
  readonly reenter: boolean;
  /** In words; empty where the machine says nothing. */
  readonly description: string;
  /** What the transition itself cites. */
  readonly references: readonly string[];
}

/** A machine that runs inside another one, by the name it has there. */
export interface InnerMachine {
  readonly src: string;
  readonly graph: Graph;
}

/** All of one machine, in document order. */
export interface Graph {
  /** The machine's id. */
  readonly machine: string;
  readonly description: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Machines among its actors, in the order of `setup({ actors })`. One that contains itself is listed once. */
  readonly machines: readonly InnerMachine[];
}

/** What a state's or transition's `meta` refers to; the `cite` of a durable machine's options. */
export type Cite = (meta: unknown) => readonly string[];

/**
 * The graph of a machine.
 *
 * @param cite what a `meta` refers to; by default nothing
 */
export function graphOf(machine: AnyStateMachine, cite: Cite = () => []): Graph {
  return graphWithin(machine, cite, []);
}

function graphWithin(machine: AnyStateMachine, cite: Cite, around: readonly unknown[]): Graph {
  const nodes = inOrder(machine.root);
  const actors = machine.implementations.actors as { readonly [src: string]: AnyActorLogic | undefined };
  return {
    machine: machine.id,
    description: machine.root.description ?? '',
    nodes: nodes.map((node) => nodeOf(node, cite)),
    edges: nodes.flatMap((node) => edgesOf(node, cite)),
    machines: Object.entries(actors).flatMap(([src, logic]) =>
      isMachine(logic) && logic !== machine && !around.includes(logic)
        ? [{ src, graph: graphWithin(logic, cite, [...around, machine]) }]
        : [],
    ),
  };
}

function isMachine(logic: AnyActorLogic | undefined): logic is AnyStateMachine {
  return logic !== undefined && 'root' in logic && 'getStateNodeById' in logic;
}

function inOrder(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(inOrder)];
}

function nodeOf(node: AnyStateNode, cite: Cite): GraphNode {
  return {
    id: node.id,
    key: node.key,
    path: node.path.join('.'),
    parent: node.parent?.id ?? null,
    type: node.type,
    initial: node.type === 'compound' ? (node.initial.target[0]?.id ?? null) : null,
    history: node.type === 'history' ? node.history || 'shallow' : null,
    description: node.description ?? '',
    tags: [...node.tags],
    references: [...cite(node.meta)],
    entry: node.entry.filter((action) => !isOfDelay(action)).map(actionName),
    exit: node.exit.filter((action) => !isOfDelay(action)).map(actionName),
    invokes: node.invoke.map(({ id, src }) => ({ id, src: src as string })),
  };
}

type Transition = AnyStateNode['on'][string][number];

function edgesOf(node: AnyStateNode, cite: Cite): GraphEdge[] {
  const ofEvents = [...node.transitions].map(([event, alternatives]) => [event, alternatives as Transition[]] as const);
  const all: (readonly [string, readonly Transition[]])[] = [...ofEvents, ['', (node.always ?? []) as Transition[]]];
  return all.flatMap(([event, alternatives]) =>
    alternatives.map((transition, place): GraphEdge => {
      const { target, guard, actions, reenter, description, meta } = transition;
      return {
        id: `${node.id}:${event || 'always'}:${place}`,
        source: node.id,
        targets: (target ?? []).map((one) => one.id),
        trigger: triggerOf(node, event, transition),
        event,
        guard: guard === undefined ? null : guardText(guard),
        otherwise: guard === undefined && place > 0,
        actions: actions.map(actionName),
        reenter,
        description: description ?? '',
        references: [...cite(meta)],
      };
    }),
  );
}

const fromActors = {
  'xstate.done.actor.': 'actorDone',
  'xstate.error.actor.': 'actorFailed',
  'xstate.snapshot.': 'actorChanged',
} as const;

function triggerOf(node: AnyStateNode, event: string, transition: Transition): Trigger {
  if (event === '') return { kind: 'always' };
  const { delay } = transition as { readonly delay?: string | number };
  if (delay !== undefined) return { kind: 'after', delay };
  if (event === `xstate.done.state.${node.id}`) return { kind: 'done' };
  for (const [prefix, kind] of Object.entries(fromActors)) {
    if (!event.startsWith(prefix)) continue;
    const actor = event.slice(prefix.length);
    const invoked = node.invoke.find(({ id }) => id === actor);
    if (invoked) return { kind, actor, src: invoked.src as string };
  }
  return { kind: 'event', event };
}

/** What XState leaves on the guards that it builds, and on the actions. */
interface BuiltIn {
  readonly name?: string;
  readonly type?: string;
  readonly check?: unknown;
  readonly guards?: readonly unknown[];
  readonly stateValue?: Json;
  readonly id?: unknown;
  readonly sendId?: unknown;
  readonly event?: unknown;
  readonly src?: unknown;
}

const builtInGuards = {
  and: checkOf(and([])),
  or: checkOf(or([])),
  not: checkOf(not('')),
  in: checkOf(stateIn('')),
} as const;

function checkOf(guard: unknown): unknown {
  return (guard as BuiltIn).check;
}

function guardText(guard: unknown, isInner = false): string {
  if (typeof guard === 'string') return guard;
  const { check, guards = [], stateValue, type, name } = guard as BuiltIn;
  if (typeof guard === 'object') return type ?? 'a condition';
  switch (check) {
    case builtInGuards.not:
      return `not ${guardText(guards[0], true)}`;
    case builtInGuards.and:
      return joined(guards, ' and ', isInner);
    case builtInGuards.or:
      return joined(guards, ' or ', isInner);
    case builtInGuards.in:
      return `in ${typeof stateValue === 'string' ? stateValue : JSON.stringify(stateValue)}`;
    default:
      // `guard` is what JavaScript names a function that stands where the guard is asked for.
      return name && name !== 'guard' ? name : 'a condition';
  }
}

function joined(guards: readonly unknown[], by: string, isInner: boolean): string {
  const text = guards.map((one) => guardText(one, true)).join(by);
  return isInner && guards.length > 1 ? `(${text})` : text;
}

function actionName(action: unknown): string {
  if (typeof action === 'string') return action;
  const { type, name, event, src } = action as BuiltIn;
  if (type?.startsWith('xstate.')) {
    const what = typeof src === 'string' ? src : (event as { readonly type?: unknown } | undefined)?.type;
    const short = type.slice('xstate.'.length);
    return typeof what === 'string' ? `${short} ${what}` : short;
  }
  return type ?? (name && name !== 'actions' && name !== 'entry' && name !== 'exit' ? name : 'an action');
}

/** XState makes a delay of two actions, one that raises its event and one that cancels it: the edge says it already. */
function isOfDelay(action: unknown): boolean {
  const { type, id, sendId } = action as BuiltIn;
  const named = type === 'xstate.raise' ? id : type === 'xstate.cancel' ? sendId : undefined;
  return typeof named === 'string' && named.startsWith('xstate.after.');
}

/** Which parts of a picture are alive. */
export interface Liveliness {
  /** Ids of the active states, from the outside in. */
  readonly nodes: readonly string[];
  /** Deadlines by the ids of the edges that wait for them: alternatives wait for the same one. */
  readonly deadlines: { readonly [edge: string]: Deadline };
}

/** A machine that runs inside the instance, with its picture. */
export interface InnerLiveliness extends Liveliness {
  /** Its place in the actor tree. */
  readonly path: string;
  /** Its name in `setup({ actors })` of the machine around it. */
  readonly src: string;
  readonly status: string;
}

/** An instance on its picture. */
export interface LiveGraph extends Liveliness {
  /**
   * Machines inside, by their place in the actor tree. A view says of them the state only: one that was spawned under a
   * computed id is recognised by it, and is left out where two machines could be in that state. Several of one machine in
   * one state show the earliest of their deadlines.
   */
  readonly inner: readonly InnerLiveliness[];
}

/**
 * What is alive of a machine in this state.
 *
 * @param value XState's state value, of the view or of an answer
 * @param deadlines of the same instance
 * @throws Error when the value is not one of this machine, e.g. of another version of it
 */
export function livelinessOf(graph: Graph, value: Json, deadlines: readonly Deadline[] = []): Liveliness {
  const nodes = activeIds(graph, value);
  if (!nodes) throw new Error(`${JSON.stringify(value)} is no state of '${graph.machine}'`);
  const waiting: Record<string, Deadline> = {};
  for (const edge of graph.edges) {
    if (edge.trigger.kind !== 'after' || !nodes.includes(edge.source)) continue;
    const deadline = deadlines.find(({ event }) => event === edge.event);
    if (deadline) waiting[edge.id] = deadline;
  }
  return { nodes, deadlines: waiting };
}

/**
 * The whole instance on the picture of its machine.
 *
 * @throws Error when the view is not one of this machine
 */
export function liveGraphOf(graph: Graph, view: Pick<View, 'value' | 'deadlines' | 'children'>): LiveGraph {
  const found = new Map<string, Graph>([['', graph]]);
  const inner: InnerLiveliness[] = [];
  // A parent's path is the beginning of its children's, so it comes first.
  for (const [path, { status, value }] of Object.entries(view.children).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const around = found.get(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
    const machine = around && innerMachineAt(around, path, value);
    if (!machine) continue;
    found.set(path, machine.graph);
    inner.push({ path, src: machine.src, status, ...livelinessOf(machine.graph, value, view.deadlines) });
  }
  return { ...livelinessOf(graph, view.value, view.deadlines), inner };
}

function innerMachineAt({ nodes, machines }: Graph, path: string, value: Json): InnerMachine | undefined {
  const id = path
    .slice(path.lastIndexOf('/') + 1)
    .replaceAll('%2F', '/')
    .replaceAll('%25', '%');
  const src = nodes.flatMap(({ invokes }) => invokes).find((invoked) => invoked.id === id)?.src;
  if (src !== undefined) return machines.find((one) => one.src === src);
  const possible = machines.filter(({ graph }) => activeIds(graph, value) !== undefined);
  return possible.length === 1 ? possible[0] : undefined;
}

/** Ids of the active states, in document order; undefined when the machine has no such state. */
function activeIds({ nodes }: Graph, value: Json): string[] | undefined {
  const collect = (around: GraphNode, inside: Json | undefined): string[] | undefined => {
    const within = typeof inside === 'string' ? { [inside]: {} } : ((inside ?? {}) as { readonly [key: string]: Json });
    const states = nodes.filter(({ parent, type }) => parent === around.id && type !== 'history');
    const active = states.filter(({ key }) => Object.hasOwn(within, key));
    const wanted = around.type === 'compound' ? 1 : states.length;
    if (active.length !== wanted || Object.keys(within).length !== wanted) return undefined;
    const found = active.map((state) => collect(state, within[state.key]));
    return found.includes(undefined) ? undefined : [around.id, ...found.flatMap((ids) => ids ?? [])];
  };
  const [root] = nodes;
  return root && collect(root, value);
}
