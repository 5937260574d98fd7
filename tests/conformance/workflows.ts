/** The same workflow for everything that is compared: which machine it runs is said by its input. */
import { durable } from '../../engine/durable.ts';
import type { Json } from '../../engine/machine.ts';
import type { Start } from '../../engine/protocol.ts';
import { definitionOf } from './subjects.ts';
import type { SubjectInput } from './subjects.ts';

export async function conformance(start: Start): Promise<Json> {
  const { machine, options } = definitionOf(start.input as unknown as SubjectInput);
  return await durable(machine, options)(start);
}

/** Goes on in a new run after every event, and not only after many. */
export async function restless(start: Start): Promise<Json> {
  const { machine, options } = definitionOf(start.input as unknown as SubjectInput);
  return await durable(machine, { ...options, continueAfter: 1 })(start);
}
