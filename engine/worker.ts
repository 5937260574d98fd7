/**
 * Runs durable machines: the Temporal worker, what the store and the activities need of it, and the search attributes
 * that operators look for instances with.
 */
import { setFlagsFromString } from 'node:v8';
import type { Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Runtime, Worker } from '@temporalio/worker';
import type { NativeConnection, WorkflowBundleWithSourceMap, WorkerOptions } from '@temporalio/worker';
import type { Alarm } from './alarm.ts';
import { declared } from './machine.ts';
import { names } from './protocol.ts';
import { searchAttributes } from './search-attributes.ts';
import { CommitConflict } from './store.ts';
import type { CommitRecord, Store } from './store.ts';

/** What an activity is told beside its input. */
export interface InvocationContext {
  /** Stable over retries, crashes and continue-as-new: hand it on as idempotency key. */
  readonly key: string;
  /** Contract time when the machine asked, ISO. */
  readonly at: string;
}

/** An activity as machines invoke it. Throwing means "try again later", a non-retryable ApplicationFailure is an answer. */
export type ActivityBody = (input: never, invocation: InvocationContext) => Promise<unknown>;

/** What a worker of durable machines needs. */
export interface MachineWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Made by `bundleMachines` in `engine/bundle.ts`. */
  readonly workflowBundle: WorkflowBundleWithSourceMap;
  /**
   * The build that the bundle is, for Worker Versioning: an instance stays on the build that it runs on until it is moved.
   * Absent: no versioning, for tests and for engines without deploys. `engine/builds.ts` serves several.
   */
  readonly version?: { readonly deploymentName: string; readonly buildId: string };
  readonly store: Store;
  readonly activities: { readonly [name: string]: ActivityBody };
  /** Names of the effects that the store can carry out. */
  readonly effects: readonly string[];
  /** Told of points in a workflow that tests want to know; see `failpoint` in the product. */
  readonly reached?: (point: string) => void;
  /** Told what needs a person. Each is counted too, in the metric `engine_alarms` by kind and machine. */
  readonly alarm?: (alarm: Alarm) => void;
  /** After how many failed attempts of an activity `stalled` is raised, and at every doubling of that; 10 by default. */
  readonly stalledAfter?: number;
  readonly tuning?: Pick<
    WorkerOptions,
    'maxCachedWorkflows' | 'maxConcurrentActivityTaskExecutions' | 'shutdownGraceTime'
  >;
}

/** A machine asks for something that nobody here can do. Thrown before any work is taken. */
export class MissingHandlers extends Error {
  override readonly name = 'MissingHandlers';
  readonly missing: readonly string[];
  constructor(missing: readonly string[]) {
    super(`No handler for ${missing.join(', ')}: add it to activities/, or take it out of the machine`);
    this.missing = missing;
  }
}

/** @throws MissingHandlers when a loaded machine declares an effect or activity without a handler. */
export async function createMachineWorker(options: MachineWorkerOptions): Promise<Worker> {
  const missing = [
    ...[...declared.effects].filter((name) => !options.effects.includes(name)).map((name) => `effect '${name}'`),
    ...[...declared.activities]
      .filter((name) => !Object.hasOwn(options.activities, name))
      .map((name) => `activity '${name}'`),
  ];
  if (missing.length > 0) throw new MissingHandlers(missing);
  const raised = Runtime.instance().metricMeter.createCounter('engine_alarms', undefined, 'What needs a person');
  const raise = (alarm: Alarm): void => {
    raised.add(1, { kind: alarm.kind, machine: alarm.machine });
    options.alarm?.(alarm);
  };
  const commit = async (records: readonly CommitRecord[]) => {
    try {
      return await options.store.commit(records);
    } catch (error) {
      if (!(error instanceof CommitConflict)) throw retried(error);
      const { instance, sequence, message } = error;
      raise({ kind: 'conflict', machine: records[0]?.machine ?? '', instance, sequence, reason: message });
      // Tried again, slowly: the contract's clock goes on meanwhile, and mending the rows heals it.
      throw ApplicationFailure.create({ message: error.message, type: error.name, nextRetryDelay: '1 minute' });
    }
  };
  // The SDK keeps a stack for every promise of a workflow, which at V8's ten frames is a third of the cost of replay. Four
  // are enough to say where a machine threw. For contexts made from now on, as those of workflows are.
  setFlagsFromString('--stack-trace-limit=4');
  return await Worker.create({
    connection: options.connection,
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    workflowBundle: options.workflowBundle,
    ...(options.version
      ? {
          workerDeploymentOptions: {
            version: options.version,
            useWorkerVersioning: true,
            defaultVersioningBehavior: 'PINNED' as const,
          },
        }
      : {}),
    activities: {
      ...(options.activities as Record<string, (...args: never[]) => Promise<unknown>>),
      [names.commit]: commit,
    },
    sinks: {
      engine: {
        reached: { fn: (_info: unknown, point: string) => options.reached?.(point), callDuringReplay: false },
        alarm: { fn: (_info: unknown, alarm: Alarm) => raise(alarm), callDuringReplay: false },
      },
    },
    // A saturated machine starves the non-sticky queue, and with it first events, unless it gets its share of pollers.
    workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 20 },
    nonStickyToStickyPollRatio: 0.5,
    shutdownGraceTime: '5 seconds',
    // Long activities say that they live, so that a crash is noticed in seconds and not when their whole time is over.
    maxHeartbeatThrottleInterval: '1 second',
    interceptors: {
      activity: [
        (context) => ({
          inbound: {
            execute: (input, next) =>
              watched(context.info, options.stalledAfter ?? STALLED_AFTER, raise, () =>
                beating(context, () => next(input)),
              ),
          },
        }),
      ],
    },
    ...options.tuning,
  });
}

/** Whatever a store throws means "later": given up, a commit would stop its instance for good. */
function retried(error: unknown): unknown {
  if (!(error instanceof ApplicationFailure) || !error.nonRetryable) return error;
  return ApplicationFailure.create({ message: error.message, ...(error.type ? { type: error.type } : {}) });
}

const STALLED_AFTER = 10;

/** Of Temporal's `activityInfo()`. */
interface ActivityAttempt {
  readonly attempt: number;
  readonly activityType: string;
  readonly startToCloseTimeoutMs: number;
  readonly workflowType?: string;
  readonly workflowExecution?: { readonly workflowId: string };
}

/**
 * Raises an alarm at the attempt with this number, and at each that has twice the number of the one before: where it throws, and where it
 * takes longer than a try may, as with a database that does not answer.
 */
async function watched<Result>(
  { attempt, activityType, startToCloseTimeoutMs, workflowType, workflowExecution }: ActivityAttempt,
  stalledAfter: number,
  raise: (alarm: Alarm) => void,
  run: () => Promise<Result>,
): Promise<Result> {
  if (attempt < stalledAfter || !Number.isInteger(Math.log2(attempt / stalledAfter))) return await run();
  const stalled = (failure: string, reason: string) =>
    raise({
      kind: 'stalled',
      machine: workflowType ?? '',
      instance: workflowExecution?.workflowId ?? '',
      activity: activityType,
      attempts: attempt,
      failure,
      reason,
    });
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    stalled('Timeout', `it took longer than the ${startToCloseTimeoutMs} ms of a try`);
  }, startToCloseTimeoutMs);
  try {
    return await run();
  } catch (error) {
    const { nonRetryable = false, type } = error instanceof ApplicationFailure ? error : {};
    const { name, message } = error instanceof Error ? error : { name: 'unknown', message: String(error) };
    // A conflict has an alarm of its own; what is not tried again is an answer.
    if (!nonRetryable && type !== CommitConflict.name && !isLate) stalled(type ?? name, message);
    throw error;
  } finally {
    clearTimeout(late);
  }
}

/** Heartbeats while the activity runs, when its machine has set a bound for them. */
async function beating(
  activity: { readonly info: { readonly heartbeatTimeoutMs?: number }; heartbeat(): void },
  run: () => Promise<unknown>,
): Promise<unknown> {
  const { heartbeatTimeoutMs } = activity.info;
  if (!heartbeatTimeoutMs) return await run();
  const beat = setInterval(() => activity.heartbeat(), Math.min(heartbeatTimeoutMs / 4, 1000));
  try {
    return await run();
  } finally {
    clearInterval(beat);
  }
}

/** Temporal's IndexedValueType numbers for the types in use. */
const indexedTypes = { KEYWORD: 2, KEYWORD_LIST: 7, DATETIME: 6 } as const;

/**
 * Registers the engine's search attributes in the namespace, once.
 *
 * @throws Error naming the attribute when it is there with another type: Temporal would say nothing.
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<readonly string[]> {
  const { operatorService } = connection;
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const added: Record<string, number> = {};
  for (const [name, type] of Object.entries(searchAttributes)) {
    const present = customAttributes?.[name];
    if (present === undefined) added[name] = indexedTypes[type];
    else if (present !== indexedTypes[type]) {
      throw new Error(
        `Search attribute '${name}' of namespace '${namespace}' must be ${type}: remove it or use another namespace`,
      );
    }
  }
  if (Object.keys(added).length > 0) await operatorService.addSearchAttributes({ namespace, searchAttributes: added });
  return Object.keys(added);
}
