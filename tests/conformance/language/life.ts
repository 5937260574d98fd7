/** Machines that between them speak all of the language, and the lives that they are led through. */
import type { AnyStateMachine } from 'xstate';
import type { Json } from '../../../engine/machine.ts';

/** Long against what a test takes in real time. */
export const hour = 3_600_000;

export interface Said {
  readonly type: string;
  readonly [key: string]: Json | undefined;
}

/**
 * A workflow's clock runs on while a test works. So every wait is this much longer than it says, in milliseconds: delays
 * are whole hours, and no wait ends where a deadline is.
 */
export const slack = 7 * 60_000;

/** An event, an event by its name, several in one update, or a number of milliseconds to wait (see {@link slack}). */
export type Happening = Said | string | number | readonly (Said | string)[];

export interface Specimen {
  readonly machine: AnyStateMachine;
  readonly input?: { readonly [key: string]: Json };
  /** What may come from outside. */
  readonly events: readonly string[];
  readonly lives: readonly (readonly Happening[])[];
}
