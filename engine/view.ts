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
    .map((node) => node.description ?? node.path.join('.'))
    .join(' · ');
}

function activeLeaves(snapshot: AnyMachineSnapshot): AnyStateNode[] {
  return activeNodes(snapshot).filter((node) => node.type === 'atomic' || node.type === 'final');
}

/** The active leaves as dotted paths, e.g. `inForce.standing.active`. */
export function leavesOf(snapshot: AnyMachineSnapshot): string[] {
  return activeLeaves(snapshot).map((node) => node.path.join('.'));
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
