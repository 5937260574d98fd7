/** Which states of the product's machines there are, and which of them ways lead through. */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, InspectionEvent } from 'xstate';
import { dotted, isLeaf, leavesOf } from '../../engine/view.ts';
import type { Domain } from './domains.ts';
import type { Case } from './modes.ts';
import { definitionOf } from './subjects.ts';
import { walked } from './walks.ts';

/** The innermost states of the machine and of those that live in it, each with the name of its machine. */
export function statesOf(domain: Domain): Set<string> {
  const found = new Set<string>();
  const look = (machine: AnyStateMachine): void => {
    const leaves = (node: AnyStateNode): AnyStateNode[] =>
      isLeaf(node) ? [node] : Object.values(node.states).flatMap(leaves);
    for (const leaf of leaves(machine.root)) if (leaf !== machine.root) found.add(`${machine.id}.${dotted(leaf)}`);
    for (const actor of Object.values(machine.implementations.actors as { [name: string]: Partial<AnyStateMachine> })) {
      if (actor.root) look(actor as AnyStateMachine);
    }
  };
  look(definitionOf({ subject: { product: domain } }).machine);
  return found;
}

/** The innermost states in which a machine begins. */
function firstOf(node: AnyStateNode): AnyStateNode[] {
  if (isLeaf(node)) return [node];
  return node.type === 'parallel' ? Object.values(node.states).flatMap(firstOf) : node.initial.target.flatMap(firstOf);
}

/** Those that the ways lead through, also where none of them rests. */
export function reachedBy(ways: readonly Case[]): Set<string> {
  const found = new Set<string>();
  const inspect = (step: InspectionEvent): void => {
    if (step.type !== '@xstate.microstep' && step.type !== '@xstate.snapshot') return;
    const snapshot = step.snapshot as AnyMachineSnapshot;
    if (!('machine' in snapshot)) return;
    const { id, root } = snapshot.machine;
    // Where it begins it has been, although it may have gone on at once.
    for (const node of firstOf(root)) found.add(`${id}.${dotted(node)}`);
    for (const leaf of leavesOf(snapshot)) found.add(`${id}.${leaf}`);
  };
  for (const { input, happenings } of ways) Array.from(walked(input, happenings, inspect));
  return found;
}
