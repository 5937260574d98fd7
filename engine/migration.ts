/**
 * Whether an instance that one build of a machine has kept can go on in another: pure, so the same answer is found in a
 * dry run before a deploy, by the roll-out that moves instances, and in the workflow that takes one over.
 *
 * XState restores what it can and says nothing of the rest: a child without logic is left out, a new deadline of a state
 * that was entered long ago is never set. So what an instance needs is checked here, piece by piece.
 */
import { StateMachine } from 'xstate';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { Definition } from './definition.ts';
import type { Json } from './machine.ts';
import { digestOf } from './protocol.ts';
import type { PersistedTimer } from './protocol.ts';

/** What XState persists of a machine. */
export interface PersistedSnapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  readonly value: Json;
  readonly context: { readonly [key: string]: Json | undefined };
  readonly children: { readonly [id: string]: PersistedChild };
  /** State ids by the id of the history state. */
  readonly historyValue?: { readonly [id: string]: readonly { readonly id: string }[] };
  readonly [more: string]: unknown;
}

/** A child actor as XState persists it. */
export interface PersistedChild {
  /** Of a machine a {@link PersistedSnapshot}; of other logic whatever that keeps. */
  readonly snapshot: PersistedSnapshot | { readonly [key: string]: unknown };
  /** The name of its logic in `setup({ actors })`. */
  readonly src: string;
  readonly systemId?: string;
  readonly syncSnapshot?: boolean;
}

/** An instance at rest, as `migrate` gets it. */
export interface KeptState {
  /** The version that kept it; see {@link DurableOptions.version}. */
  readonly version: string;
  readonly snapshot: PersistedSnapshot;
  /** `xstate.after.<delay>.<state id>` are the deadlines of states: a state that is renamed takes them along. */
  readonly timers: readonly PersistedTimer[];
}

/** What the active states of a machine and of the machines in it ask for, by place in the actor tree. */
export interface Expected {
  /** `<actor path> <event type>` of each deadline. */
  readonly timers: readonly string[];
  /** Paths of the actors invoked. */
  readonly actors: readonly string[];
}

/** An instance at rest and what its own build knows of it: the answer to the query `kept`. */
export interface KeptInstance extends KeptState {
  /**
   * What its states asked for when it was kept. A deadline among these that is not among its timers has passed, an actor
   * that is not among its children has ended: neither is missed by the machine it moves to.
   */
  readonly expected?: Expected;
}

/** What becomes of one instance. */
export interface PlannedMove {
  readonly id: string;
  readonly machine: string;
  readonly from: string;
  readonly to: string;
  readonly moves: boolean;
  /** Why it cannot move, in words of the machine; none when it moves. */
  readonly reasons: readonly string[];
}

/** An instance does not fit into this build: its task is tried again until a build is deployed that it fits in. */
export class DoesNotFit extends Error {
  override readonly name = 'DoesNotFit';
  readonly reasons: readonly string[];
  constructor(machine: string, from: string, to: string, reasons: readonly string[]) {
    super(`An instance of '${machine}' kept by version ${from} does not fit into version ${to}: ${reasons.join('; ')}`);
    this.reasons = reasons;
  }
}

/**
 * The dry run: which of these instances could go on in this definition, which not, and why.
 *
 * @param kept instances by id, each as its own build has kept it
 */
export function planMigration(
  definition: Definition,
  kept: { readonly [id: string]: KeptInstance },
): readonly PlannedMove[] {
  return Object.entries(kept).map(([id, one]) => {
    const reasons = reasonsAgainst(definition, one);
    const { machineName: machine, options } = definition;
    return { id, machine, from: one.version, to: options.version, moves: reasons.length === 0, reasons };
  });
}

function reasonsAgainst(definition: Definition, kept: KeptInstance): readonly string[] {
  try {
    return misfits(definition.machine, migrated(definition, kept));
  } catch (error) {
    return [`migrate refuses it: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/**
 * The instance as this definition goes on with it.
 *
 * @throws DoesNotFit, and whatever `migrate` throws.
 */
export function takeOver<Kept extends KeptInstance>(definition: Definition, kept: Kept): Kept {
  const moved = migrated(definition, kept);
  const reasons = misfits(definition.machine, moved);
  if (reasons.length > 0)
    throw new DoesNotFit(definition.machineName, kept.version, definition.options.version, reasons);
  return moved;
}

function migrated<Kept extends KeptInstance>({ options }: Definition, kept: Kept): Kept {
  if (kept.version === options.version || !options.migrate) return kept;
  const { version, snapshot, timers } = kept;
  return { ...kept, ...options.migrate({ version, snapshot, timers }) };
}

/**
 * A digest of all that {@link planMigration} looks at, contexts left out: while it is the same, a verdict still holds.
 */
export function shapeOf({ snapshot, timers, expected }: KeptInstance): string {
  const waits = timers.map(({ target, event }) => `${target} ${event.type}`).toSorted();
  return digestOf({ tree: treeOf(snapshot), waits, expected });
}

function treeOf({ status, value, children, historyValue }: PersistedSnapshot): Json {
  const below = Object.entries(children ?? {}).map(([id, child]) => [
    id,
    child.src,
    isMachine(child) ? treeOf(child.snapshot) : String(child.snapshot['status']),
  ]);
  return { status, value, below: below as Json, history: (historyValue ?? null) as unknown as Json };
}

/** What the active states ask for; problems are left out. */
export function expectedBy(machine: AnyStateMachine, snapshot: PersistedSnapshot): Expected {
  const { expected } = survey(machine, snapshot);
  return { timers: [...expected.timers], actors: [...expected.actors] };
}

/** Why the machine could not go on with it. */
function misfits(machine: AnyStateMachine, kept: KeptInstance): string[] {
  if (kept.snapshot.status !== 'active') return ['it has ended, and stays what it is'];
  const found = survey(machine, kept.snapshot);
  const { problems, expected, actors } = found;
  const had = { timers: new Set(kept.expected?.timers), actors: new Set(kept.expected?.actors) };
  for (const timer of kept.timers) {
    const target = actors.get(timer.target);
    if (!target || !actors.has(timer.source)) {
      problems.push(`the deadline '${timer.event.type}' is for the actor '${timer.target}', which is not there`);
    } else if (target.machine && !isTaken(target.machine, target.nodes, timer.event.type)) {
      problems.push(`no state that it is in takes the deadline '${timer.event.type}'`);
    }
  }
  const kepts = new Set(kept.timers.map(({ target, event }) => keyOf(target, event.type)));
  for (const key of expected.timers) {
    if (!kepts.has(key) && !had.timers.has(key)) {
      problems.push(`it is in a state that has the deadline '${key.trim()}' now, and no instant is kept for it`);
    }
  }
  for (const path of expected.actors) {
    if (!actors.has(path) && !had.actors.has(path)) {
      problems.push(`it is in a state that invokes '${path}' now, and that was never started`);
    }
  }
  for (const path of actors.keys()) {
    if (had.actors.has(path) && !expected.actors.has(path)) {
      problems.push(`'${path}' runs in it, and no state that it is in invokes that any more`);
    }
  }
  return problems;
}

interface Found {
  readonly problems: string[];
  readonly expected: { readonly timers: Set<string>; readonly actors: Set<string> };
  /** By path; of a machine also its active states. */
  readonly actors: Map<string, { readonly machine?: AnyStateMachine; readonly nodes: readonly AnyStateNode[] }>;
}

function survey(machine: AnyStateMachine, snapshot: PersistedSnapshot): Found {
  const found: Found = {
    problems: [],
    expected: { timers: new Set(), actors: new Set() },
    actors: new Map(),
  };
  surveyMachine(machine, snapshot, '', found);
  return found;
}

function surveyMachine(machine: AnyStateMachine, snapshot: PersistedSnapshot, path: string, found: Found): void {
  const nodes: AnyStateNode[] = [];
  enter(machine.root, snapshot.value, nodes, found.problems);
  found.actors.set(path, { machine, nodes });
  if (snapshot.status === 'active') {
    for (const node of nodes) {
      for (const { eventType } of node.after) found.expected.timers.add(keyOf(path, eventType));
      for (const { id } of node.invoke) found.expected.actors.add(below(path, id));
    }
  }
  for (const states of Object.values(snapshot.historyValue ?? {})) {
    for (const { id } of states) {
      if (!hasNode(machine.root, id)) found.problems.push(`it remembers the state '${id}', which is not there`);
    }
  }
  const logics = machine.implementations.actors as { readonly [name: string]: unknown };
  for (const [id, child] of Object.entries(snapshot.children ?? {})) {
    const at = below(path, id);
    const logic = logics[child.src];
    if (logic === undefined) {
      found.problems.push(`'${at}' runs in it, and there is no actor '${child.src}' any more`);
    } else if (logic instanceof StateMachine !== isMachine(child)) {
      found.problems.push(`'${at}' runs in it, and '${child.src}' is another kind of actor now`);
    } else if (isMachine(child)) {
      surveyMachine(logic as AnyStateMachine, child.snapshot, at, found);
    } else {
      found.actors.set(at, { nodes: [] });
    }
  }
}

/** Walks down the state value. XState's own walk fills in initial states, which nobody would enter. */
function enter(node: AnyStateNode, value: Json | undefined, nodes: AnyStateNode[], problems: string[]): void {
  nodes.push(node);
  const inner = typeof value === 'string' ? { [value]: undefined } : ((value ?? {}) as { [key: string]: Json });
  const keys = Object.keys(inner);
  const states = Object.values(node.states).filter(({ type }) => type !== 'history');
  if (states.length > 0 && keys.length === 0) {
    problems.push(`it is in the state '${node.id}', which has states inside now`);
    return;
  }
  for (const key of keys) {
    const child = node.states[key];
    if (child && child.type !== 'history') enter(child, inner[key], nodes, problems);
    else problems.push(`it is in the state '${node.id}.${key}', which is not there`);
  }
  if (node.type !== 'parallel') {
    if (keys.length > 1) problems.push(`it is in several states of '${node.id}' at once, which has one at a time now`);
    return;
  }
  for (const { key, id } of states) {
    if (!keys.includes(key)) problems.push(`it is not in the region '${id}', which is new`);
  }
}

function isTaken(machine: AnyStateMachine, nodes: readonly AnyStateNode[], type: string): boolean {
  // A deadline belongs to the state that set it; a delayed event is for whichever state there is by then.
  if (type.startsWith('xstate.after.')) return nodes.some((node) => node.transitions.has(type));
  return machine.events.some(
    (one: string) => one === type || (one.endsWith('*') && type.startsWith(one.slice(0, -1).replace(/\.$/, ''))),
  );
}

function isMachine(child: PersistedChild): child is PersistedChild & { readonly snapshot: PersistedSnapshot } {
  return child.snapshot['value'] !== undefined && child.snapshot['children'] !== undefined;
}

function hasNode(node: AnyStateNode, id: string): boolean {
  return node.id === id || Object.values(node.states).some((child) => hasNode(child, id));
}

/** As `pathOf` in `engine/machine.ts` names a child. */
function below(path: string, id: string): string {
  const escaped = id.replaceAll('%', '%25').replaceAll('/', '%2F');
  return path === '' ? escaped : `${path}/${escaped}`;
}

const keyOf = (path: string, type: string) => `${path} ${type}`;
