/**
 * What can go wrong when an instance is asked for something. Every error says what to do; `code` is stable.
 *
 * In the workflow they travel as Temporal application failures whose type is the code and whose first detail is `data`;
 * the client turns them back into these classes.
 */

/** Stable over versions: what to tell errors apart by, also after they crossed a wire. */
export type ErrorCode =
  | 'NotFound'
  | 'AlreadyEnded'
  | 'EventRefused'
  | 'MalformedEvent'
  | 'EventIdReused'
  | 'VersionConflict'
  | 'TimedOut'
  | 'MachineFault'
  | 'EngineUnavailable'
  | 'OperationRefused';

/** What all errors of the engine have: a code, data that says what happened, and a message that says what to do. */
export abstract class MachineError<Data = unknown> extends Error {
  abstract readonly code: ErrorCode;
  readonly data: Data;
  constructor(message: string, data: Data) {
    super(message);
    this.data = data;
  }
  override get name(): string {
    return this.code;
  }
}

/** No instance of this id was ever started, or it was deleted. */
export class NotFound extends MachineError<{ id: string }> {
  readonly code = 'NotFound';
  constructor(data: { id: string }) {
    super(`There is no instance '${data.id}': start it first`, data);
  }
}

/** The instance reached a final state, or was stopped; it takes no more events. */
export class AlreadyEnded extends MachineError<{ id: string; state?: unknown }> {
  readonly code = 'AlreadyEnded';
  constructor(data: { id: string; state?: unknown }) {
    super(`Instance '${data.id}' has ended and takes no more events`, data);
  }
}

/** What an instance says of itself when it refuses an event. */
export interface Refusal {
  readonly event: string;
  readonly state: unknown;
  /** The state in words; with the last step before the refusal absent where an earlier build of the engine refused. */
  readonly words?: string;
  /** The last step before the refusal: once the store has it, what is read there is not older. */
  readonly sequence?: number;
  readonly accepted: readonly string[];
}

/** No transition takes this event in the present state. Nothing was written. */
export class EventRefused extends MachineError<Refusal> {
  readonly code = 'EventRefused';
  constructor(data: Refusal) {
    const would = data.accepted.length > 0 ? data.accepted.join(', ') : 'none from outside';
    super(`'${data.event}' is not accepted in state ${JSON.stringify(data.state)}; accepted: ${would}`, data);
  }
}

/** One thing that is wrong with an event; the value itself is never repeated. */
export interface Issue {
  /** Where in the payload, e.g. `/years`. */
  readonly path: string;
  readonly message: string;
}

/** The event is not what its schema asks for. Nothing was written. */
export class MalformedEvent extends MachineError<{ event: string; issues: readonly Issue[] }> {
  readonly code = 'MalformedEvent';
  constructor(data: { event: string; issues: readonly Issue[] }) {
    const list = data.issues.map((issue) => `${issue.path || '/'} ${issue.message}`).join('; ');
    super(`'${data.event}' is malformed: ${list}`, data);
  }
}

/** The id was used for another event before: choose a new id for a new event. */
export class EventIdReused extends MachineError<{ id: string; event: string }> {
  readonly code = 'EventIdReused';
  constructor(data: { id: string; event: string }) {
    super(`Event id '${data.id}' was used for another event than this '${data.event}': use a new id`, data);
  }
}

/** The instance exists with other input than this start gives. */
export class VersionConflict extends MachineError<{ id: string; machine: string }> {
  readonly code = 'VersionConflict';
  constructor(data: { id: string; machine: string }) {
    super(`'${data.id}' exists and is not a '${data.machine}'`, data);
  }
}

/**
 * The answer did not come in time. An event may still be taken: send it again with the same id. `reached` is there when
 * it was a state that was waited for: the state at that time, null when none was seen.
 */
export class TimedOut extends MachineError<{ id: string; waitedMs: number; reached?: unknown }> {
  readonly code = 'TimedOut';
  constructor(data: { id: string; waitedMs: number; reached?: unknown }) {
    super(
      data.reached === undefined
        ? `No answer from '${data.id}' within ${data.waitedMs} ms: is a worker running? Send again with the same id`
        : `'${data.id}' did not get there within ${data.waitedMs} ms; reached so far: ${JSON.stringify(data.reached)}`,
      data,
    );
  }
}

/** What is known of a bug in a machine. */
export interface Fault {
  readonly event: string;
  readonly state: unknown;
  readonly reason: string;
  /** The instance was not even asked: it fails at a timer or an answer, and takes events again when a deploy mends it. */
  readonly isWaiting?: true;
}

/** A guard, assign or action of the machine throws on this event. It was refused; the instance goes on, but see {@link Fault}. */
export class MachineFault extends MachineError<Fault> {
  readonly code = 'MachineFault';
  constructor(data: Fault) {
    super(`The machine fails on '${data.event}' in state ${JSON.stringify(data.state)}: ${data.reason}`, data);
  }
}

/** Too many steps wait to be stored: the store is away. Nothing was written; send again later. */
export class EngineUnavailable extends MachineError<{ waiting: number }> {
  readonly code = 'EngineUnavailable';
  constructor(data: { waiting: number }) {
    super(`${data.waiting} steps wait for the store: send again later`, data);
  }
}

/** The operation is not possible as the instance stands. Nothing was changed. */
export class OperationRefused extends MachineError<{ operation: string; why: string }> {
  readonly code = 'OperationRefused';
  constructor(data: { operation: string; why: string }) {
    super(`'${data.operation}' is not possible: ${data.why}`, data);
  }
}

const classes: { readonly [code in ErrorCode]: new (data: never) => MachineError } = {
  NotFound,
  AlreadyEnded,
  EventRefused,
  MalformedEvent,
  EventIdReused,
  VersionConflict,
  TimedOut,
  MachineFault,
  EngineUnavailable,
  OperationRefused,
};

/** The typed error for a code that came over the wire, or undefined for a code that is not the engine's. */
export function errorOf(code: string | null | undefined, data: unknown): MachineError | undefined {
  if (!code || !Object.hasOwn(classes, code)) return undefined;
  return new classes[code as ErrorCode](data as never);
}
