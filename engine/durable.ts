/** Makes a machine durable: the workflow function that runs it, and what its clients need to know of it. Sandbox half. */
import { CancellationScope } from '@temporalio/workflow';
import type { AnyStateMachine } from 'xstate';
import { describes } from './descriptors.ts';
import type { Definition, DurableOptions } from './definition.ts';
import { Host } from './host.ts';
import { inlineActors } from './inline-actors.ts';
import type { Json } from './machine.ts';
import { names } from './protocol.ts';
import type { Start } from './protocol.ts';

/** A workflow function that also is the definition its clients use. */
export type DurableMachine<M extends AnyStateMachine> = Definition<M> & ((start: Start) => Promise<Json>);

/**
 * Makes a machine durable. Export the result under the machine's id from the module that is bundled for the worker.
 *
 * @throws Error when an event of the table has no transition in the machine or a name that is taken, or an actor has none.
 */
export function durable<M extends AnyStateMachine>(machine: M, options: DurableOptions<M>): DurableMachine<M> {
  for (const taken of [names.batch, names.operate]) {
    if (Object.hasOwn(options.events, taken)) {
      throw new Error(`'${machine.id}' cannot have a public event '${taken}': the engine has an update of that name`);
    }
  }
  for (const type of Object.keys(options.events)) {
    if (!machine.events.some((descriptor: string) => describes(descriptor, type))) {
      throw new Error(`'${machine.id}' declares the public event '${type}', but no state of it takes one`);
    }
  }
  const inline = inlineActors(machine);
  if (inline.length > 0) {
    throw new Error(
      `'${machine.id}' cannot be durable: name ${inline.join(' and ')} in setup({ actors }), so that it can be found again`,
    );
  }
  // A contract ends by its machine alone: a cancellation asked for in Temporal's UI does not reach it.
  const run = async (start: Start): Promise<Json> =>
    await CancellationScope.nonCancellable(() => new Host(machine, options, start).run());
  return Object.assign(run, { machineName: machine.id, machine, options });
}
