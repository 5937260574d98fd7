/**
 * Leads instances through lives on a real Temporal server: a worker with a store in memory, and a clock that is moved.
 * What comes of a life has the same form as from plain XState, so that the two can be compared.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { bundleMachines } from '../../engine/bundle.ts';
import { machineClient } from '../../engine/client.ts';
import type { InstanceHandle } from '../../engine/client.ts';
import { fastForward } from '../../engine/clock.ts';
import { AlreadyEnded, EventRefused } from '../../engine/errors.ts';
import { MemoryStore } from '../../engine/memory-store.ts';
import type { SnapshotAnswer } from '../../engine/protocol.ts';
import type { Answers } from '../../engine/simulate.ts';
import { ensureSearchAttributes } from '../../engine/worker.ts';
import type { MachineWorkerOptions } from '../../engine/worker.ts';
import { slack } from './language/life.ts';
import { eventsOf, jsonOf } from './plain.ts';
import type { Lived, Moment } from './plain.ts';
import { definitionOf } from './subjects.ts';
import type { SubjectInput } from './subjects.ts';
import { keepKilling } from './mortality.ts';
import { workerOf } from './worker.ts';
import type { AnyStateMachine } from 'xstate';
import type { Happening } from './language/life.ts';

/** How long anything here may take on a busy machine before the comparison gives up; milliseconds. */
const usualPatience = 60_000;

/** Of gRPC. */
const failedPrecondition = 9;

export interface ServedLife {
  readonly input: SubjectInput;
  /** ISO; where the life begins, in the future. */
  readonly at: string;
  readonly happenings: readonly Happening[];
  /** Goes on in a new run after every event. */
  readonly restless?: boolean;
}

export interface LaboratoryOptions {
  readonly address: string;
  /** What activities answer; the same as on the plain side. */
  readonly answers?: Answers;
  readonly tuning?: MachineWorkerOptions['tuning'];
  /** Its worker is a process that is killed again and again. */
  readonly mortal?: boolean;
  /** The bundle of an earlier laboratory. */
  readonly bundle?: WorkflowBundleWithSourceMap;
}

/** Nobody listens in a replay. */
const sinks = { engine: { reached: { fn: () => {} }, alarm: { fn: () => {} } } };

/** What is wrong with a life that was replayed; none when it is as it was. */
export type ReplayFaults = readonly string[];

export interface Laboratory {
  readonly bundle: WorkflowBundleWithSourceMap;
  live(life: ServedLife): Promise<Lived & { readonly id: string }>;
  /**
   * Replays the recorded histories of these lives, and asks a worker that knows none of them how they stand: both must be
   * as they were. Lives that go on meanwhile would be disturbed.
   */
  replay(ids: readonly string[]): Promise<ReadonlyMap<string, ReplayFaults>>;
  /** How many runs this life has had. */
  runs(id: string): Promise<number>;
  /** How often the worker was killed so far. */
  deaths(): number;
  close(): Promise<void>;
}

export async function openLaboratory(options: LaboratoryOptions): Promise<Laboratory> {
  // A task whose worker died is given to another one after ten seconds, and that one may die as well.
  const patience = options.mortal ? 5 * usualPatience : usualPatience;
  const taskQueue = `conformance-${randomUUID()}`;
  const bundle = options.bundle ?? (await bundleMachines(fileURLToPath(new URL('./workflows.ts', import.meta.url))));
  const connection = await Connection.connect({ address: options.address });
  const native = await NativeConnection.connect({ address: options.address });
  const client = new Client({ connection });
  await ensureSearchAttributes(connection, 'default');
  const store = new MemoryStore();
  const work = async () => {
    const { answers = {}, tuning = {} } = options;
    const worker = await workerOf({ connection: native, taskQueue, bundle, store, answers, tuning });
    const running = worker.run();
    return async () => {
      worker.shutdown();
      await running;
    };
  };
  const deaths = { count: 0 };
  let stop = options.mortal
    ? await keepKilling({ address: options.address, taskQueue, bundle, store, deaths })
    : await work();

  const instanceOf = (life: ServedLife) => {
    const { machine, options: definition } = definitionOf(life.input);
    return machineClient(
      client,
      { machineName: life.restless ? 'restless' : 'conformance', machine, options: definition },
      { taskQueue, timeoutMs: patience },
    );
  };

  const live = async (life: ServedLife): Promise<Lived & { id: string }> => {
    const id = `conformance-${randomUUID()}`;
    const giveUpAt = Date.now() + 5 * patience;
    let time = Date.parse(life.at);
    const one = await instanceOf(life).start(id, life.input as never, { delayMs: time - Date.now() });
    await fastForward(client, id, time, giveUpAt);
    const { events } = definitionOf(life.input).options;
    const isDeclared = (type: string): boolean => Object.hasOwn(events, type);
    const moments: Moment[] = [];
    const taken: boolean[] = [];
    const settle = async () => {
      const { deadlines, ...view } = (await settled(one, time, patience)).view;
      moments.push({ ...view, due: deadlines.map(({ at }) => at) });
    };
    await settle();
    for (const [n, happening] of life.happenings.entries()) {
      if (typeof happening === 'number') {
        time += happening + slack;
        await fastForward(client, id, time, giveUpAt);
      } else {
        taken.push(...(await tell(one, eventsOf(happening), n, isDeclared)));
      }
      await settle();
    }
    const records = store.history(id);
    return {
      id,
      ...(jsonOf({
        moments,
        taken,
        emitted: records.flatMap((record) => record.emitted),
        effects: records.flatMap((record) =>
          record.effects.map(({ name, params, actor }) => ({ name, params, path: actor })),
        ),
        messages: records.flatMap((record) => record.messages),
      }) as unknown as Lived),
    };
  };

  return {
    bundle,
    live,
    replay: async (ids) => {
      const faults = new Map<string, string[]>(ids.map((id) => [id, []]));
      const seen = (id: string) => client.workflow.getHandle(id).query<SnapshotAnswer>('snapshot');
      const before = new Map<string, SnapshotAnswer>();
      // A query is not sent again when the worker that has it dies.
      if (options.mortal) {
        await stop();
        stop = await work();
      }
      await inLanes(ids, async (id) => void before.set(id, await seen(id)));
      await stop();
      const histories = async function* () {
        for (const workflowId of ids)
          yield { workflowId, history: await client.workflow.getHandle(workflowId).fetchHistory() };
      };
      for await (const { workflowId, error } of Worker.runReplayHistories(
        { workflowBundle: bundle, sinks },
        histories(),
      )) {
        if (error) faults.get(workflowId)?.push(`replay: ${error.message}`);
      }
      stop = await work();
      await inLanes(ids, async (id) => {
        const now = await seen(id);
        const due = before.get(id)?.view.deadlines[0]?.at;
        // Clocks run on meanwhile: one whose deadline came is another now.
        if (due !== undefined && due <= now.at) return;
        // Not the time of the last task: one that refused an event is nowhere in the history.
        const after = { ...now, at: before.get(id)?.at };
        for (const one of differences(after, before.get(id), 0)) faults.get(id)?.push(`replayed ${one}`);
      });
      return faults;
    },
    runs: async (id) => {
      let count = 0;
      for (let runId: string | undefined; count === 0 || runId; count += 1) {
        const { events } = await client.workflow.getHandle(id, runId).fetchHistory();
        runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
      }
      return count;
    },
    deaths: () => deaths.count,
    close: async () => {
      await stop();
      await native.close();
      await connection.close();
    },
  };
}

/** A few at a time. */
async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

/** @returns for each event whether it was taken */
async function tell(
  one: InstanceHandle<AnyStateMachine>,
  events: readonly { readonly type: string }[],
  n: number,
  isDeclared: (type: string) => boolean,
): Promise<boolean[]> {
  const named = events.map((event, index) => ({ id: `${n}-${index}`, event }));
  // One that nobody declared has no update of its own.
  try {
    if (named.length !== 1 || !isDeclared(events[0]!.type)) {
      return (await one.sendAll(named)).map((answer) => {
        if (!('refused' in answer)) return true;
        if (answer.refused !== 'EventRefused' && answer.refused !== 'AlreadyEnded') {
          throw new Error(`${answer.refused}: ${JSON.stringify(answer.data)}`);
        }
        return false;
      });
    }
    for (const { id, event } of named) await one.send(event as never, { id });
    return [true];
  } catch (error) {
    if (error instanceof EventRefused || error instanceof AlreadyEnded) return named.map(() => false);
    throw error;
  }
}

/** Waits until nothing is on its way and no deadline up to `time` is open. */
async function settled(one: InstanceHandle<AnyStateMachine>, time: number, patience: number): Promise<SnapshotAnswer> {
  const giveUpAt = Date.now() + patience;
  for (let wait = 2; ; wait = Math.min(wait * 1.5, 100)) {
    const snapshot = await one.snapshot().catch((error: unknown) => {
      // Between two runs, and before the first task, nobody can be asked.
      if ((error as { cause?: { code?: number } }).cause?.code === failedPrecondition) return undefined;
      throw error;
    });
    const due = snapshot?.view.deadlines[0];
    if (snapshot?.settled && (due === undefined || Date.parse(due.at) > time)) return snapshot;
    if (Date.now() > giveUpAt) throw new Error(`'${one.id}' does not settle: ${JSON.stringify(snapshot?.view)}`);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** Of the JSON of an instant. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Of a field that says how many milliseconds of a period are left: as far apart as the instants that it comes from. */
const remainder = /\/left$/;

/**
 * Where two values differ, in words; none when they do not. Instants may be this far apart, in milliseconds: a workflow's
 * clock runs on while the test works.
 */
export function differences(actual: unknown, expected: unknown, tolerance = 150_000, path = ''): string[] {
  if (typeof actual === 'string' && typeof expected === 'string' && instant.test(actual) && instant.test(expected)) {
    if (Math.abs(Date.parse(actual) - Date.parse(expected)) <= tolerance) return [];
  } else if (typeof actual === 'object' && typeof expected === 'object' && actual !== null && expected !== null) {
    const keys = new Set([...Object.keys(actual), ...Object.keys(expected)]);
    return [...keys].flatMap((key) =>
      differences((actual as Fields)[key], (expected as Fields)[key], tolerance, `${path}/${key}`),
    );
  } else if (typeof actual === 'number' && typeof expected === 'number' && remainder.test(path)) {
    if (Math.abs(actual - expected) <= tolerance) return [];
  } else if (actual === expected) return [];
  return [`${path}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`];
}

interface Fields {
  readonly [key: string]: unknown;
}
