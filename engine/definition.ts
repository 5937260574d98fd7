/** What makes a machine durable: read by the workflow that runs it and by the client that talks to it. */
import type { Duration } from '@temporalio/common';
import type { AnyStateMachine, EventFromLogic, InputFrom } from 'xstate';
import type { Issue } from './errors.ts';
import type { KeptState } from './migration.ts';

/** A JSON Schema (draft 2020-12); TypeBox schemas are such. */
export type JsonSchema = object;

/** One event that may come from outside. */
export interface EventSpec {
  /** In words, for operators: shown in the Temporal UI. */
  readonly description: string;
  /** Of the whole event, `type` left out. */
  readonly schema: JsonSchema;
}

/** How long one try of an activity may take, how soon a dead worker is noticed, and for how long it is tried again; seconds. */
export interface ActivityBounds {
  readonly startToCloseSeconds?: number;
  readonly heartbeatSeconds?: number;
  /** All tries together; then its failure arrives in `onError`. Without it, it is tried for ever. */
  readonly giveUpAfterSeconds?: number;
}

/** How a machine is durable: what may come from outside, and how it looks there. */
export interface DurableOptions<M extends AnyStateMachine> {
  /** The events that may come from outside; a child's, done or delayed event never can. */
  readonly events: { readonly [type in EventFromLogic<M>['type']]?: EventSpec };
  /** Checks an event's payload against its schema; none when it is right. */
  readonly check: (schema: JsonSchema, payload: unknown) => readonly Issue[];
  /** Name of this version of the machine, e.g. `1`. */
  readonly version: string;
  /**
   * Takes over an instance that another version has kept: the same with its states, deadlines and context as this version
   * has them. Pure. Throwing leaves the instance on the build that it is on. Without it an instance moves as it is, if it
   * fits; what fits is checked in any case, see `engine/migration.ts`.
   */
  readonly migrate?: (kept: KeptState) => Pick<KeptState, 'snapshot' | 'timers'>;
  /** Title of an instance in the Temporal UI, from its input. No personal data. */
  readonly title: (input: InputFrom<M>) => string;
  /** What a state's meta refers to, e.g. clause ids. */
  readonly cite?: (meta: unknown) => readonly string[];
  /** Whose data the instance holds: what the store fences by. */
  readonly tenant?: (context: never) => string | undefined;
  /**
   * How long an instance stays open once it has ended, or once it stands in an error that nobody handled, e.g. `7 days`.
   * An ended one closes at once by default; an errored one stays until an operator has it redriven or stopped.
   */
  readonly staysOpen?: { readonly afterDone?: Duration; readonly afterError?: Duration };
  /** Continue as new after this many events from outside; by default 1,500, and earlier at a history of 1,000 events. */
  readonly continueAfter?: number;
  /**
   * Bounds for single activities; the default is 10 s a try, tried for ever. One with a heartbeat is tried again that
   * soon after its worker died; the worker beats by itself.
   */
  readonly activities?: { readonly [name: string]: ActivityBounds };
}

/** A machine with what the outside needs to know of it. */
export interface Definition<M extends AnyStateMachine = AnyStateMachine> {
  /** The machine's id: the workflow type, and the first part of how messages address it. */
  readonly machineName: string;
  readonly machine: M;
  readonly options: DurableOptions<M>;
}
