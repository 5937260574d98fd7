/** How an instance looks from outside: the read model's view, and the state in words. */
import type { AnyActorRef, AnyMachineSnapshot, AnyStateMachine, AnyStateNode } from 'xstate';
import type { Json } from './machine.ts';
import { pathOf } from './machine.ts';
import type { View } from './store.ts';
import type { Timers } from './timers.ts';

type Cite = (meta: unknown) => readonly string[];

/** The instance as it stands: what read models, operators and the next commit see. JSON, in the same order every time. */
export function viewOf(actor: AnyActorRef, timers: Timers, cite: Cite): View {
  const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
  const nodes = activeNodes(snapshot);
  return {
    status: snapshot.status,
    value: snapshot.value as Json,
    tags: [...snapshot.tags].toSorted(),
    context: JSON.parse(JSON.stringify(snapshot.context ?? null)) as Json,
    ...(snapshot.status === 'error' ? { error: errorOf(snapshot.error) } : {}),
    ...(snapshot.output === undefined ? {} : { output: JSON.parse(JSON.stringify(snapshot.output)) as Json }),
    deadlines: timers.deadlines((target, stateId) => {
      const machine = (target as unknown as { logic: Partial<AnyStateMachine> }).logic;
      return cite(machine.getStateNodeById?.(stateId)?.meta);
    }),
    words: wordsOf(snapshot),
    references: [...new Set(nodes.flatMap((node) => cite(node.meta)))],
    children: childrenOf(snapshot),
  };
}

/** What a view is made of. Contexts and snapshots are replaced when they change, never written into: so XState asks. */
interface Shown {
  readonly actor: AnyActorRef;
  readonly snapshot: AnyMachineSnapshot;
  readonly timers: readonly unknown[];
}

/** Gives the view that it gave before, for as long as nothing that it is made of was replaced. */
export class LatestView {
  #shown: Shown | undefined;
  #view: View | undefined;

  of(actor: AnyActorRef, timers: Timers, cite: Cite): View {
    const shown = { actor, snapshot: actor.getSnapshot() as AnyMachineSnapshot, timers: timers.waiting };
    if (!this.#view || !this.#shown || !isAsBefore(shown, this.#shown)) this.#view = viewOf(actor, timers, cite);
    this.#shown = shown;
    return this.#view;
  }
}

function isAsBefore(one: Shown, other: Shown): boolean {
  const { snapshot } = one;
  const before = other.snapshot;
  if (one.actor !== other.actor || one.timers !== other.timers) return false;
  // What children show changes in them, and not in the snapshot of their parent.
  if (Object.keys(snapshot.children).length + Object.keys(before.children).length > 0) return false;
  return (
    snapshot.status === before.status &&
    snapshot.context === before.context &&
    snapshot.output === before.output &&
    snapshot.error === before.error &&
    snapshot._nodes.length === before._nodes.length &&
    snapshot._nodes.every((node, index) => node === before._nodes[index])
  );
}

/** A step asks for them many times, of one and the same snapshot. */
const sorted = new WeakMap<AnyMachineSnapshot, AnyStateNode[]>();

/** Active states from the outside in. XState keeps them on the snapshot; `getMeta` alone would lose descriptions. */
function activeNodes(snapshot: AnyMachineSnapshot): readonly AnyStateNode[] {
  let nodes = sorted.get(snapshot);
  if (!nodes) sorted.set(snapshot, (nodes = snapshot._nodes.toSorted((one, other) => one.order - other.order)));
  return nodes;
}

/** The descriptions of the innermost active states; a state without one is named by its path. */
export function wordsOf(snapshot: AnyMachineSnapshot): string {
  return activeLeaves(snapshot)
    .map((node) => node.description ?? dotted(node))
    .join(' · ');
}

function activeLeaves(snapshot: AnyMachineSnapshot): AnyStateNode[] {
  return activeNodes(snapshot).filter(isLeaf);
}

/** Whether it has no states inside. */
export function isLeaf({ type }: AnyStateNode): boolean {
  return type === 'atomic' || type === 'final';
}

/** The active leaves as dotted paths, e.g. `inForce.standing.active`. */
export function leavesOf(snapshot: AnyMachineSnapshot): string[] {
  return activeLeaves(snapshot).map(dotted);
}

const paths = new WeakMap<AnyStateNode, string>();

/** A state's path, e.g. `inForce.standing.active`. */
export function dotted(node: AnyStateNode): string {
  let path = paths.get(node);
  if (path === undefined) paths.set(node, (path = node.path.join('.')));
  return path;
}

function childrenOf(snapshot: AnyMachineSnapshot): View['children'] {
  const found: Record<string, { status: string; value: Json }> = {};
  for (const child of Object.values(snapshot.children as Record<string, AnyActorRef | undefined>)) {
    const inner = child?.getSnapshot() as Partial<AnyMachineSnapshot> | undefined;
    if (!child || inner?.value === undefined || inner.status === undefined) continue;
    found[pathOf(child)] = { status: inner.status, value: inner.value as Json };
    if (inner.children) Object.assign(found, childrenOf(inner as AnyMachineSnapshot));
  }
  return found;
}

/** What can be kept of something thrown. */
function errorOf(error: unknown): NonNullable<View['error']> {
  const { name, message, type } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly [key: string]: unknown;
  };
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : String(error),
    ...(typeof type === 'string' ? { type } : {}),
  };
}
