/**
 * Talks to durable instances from anywhere in Node: starts them, sends events, reads state. Everything is idempotent by
 * id, so every call may be repeated after a crash or a timeout.
 */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcCancelledError,
  isGrpcDeadlineError,
} from '@temporalio/client';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AnyStateMachine, EventFromLogic, InputFrom } from 'xstate';
import type { Definition } from './definition.ts';
import { AlreadyEnded, EventIdReused, MachineFault, NotFound, TimedOut, VersionConflict, errorOf } from './errors.ts';
import { alreadyAnswered, digestOf, names } from './protocol.ts';
import type { Operation } from './operation.ts';
import { operatingOf } from './operating.ts';
import type { Operating } from './operating.ts';
import type {
  Answer,
  AskedOperation,
  BatchAnswer,
  Envelope,
  NextEvent,
  PlanAnswer,
  SnapshotAnswer,
  Start,
} from './protocol.ts';
import type { Json } from './machine.ts';
import type { Deadline } from './store.ts';

/** An event of this machine that may come from outside. */
export type PublicEvent<M extends AnyStateMachine> = EventFromLogic<M>;

/** How a client reaches the workers of its machine. */
export interface MachineClientOptions {
  readonly taskQueue: string;
  /** How long one call waits for an answer, in milliseconds. Default 15,000. */
  readonly timeoutMs?: number;
}

/** How an instance starts, beside its input. */
export interface StartOptions {
  /** Delays the first task; used to begin on a test clock. Milliseconds. */
  readonly delayMs?: number;
}

const grpcFailedPrecondition = 9;

/** Updates in flight at one instance; Temporal allows 10. */
const inFlightLimit = 8;

/** One instance, by id. Making one does no I/O. */
export interface InstanceHandle<M extends AnyStateMachine> {
  readonly id: string;
  /**
   * Sends an event and waits until the machine took it. The same id and event again give the same answer.
   *
   * @throws EventRefused | MalformedEvent | MachineFault | EngineUnavailable (nothing was written), EventIdReused,
   * NotFound, AlreadyEnded, TimedOut (it may have been taken: send it again with the same id).
   */
  send(event: PublicEvent<M>, options: { id: string }): Promise<Answer>;
  /** Several events in one task; an answer for each, and a refusal does not undo its neighbours. */
  sendAll(events: readonly { id: string; event: PublicEvent<M> }[]): Promise<readonly BatchAnswer[]>;
  snapshot(): Promise<SnapshotAnswer>;
  timers(): Promise<readonly Deadline[]>;
  next(): Promise<readonly NextEvent[]>;
  /** What operators may do beyond the machine's own events. */
  readonly admin: Operating;
}

/** All instances of one machine. */
export interface MachineClient<M extends AnyStateMachine> {
  readonly definition: Definition<M>;
  /**
   * Starts an instance. An instance of this id that exists, open or closed, is left as it is.
   *
   * @throws VersionConflict when the id belongs to another machine.
   */
  start(id: string, input: InputFrom<M>, options?: StartOptions): Promise<InstanceHandle<M>>;
  get(id: string): InstanceHandle<M>;
}

/** A client for the instances of one machine. Making one does no I/O; it may be shared and kept for as long as its connection. */
export function machineClient<M extends AnyStateMachine>(
  client: Client,
  definition: Definition<M>,
  options: MachineClientOptions,
): MachineClient<M> {
  const timeoutMs = options.timeoutMs ?? 15_000;
  const lanes = new Map<string, Lane>();
  const laneOf = (id: string): Lane => {
    let lane = lanes.get(id);
    if (!lane) lanes.set(id, (lane = new Lane(inFlightLimit, () => lanes.delete(id))));
    return lane;
  };

  /** Runs one call with a deadline and turns Temporal's errors into the engine's. */
  const call = async <T>(id: string, handle: WorkflowHandle, run: () => Promise<T>): Promise<T> => {
    try {
      return await client.withDeadline(Date.now() + timeoutMs, run);
    } catch (error) {
      throw await translate(error, id, handle);
    }
  };

  const translate = async (error: unknown, id: string, handle: WorkflowHandle): Promise<unknown> => {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      return errorOf(error.cause.type, error.cause.details?.[0]) ?? error;
    }
    if (error instanceof WorkflowNotFoundError) {
      const known = await handle.describe().catch(() => undefined);
      return known ? new AlreadyEnded({ id }) : new NotFound({ id });
    }
    // The server does not even try a query while the last task has failed.
    if ((error as { cause?: { code?: unknown } }).cause?.code === grpcFailedPrecondition) {
      const reason = 'it threw at a timer or an answer, and waits for a deploy that mends it';
      return new MachineFault({ event: 'a query', state: null, reason });
    }
    const late =
      error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
      isGrpcDeadlineError(error) ||
      isGrpcCancelledError(error);
    return late ? new TimedOut({ id, waitedMs: timeoutMs }) : error;
  };

  const get = (id: string): InstanceHandle<M> => {
    const handle = client.workflow.getHandle(id);
    return {
      id,
      send: (event, { id: eventId }) =>
        laneOf(id).run(async () => {
          const { type, ...payload } = event as Envelope['event'];
          const digest = digestOf(event);
          try {
            const answer = await client.withDeadline(Date.now() + timeoutMs, () =>
              handle.executeUpdate<Answer, [Json]>(type, { updateId: eventId, args: [payload as Json] }),
            );
            // Within one run Temporal itself answers a known update id, without looking at what it carries.
            if (answer.digest !== digest) throw new EventIdReused({ id: eventId, event: type });
            return answer;
          } catch (error) {
            const answered = answerIn(error);
            if (answered) return answered;
            throw await translate(error, id, handle);
          }
        }),
      sendAll: (events) =>
        laneOf(id).run(() =>
          call(id, handle, () =>
            handle.executeUpdate<readonly BatchAnswer[], [readonly Envelope[]]>(names.batch, {
              updateId: `batch-${digestOf(events)}`,
              args: [events as readonly Envelope[]],
            }),
          ),
        ),
      snapshot: () => call(id, handle, () => handle.query<SnapshotAnswer>(names.snapshot)),
      timers: () => call(id, handle, () => handle.query<readonly Deadline[]>(names.timers)),
      next: () => call(id, handle, () => handle.query<readonly NextEvent[]>(names.next)),
      admin: operatingOf({
        plan: async (operation) => {
          const planned = await call(id, handle, () => handle.query<PlanAnswer, [Operation]>(names.plan, operation));
          if ('refused' in planned) throw errorOf(planned.refused, planned.data) ?? new Error(planned.refused);
          return planned;
        },
        operate: async (asked, operationId) => {
          try {
            return await client.withDeadline(Date.now() + timeoutMs, () =>
              handle.executeUpdate<Answer, [AskedOperation]>(names.operate, { updateId: operationId, args: [asked] }),
            );
          } catch (error) {
            const answered = answerIn(error);
            if (answered) return answered;
            throw await translate(error, id, handle);
          }
        },
      }),
    };
  };

  return {
    definition,
    get,
    start: async (id, input, { delayMs } = {}) => {
      const start: Start = { input: (input ?? null) as Json };
      try {
        await client.workflow.start(definition.machineName, {
          workflowId: id,
          taskQueue: options.taskQueue,
          args: [start],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
          staticSummary: definition.options.title(input),
          staticDetails: `Machine \`${definition.machineName}\`, version ${definition.options.version}`,
          searchAttributes: { Machine: [definition.machineName], MachineVersion: [definition.options.version] },
          ...(delayMs && delayMs > 0 ? { startDelay: delayMs } : {}),
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        const { type } = await client.workflow.getHandle(id).describe();
        if (type !== definition.machineName) throw new VersionConflict({ id, machine: definition.machineName });
      }
      return get(id);
    },
  };
}

/** The first answer, when the instance says that it took this event before. */
function answerIn(error: unknown): Answer | undefined {
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return undefined;
  return error.cause.type === alreadyAnswered ? (error.cause.details?.[0] as Answer) : undefined;
}

/** Lets a bounded number of calls through at a time, in order of arrival. */
class Lane {
  readonly #limit: number;
  readonly #idle: () => void;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  constructor(limit: number, idle: () => void) {
    this.#limit = limit;
    this.#idle = idle;
  }
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else if ((this.#running -= 1) === 0) this.#idle();
    }
  }
}
