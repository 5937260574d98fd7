/** The reference: a machine under plain XState and a simulated clock, led through a life. */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { Json } from '../../engine/machine.ts';
import { notPlain } from '../../engine/plain-data.ts';
import { simulate } from '../../engine/simulate.ts';
import type { Answers } from '../../engine/simulate.ts';
import { Timers } from '../../engine/timers.ts';
import { viewOf } from '../../engine/view.ts';
import { slack } from './language/life.ts';
import type { Happening, Said } from './language/life.ts';

/** What can be seen of an instance when nothing is on its way. */
export interface Moment {
  readonly status: string;
  readonly value: Json;
  readonly tags: readonly string[];
  readonly context: Json;
  readonly output?: Json;
  readonly words: string;
  readonly references: readonly string[];
  readonly children: Json;
  /** When something falls due, earliest first. */
  readonly due: readonly string[];
}

export interface Lived {
  /** After the start, and after each happening. */
  readonly moments: readonly Moment[];
  /** For each event, whether it was taken. */
  readonly taken: readonly boolean[];
  readonly emitted: readonly Json[];
  readonly effects: readonly Json[];
  readonly messages: readonly Json[];
  /** What its context held that is not JSON, and that no instance can keep. */
  readonly lost?: string;
}

export interface Life {
  readonly machine: AnyStateMachine;
  readonly input: Json;
  /** ISO. */
  readonly at: string;
  readonly happenings: readonly Happening[];
  readonly answers?: Answers;
  /** What the states' meta refers to; of the specimens where it is not given. */
  readonly cite?: (meta: unknown) => readonly string[];
}

export async function livePlain({ machine, input, at, happenings, answers, cite = cites }: Life): Promise<Lived> {
  const simulation = simulate(machine, { at, input: input as never, ...(answers ? { answers } : {}) });
  const { actor } = simulation;
  const moments: Moment[] = [];
  const taken: boolean[] = [];
  let lost: string | undefined;
  const settle = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    simulation.advanceBy(0);
    lost ??= notPlain((actor.getSnapshot() as AnyMachineSnapshot).context);
    const { deadlines: _, ...view } = viewOf(actor, new Timers(() => 0), cite);
    // What XState leaves behind when it ends, it tells nobody any more.
    moments.push({ ...view, due: view.status === 'active' ? simulation.due() : [] });
  };
  await settle();
  for (const happening of happenings) {
    if (typeof happening === 'number') simulation.advanceBy(happening + slack);
    for (const event of eventsOf(happening)) {
      const snapshot = actor.getSnapshot();
      taken.push(snapshot.status === 'active' && snapshot.can(event as never));
      actor.send(event as never);
      simulation.advanceBy(0);
    }
    await settle();
  }
  return jsonOf({
    ...(lost === undefined ? {} : { lost }),
    moments,
    taken,
    emitted: simulation.emitted,
    effects: simulation.effects.map(({ name, params, path }) => ({ name, params, path })),
    messages: simulation.messages.map(({ message }) => message),
  }) as unknown as Lived;
}

export function eventsOf(happening: Happening): readonly Said[] {
  if (typeof happening === 'number') return [];
  const all: readonly (Said | string)[] = Array.isArray(happening)
    ? (happening as readonly (Said | string)[])
    : [happening as Said | string];
  return all.map((one) => (typeof one === 'string' ? { type: one } : one));
}

/** What the states of the specimens refer to. */
export const cites = (meta: unknown): readonly string[] => (meta as { cites?: string[] } | undefined)?.cites ?? [];

export function jsonOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
