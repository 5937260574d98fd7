/**
 * Actors that a machine makes from logic that has no name. Such an actor cannot be found again when an instance goes on in
 * a new run, so a machine that has one is refused before it runs.
 */
import { StateMachine } from 'xstate';
import type { AnyStateMachine, AnyStateNode } from 'xstate';

/** What XState's action creators leave on the functions they return. */
interface SpawnChild {
  readonly type?: string;
  readonly src?: unknown;
  readonly id?: unknown;
}

/** @returns where inline actors are, in words; none when the machine can be durable. Those that `assign` spawns show only when they run. */
export function inlineActors(machine: AnyStateMachine, seen = new Set<AnyStateMachine>()): string[] {
  if (seen.has(machine)) return [];
  seen.add(machine);
  const found: string[] = [];
  const visit = (node: AnyStateNode): void => {
    for (const { src } of node.invoke) {
      // The name that XState gives to logic without one.
      if (typeof src !== 'string' || src.startsWith('xstate.invoke.'))
        found.push(`the actor invoked in state '${node.id}'`);
    }
    const lists = [
      ['entry', node.entry],
      ['exit', node.exit],
      ...[...node.transitions.values()].flat().map((one) => [`'${one.eventType}'`, one.actions] as const),
    ] as const;
    for (const [where, actions] of lists) {
      if (actions.some(isInlineSpawn)) found.push(`the actor spawned by ${where} in state '${node.id}'`);
    }
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(machine.root);
  for (const [name, action] of Object.entries(machine.implementations.actions as { [name: string]: unknown })) {
    if (isInlineSpawn(action)) found.push(`the actor spawned by the action '${name}'`);
  }
  // Machines within the machine have actors of their own.
  for (const logic of Object.values(machine.implementations.actors as { [name: string]: unknown })) {
    if (logic instanceof StateMachine) found.push(...inlineActors(logic as AnyStateMachine, seen));
  }
  return found;
}

/** XState keeps a child that spawnChild gives no id under none, and finds its events no more in a new run. */
function isInlineSpawn(action: unknown): boolean {
  const { type, src, id } = (action ?? {}) as SpawnChild;
  return type === 'xstate.spawnChild' && (typeof src !== 'string' || id === undefined);
}
