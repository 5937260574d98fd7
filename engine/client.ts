/**
 * Talks to durable instances from anywhere in Node: starts them, sends events, reads and waits for state. Everything is
 * idempotent by id, so every call may be repeated after a crash or a timeout.
 */
import { randomUUID } from 'node:crypto';
import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Client, WorkflowStartOptions } from '@temporalio/client';
import type { AnyStateMachine, EventFromLogic, InputFrom } from 'xstate';
import { callsOf, orFirstAnswer } from './calls.ts';
import type { Definition } from './definition.ts';
import { AlreadyEnded, EventIdReused, NotFound, VersionConflict, errorOf } from './errors.ts';
import type { MachineError } from './errors.ts';
import type { HistoryEntry } from './history.ts';
import { Lane } from './lane.ts';
import { digestOf, digestOfOperation, names } from './protocol.ts';
import type {
  Answer,
  AskedOperation,
  BatchAnswer,
  CanAnswer,
  Envelope,
  NextEvent,
  PlanAnswer,
  SnapshotAnswer,
  Start,
} from './protocol.ts';
import { operatingOf } from './operating.ts';
import type { Operating } from './operating.ts';
import type { Json } from './machine.ts';
import type { Deadline, StoredStep, StoreReader } from './store.ts';
import { Shared, Waiting } from './waiting.ts';
import type { ChangesOptions, Reached, Subscription, Until, WaitOptions } from './waiting.ts';

/** An event of this machine that may come from outside. */
export type PublicEvent<M extends AnyStateMachine> = EventFromLogic<M>;

/** How a client reaches the workers of its machine. */
export interface MachineClientOptions {
  readonly taskQueue: string;
  /** How long one call waits for an answer, in milliseconds. Default 15,000. */
  readonly timeoutMs?: number;
  /**
   * The store's reading half. With it answers outlive the instance and Temporal's retention, an ended instance is never
   * started again, waiting misses nothing and costs the instance nothing, and there are history and changes.
   */
  readonly reader?: StoreReader;
}

/** How an instance starts, beside its input. */
export interface StartOptions {
  /** Delays the first task; used to begin on a test clock. Milliseconds. */
  readonly delayMs?: number;
}

/** Of how many instances a client remembers how far they were. */
const knownLimit = 10_000;

/** Whether an event would be taken now; the error is the one that `send` would throw. */
export type Verdict = { readonly accepted: true } | { readonly accepted: false; readonly error: MachineError };

/** One instance, by id. Making one does no I/O. */
export interface InstanceHandle<M extends AnyStateMachine> {
  readonly id: string;
  /**
   * Sends an event and waits until the machine took it. The same id and event again give the same answer, for as long as
   * the instance remembers the id ({@link dedupeWindow} events), and with a reader also after its end. Events of one
   * client to one instance are taken in the order of the calls; those that are sent while another is under way share
   * the next update, each with its own answer or error.
   *
   * @throws EventRefused | MalformedEvent | MachineFault | EngineUnavailable (nothing was written), EventIdReused,
   * NotFound, AlreadyEnded, TimedOut (it may have been taken: send it again with the same id).
   */
  send(event: PublicEvent<M>, options: { id: string }): Promise<Answer>;
  /** Several events in one task; an answer for each, and a refusal does not undo its neighbours. */
  sendAll(events: readonly { id: string; event: PublicEvent<M> }[]): Promise<readonly BatchAnswer[]>;
  /** How it stands now. A query, as are the next three: no history. */
  snapshot(): Promise<SnapshotAnswer>;
  timers(): Promise<readonly Deadline[]>;
  /** The public events, with the transitions that wait for them and what their guards say now. */
  next(): Promise<readonly NextEvent[]>;
  /** Whether this event would be taken now, and why not. Runs the same checks as `send`, and writes nothing. */
  can(event: PublicEvent<M>): Promise<Verdict>;
  /**
   * Waits until the instance has a tag, is in a state, or is done: looks at how it stands first, then at every later
   * step, also at what a step passes through and leaves again. Without a reader it polls, and what is passed through
   * between two looks is missed.
   *
   * @throws TimedOut with the state reached so far; AlreadyEnded when it ended without getting there; NotFound.
   */
  waitFor(until: Until<M>, options?: WaitOptions): Promise<Reached<M>>;
  /**
   * Its steps as they are stored: each once, in order, without a gap, also over restarts of the worker. To resume give the
   * last sequence number that was seen. Ends when the instance does, or with the signal. Needs a reader.
   */
  changes(options?: ChangesOptions): AsyncIterable<HistoryEntry<M>>;
  /** {@link changes} for a listener; the next one is not called before the one before has returned. */
  subscribe(listener: (entry: HistoryEntry<M>) => void | Promise<void>, options?: ChangesOptions): Subscription;
  /** All that it did, as stored, oldest first; or a part of it. Needs a reader. */
  history(options?: { readonly after?: number; readonly limit?: number }): Promise<readonly HistoryEntry<M>[]>;
  /** What operators may do beyond the machine's own events. */
  readonly admin: Operating;
}

/** All instances of one machine. */
export interface MachineClient<M extends AnyStateMachine> {
  readonly definition: Definition<M>;
  /**
   * Starts an instance. An instance of this id that exists, open or closed, is left as it is; after Temporal's retention
   * that holds with a reader only.
   *
   * @throws VersionConflict when the id belongs to another machine.
   */
  start(id: string, input: InputFrom<M>, options?: StartOptions): Promise<InstanceHandle<M>>;
  /**
   * Starts an instance and sends its first event in one call. Again with the same ids: the same answer, whatever became
   * of the instance meanwhile. One that exists only gets the event. A refused event leaves the instance started.
   *
   * @throws as `start` and `send`.
   */
  startAndSend(id: string, input: InputFrom<M>, event: PublicEvent<M>, options: { id: string }): Promise<Answer>;
  get(id: string): InstanceHandle<M>;
}

/** A client for the instances of one machine. Making one does no I/O; it may be shared and kept for as long as its connection. */
export function machineClient<M extends AnyStateMachine>(
  client: Client,
  definition: Definition<M>,
  options: MachineClientOptions,
): MachineClient<M> {
  const { reader } = options;
  const { call, timeoutMs } = callsOf(client, options.timeoutMs ?? 15_000);
  const handleOf = (id: string) => client.workflow.getHandle(id);

  /** What the store knows about an event that came too late for the instance. */
  const answeredBefore = async (id: string, envelope: Envelope, error: unknown): Promise<Answer> => {
    if (!reader || !(error instanceof AlreadyEnded || error instanceof NotFound)) throw error;
    const step = await reader.answered(id, envelope.id);
    if (step) return answerOf(step, envelope);
    const last = await reader.last(id);
    throw last ? new AlreadyEnded({ id, state: last.to }) : error;
  };

  /** The last step of each instance that this client was told of: what it waits for comes after. */
  const known = new Map<string, number>();
  const told = (id: string, answer: Answer): Answer => {
    const sequence = Math.max(answer.sequence, known.get(id) ?? 0);
    known.delete(id);
    known.set(id, sequence);
    for (const oldest of known.keys()) {
      if (known.size <= knownLimit) break;
      known.delete(oldest);
    }
    return answer;
  };

  const sendOne = async (id: string, envelope: Envelope, via: UpdateBy): Promise<Answer> => {
    const { type, ...payload } = envelope.event;
    try {
      const answer = await call(id, () => orFirstAnswer(via(type, envelope.id, payload as Json)));
      // Within one run Temporal itself answers a known update id, without looking at what it carries.
      if (answer.digest !== digestOf(envelope.event)) throw new EventIdReused({ id: envelope.id, event: type });
      return told(id, answer);
    } catch (error) {
      return await answeredBefore(id, envelope, error);
    }
  };

  /** Under an id of its own each time: the events have theirs, and what was refused once may be taken now. */
  const sendBatch = (id: string, envelopes: readonly Envelope[]): Promise<readonly BatchAnswer[]> =>
    call(id, () =>
      orFirstAnswer(
        handleOf(id).executeUpdate<readonly BatchAnswer[], [readonly Envelope[]]>(names.batch, {
          updateId: `batch-${randomUUID()}`,
          args: [envelopes],
        }),
      ),
    );

  const sendSeveral = async (id: string, envelopes: readonly Envelope[]): Promise<(Answer | Error)[]> => {
    try {
      const answers = await sendBatch(id, envelopes);
      return answers.map((answer) => {
        if (!('refused' in answer)) return told(id, answer);
        return errorOf(answer.refused, answer.data) ?? new Error(`'${id}' refused an event: ${answer.refused}`);
      });
    } catch (error) {
      return await Promise.all(
        envelopes.map((envelope) => answeredBefore(id, envelope, error).catch((reason: unknown) => reason as Error)),
      );
    }
  };

  const lanes = new Map<string, Lane>();
  const laneOf = (id: string): Lane => {
    let lane = lanes.get(id);
    if (!lane) {
      const update: UpdateBy = (type, updateId, payload) =>
        handleOf(id).executeUpdate<Answer, [Json]>(type, { updateId, args: [payload] });
      const calls = {
        one: (envelope: Envelope) => sendOne(id, envelope, update),
        several: (envelopes: readonly Envelope[]) => sendSeveral(id, envelopes),
      };
      lanes.set(id, (lane = new Lane(id, calls, timeoutMs, () => lanes.delete(id))));
    }
    return lane;
  };

  const query = <T>(id: string, name: string, ...args: Json[]): Promise<T> =>
    call(id, () => handleOf(id).query<T, Json[]>(name, ...args));

  const looks = new Map<string, Shared<SnapshotAnswer>>();
  const look = (id: string): Promise<SnapshotAnswer> => {
    let shared = looks.get(id);
    if (!shared) {
      const ask = () => query<SnapshotAnswer>(id, names.snapshot);
      looks.set(id, (shared = new Shared(ask, () => looks.delete(id))));
    }
    return shared.ask();
  };

  const get = (id: string): InstanceHandle<M> => {
    const waiting = new Waiting<M>(id, { look: () => look(id), known: () => known.get(id) ?? 0, reader, timeoutMs });
    return {
      id,
      send: (event, { id: eventId }) => laneOf(id).send({ id: eventId, event: event as Envelope['event'] }),
      sendAll: (events) => laneOf(id).alone(() => sendBatch(id, events as readonly Envelope[])),
      snapshot: () => query<SnapshotAnswer>(id, names.snapshot),
      timers: () => query<readonly Deadline[]>(id, names.timers),
      next: () => query<readonly NextEvent[]>(id, names.next),
      can: async (event) => {
        const answer = await query<CanAnswer>(id, names.can, event as Envelope['event']);
        if ('accepted' in answer) return answer;
        const error = errorOf(answer.refused, answer.data);
        if (!error) throw new Error(`'${id}' answered with an unknown error: ${answer.refused}`);
        return { accepted: false, error };
      },
      waitFor: (until, wait) => waiting.until(until, wait),
      changes: (from = {}) => waiting.changes(from),
      subscribe: (listener, from) => waiting.subscribe(listener, from),
      history: (part = {}) => waiting.history(part),
      admin: operatingOf({
        plan: async (operation) => {
          const planned = await query<PlanAnswer>(id, names.plan, operation as unknown as Json);
          if ('refused' in planned) throw errorOf(planned.refused, planned.data) ?? new Error(planned.refused);
          return planned;
        },
        operate: async (asked, operationId) => {
          const answer = await call(id, () =>
            orFirstAnswer(
              handleOf(id).executeUpdate<Answer, [AskedOperation]>(names.operate, {
                updateId: operationId,
                args: [asked],
              }),
            ),
          );
          // As of an event; builds of before counted the step of the plan in.
          if (![digestOfOperation(asked), digestOf(asked)].includes(answer.digest)) {
            throw new EventIdReused({ id: operationId, event: names.operate });
          }
          return answer;
        },
      }),
    };
  };

  const startOptions = (id: string, input: InputFrom<M>): WorkflowStartOptions & { args: [Start] } => ({
    workflowId: id,
    taskQueue: options.taskQueue,
    args: [{ input: (input ?? null) as Json }],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    staticSummary: definition.options.title(input),
    staticDetails: `Machine \`${definition.machineName}\`, version ${definition.options.version}`,
    searchAttributes: { Machine: [definition.machineName], MachineVersion: [definition.options.version] },
  });

  /** Whether the store has it, which outlives Temporal's memory. */
  const isStored = async (id: string): Promise<boolean> => {
    const last = await reader?.last(id);
    if (last && last.machine !== definition.machineName) {
      throw new VersionConflict({ id, machine: definition.machineName });
    }
    return last !== undefined;
  };

  /** @throws VersionConflict when the id belongs to another machine; what does not exist belongs to none. */
  const expectOwn = async (id: string): Promise<void> => {
    const found = await handleOf(id)
      .describe()
      .catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      });
    if (found && found.type !== definition.machineName)
      throw new VersionConflict({ id, machine: definition.machineName });
  };

  return {
    definition,
    get,
    start: async (id, input, { delayMs } = {}) => {
      if (await isStored(id)) return get(id);
      try {
        await client.workflow.start(definition.machineName, {
          ...startOptions(id, input),
          workflowIdConflictPolicy: 'FAIL',
          ...(delayMs && delayMs > 0 ? { startDelay: delayMs } : {}),
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        await expectOwn(id);
      }
      return get(id);
    },
    startAndSend: async (id, input, event, { id: eventId }) => {
      const envelope: Envelope = { id: eventId, event: event as Envelope['event'] };
      if (await isStored(id)) return await laneOf(id).send(envelope);
      // The server would give the event to whatever runs under this id.
      await call(id, () => expectOwn(id));
      const update: UpdateBy = (type, updateId, payload) =>
        client.workflow.executeUpdateWithStart<(start: Start) => Promise<Json>, Answer, [Json]>(type, {
          updateId,
          args: [payload],
          startWorkflowOperation: new WithStartWorkflowOperation(definition.machineName, {
            ...startOptions(id, input),
            workflowIdConflictPolicy: 'USE_EXISTING',
          }),
        });
      return await laneOf(id).alone(() => sendOne(id, envelope, update));
    },
  };
}

/** Sends one update and waits for its result. */
type UpdateBy = (type: string, updateId: string, payload: Json) => Promise<Answer>;

/** The answer that the event got, from the step it caused. */
function answerOf(step: StoredStep, { id, event }: Envelope): Answer {
  const digest = digestOf(event);
  const cause = step.causes.find((one) => one.kind === 'event' && one.id === id);
  if (cause?.kind !== 'event' || cause.type !== event.type || (cause.digest ?? digest) !== digest) {
    throw new EventIdReused({ id, event: event.type });
  }
  const { sequence, to, words, tags } = step;
  return { sequence, state: to, words, tags, outcome: 'applied', digest };
}
