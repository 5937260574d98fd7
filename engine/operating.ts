/**
 * Operating instances from outside their machines: one at a time, planned before it is done, or many by a search. Node half.
 */
import type { Client } from '@temporalio/client';
import type { AnyStateMachine } from 'xstate';
import type { MachineClient } from './client.ts';
import { MachineError } from './errors.ts';
import type { Mandate, Operation, Plan } from './operation.ts';
import { digestOf } from './protocol.ts';
import type { Answer, AskedOperation } from './protocol.ts';

/** What an operation would do to an instance, and the way to have it done. */
export interface Planned {
  readonly plan: Plan;
  /**
   * Has it done, once, as it was planned.
   *
   * @param options.id as an event's id: the same again gives the same answer, also planned anew. By default one made of the plan.
   * @throws EventIdReused when the id was used for another operation, OperationRefused when the instance has moved on since the plan, MachineFault when its machine throws,
   * NotFound, AlreadyEnded, TimedOut
   */
  apply(options?: { id?: string }): Promise<Answer>;
}

/** Operations on one instance. Each says first what it would do; nothing happens before `apply`. */
export interface Operating {
  /** Enters these states (dotted paths), with exit and entry actions, timers and activities; parallel regions beside them stay. */
  goto(states: string | readonly string[], mandate: Mandate): Promise<Planned>;
  /** Replaces entries of the context; their form is not checked. */
  assign(context: Extract<Operation, { kind: 'assign' }>['context'], mandate: Mandate): Promise<Planned>;
  /** Raises a timer's event now. @param timer its event, as `deadlines` give it, and the actor that waits if not the machine. */
  fireTimer(timer: string | { event: string; actor?: string }, mandate: Mandate): Promise<Planned>;
  /** Takes a timer away. */
  skipTimer(timer: string | { event: string; actor?: string }, mandate: Mandate): Promise<Planned>;
  /** Begins an activity again that waits for its next try. @param key as `invocations` give it */
  retry(key: string, mandate: Mandate): Promise<Planned>;
  /** Answers in place of an activity: with nothing. */
  skip(key: string, mandate: Mandate): Promise<Planned>;
  /** Answers in place of an activity: with this output. */
  complete(key: string, output: Extract<Operation, { kind: 'complete' }>['output'], mandate: Mandate): Promise<Planned>;
  /** Takes an instance out of an error that nobody handled: what failed is tried again from where it stood. */
  redrive(mandate: Mandate): Promise<Planned>;
  /** Ends the instance where it stands. */
  stop(mandate: Mandate): Promise<Planned>;
}

/** How operations reach an instance. */
export interface OperatingWire {
  plan(operation: Operation): Promise<Plan>;
  operate(asked: AskedOperation, id: string): Promise<Answer>;
}

/** Operations over any wire that can plan and carry out. */
export function operatingOf(wire: OperatingWire): Operating {
  const prepare = async (operation: Operation, { by, reason }: Mandate): Promise<Planned> => {
    const plan = await wire.plan(operation);
    const asked: AskedOperation = { operation, by, reason, sequence: plan.sequence };
    return { plan, apply: ({ id } = {}) => wire.operate(asked, id ?? `operation-${digestOf(asked)}`) };
  };
  const timerOf = (timer: string | { event: string; actor?: string }) =>
    typeof timer === 'string' ? { event: timer } : timer;
  return {
    goto: (states, mandate) => prepare({ kind: 'goto', states: [states].flat() as string[] }, mandate),
    assign: (context, mandate) => prepare({ kind: 'assign', context }, mandate),
    fireTimer: (timer, mandate) => prepare({ kind: 'fireTimer', ...timerOf(timer) }, mandate),
    skipTimer: (timer, mandate) => prepare({ kind: 'skipTimer', ...timerOf(timer) }, mandate),
    retry: (key, mandate) => prepare({ kind: 'retry', invocation: key }, mandate),
    skip: (key, mandate) => prepare({ kind: 'skip', invocation: key }, mandate),
    complete: (key, output, mandate) => prepare({ kind: 'complete', invocation: key, output }, mandate),
    redrive: (mandate) => prepare({ kind: 'redrive' }, mandate),
    stop: (mandate) => prepare({ kind: 'stop' }, mandate),
  };
}

/** One operation for many instances. */
export interface Bulk {
  /** Name of this bulk: run again under the same name, it passes over what it has done. */
  readonly name: string;
  /** Which instances, in Temporal's list filter, e.g. `MachineStatus = 'error' AND Machine = 'receipt'`. Only open ones are met. */
  readonly query: string;
  readonly act: (operating: Operating, id: string) => Promise<Planned>;
  /**
   * Whether the instance has had this operation before, as an audit knows it for ever. Without it a repetition is known while
   * the instance remembers it, and one that can no longer be planned, as of a timer that is gone, counts as refused.
   */
  readonly wasDone?: (id: string, operationId: string) => Promise<boolean>;
  /** Only plans: nothing is changed. */
  readonly dryRun?: boolean;
  /** Instances at a time. Default 4. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: BulkProgress) => void;
  readonly signal?: AbortSignal;
}

/** What became of one instance. `met`: how many so far. */
export interface BulkProgress {
  readonly id: string;
  readonly outcome: 'done' | 'before' | 'planned' | 'refused';
  readonly plan?: Plan;
  /** Why it was refused. */
  readonly reason?: string;
  readonly met: number;
}

/** Numbers of instances, and those that refused, with why. */
export interface BulkReport {
  readonly done: number;
  /** Done under this name before. */
  readonly before: number;
  readonly planned: number;
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Operates every open instance of a search, one plan and one step each. Interrupt it at any time and run it again under the same
 * name: an instance that was operated is not operated twice.
 */
export async function operateMany(
  client: Client,
  machine: MachineClient<AnyStateMachine>,
  { name, query, act, wasDone, dryRun = false, concurrency = 4, onProgress, signal }: Bulk,
): Promise<BulkReport> {
  const filter = `Machine = '${machine.definition.machineName}' AND ExecutionStatus = 'Running' AND (${query})`;
  const found = client.workflow.list({ query: filter })[Symbol.asyncIterator]();
  const refused: { id: string; reason: string }[] = [];
  const operationId = `bulk-${name}`;
  let done = 0;
  let before = 0;
  let planned = 0;
  let isBroken = false;
  const lane = async (): Promise<void> => {
    while (signal?.aborted !== true && !isBroken) {
      const next = await found.next();
      if (next.done) return;
      const id = next.value.workflowId;
      const met = () => done + before + planned + refused.length;
      try {
        if ((await wasDone?.(id, operationId)) === true) {
          before += 1;
          onProgress?.({ id, outcome: 'before', met: met() });
          continue;
        }
        const { plan, apply } = await act(machine.get(id).admin, id);
        if (dryRun) planned += 1;
        else {
          await apply({ id: operationId });
          done += 1;
        }
        onProgress?.({ id, outcome: dryRun ? 'planned' : 'done', plan, met: met() });
      } catch (error) {
        if (!(error instanceof MachineError)) {
          isBroken = true;
          throw error;
        }
        refused.push({ id, reason: error.message });
        onProgress?.({ id, outcome: 'refused', reason: error.message, met: met() });
      }
    }
  };
  // Whoever is told that it failed is told so when nothing of it goes on any more.
  const ended = await Promise.allSettled(Array.from({ length: concurrency }, lane));
  const broken = ended.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (broken) throw broken.reason;
  return { done, before, planned, refused };
}
