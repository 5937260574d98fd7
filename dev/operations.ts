/** What `npm run operate` does, over `engine/operating.ts`: finds instances, shows one, and operates one or many. */
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { TypedSearchAttributes } from '@temporalio/common';
import type { AnyStateMachine } from 'xstate';
import type { PostgresReader } from '../activities/store-reader.ts';
import type { Db } from '../db/database.ts';
import { findStepOfOperation } from '../db/instances.ts';
import type { InstanceHandle, MachineClient } from '../engine/client.ts';
import { AlreadyEnded, NotFound } from '../engine/errors.ts';
import { operateMany } from '../engine/operating.ts';
import type { BulkProgress, BulkReport, Operating, Planned } from '../engine/operating.ts';
import type { Mandate, Operation } from '../engine/operation.ts';
import { digestOf } from '../engine/protocol.ts';
import { withKey } from './operate-command.ts';
import type { Command } from './operate-command.ts';
import { timerChanges } from './operate-text.ts';
import type { BulkOutcome, Listed, Outcome, Shown } from './operate-text.ts';

type Kind<K extends Command['kind']> = Extract<Command, { kind: K }>;

/** Steps of the audit that `show` gives. */
const LAST_STEPS = 10;
/** How long an operation waits to be seen in the audit. */
const STORED_WITHIN_MS = 5_000;

/** The system that runs. */
export interface System {
  readonly client: Client;
  readonly db: Db;
  readonly reader: PostgresReader;
  readonly taskQueue: string;
  /** Names of its machines. */
  readonly machines: readonly string[];
  /** @throws StackError for a name that is none of them */
  machine(name: string): MachineClient<AnyStateMachine>;
}

/** Open instances; with a status also those that are closed, while Temporal knows them. */
export async function list(
  { client, taskQueue, machine: machineOf }: System,
  { machine, status, query }: Kind<'list'>,
): Promise<Listed[]> {
  const filter = [
    `TaskQueue = '${taskQueue}'`,
    // An ended instance may stay open, and a closed one may be asked for.
    status === undefined ? "ExecutionStatus = 'Running'" : `MachineStatus = '${status}'`,
    ...(machine === undefined ? [] : [`Machine = '${machineOf(machine).definition.machineName}'`]),
    ...(query === undefined ? [] : [`(${query})`]),
  ].join(' AND ');
  const found = new Map<string, Listed>();
  for await (const { workflowId: id, type, typedSearchAttributes } of client.workflow.list({ query: filter })) {
    // Newest first: of an instance that has continued as new only the last run.
    if (!found.has(id)) found.set(id, { id, machine: type, ...attributes(typedSearchAttributes) });
  }
  return [...found.values()];
}

function attributes(of: TypedSearchAttributes): Omit<Listed, 'id' | 'machine'> {
  const keyword = (name: string) => of.get(defineSearchAttributeKey(name, 'KEYWORD')) ?? '';
  return {
    version: keyword('MachineVersion'),
    status: keyword('MachineStatus'),
    states: of.get(defineSearchAttributeKey('MachineState', 'KEYWORD_LIST')) ?? [],
    due: of.get(defineSearchAttributeKey('MachineDue', 'DATETIME'))?.toISOString() ?? null,
  };
}

/** @throws NotFound, and what a query throws */
export async function show(system: System, id: string): Promise<Shown> {
  const { reader } = system;
  const last = await reader.last(id);
  const audit = last ? await reader.history(id, { after: last.sequence - LAST_STEPS }) : [];
  try {
    const handle = await instance(system, id);
    const now = await handle.snapshot();
    const next = await handle.next();
    const accepts = next.filter(({ accepted }) => accepted).map(({ type }) => type);
    return { id, machine: handle.machine, now, accepts, audit };
  } catch (error) {
    // What is closed, erased or forgotten by Temporal is still in the audit.
    if (!(error instanceof NotFound || error instanceof AlreadyEnded) || !last) throw error;
    return { id, machine: last.machine, now: null, accepts: [], audit };
  }
}

/**
 * Plans an operation, and has it done when it is to be. The audit is asked first whether it was done before, so that a command
 * may be repeated whatever became of its answer and of the instance.
 *
 * @throws MachineError
 */
export async function operate(system: System, asked: Kind<'one'>): Promise<Outcome> {
  const { id, operation, mandate, apply, name } = asked;
  const operationId = `operate-${name ?? 'unnamed'}-${digestOf({ operation, ...(name === undefined ? mandate : {}) })}`;
  const known = await findStepOfOperation(system.db, id, operationId);
  if (known) {
    const { machine, sequence, to: state, words } = known;
    const result = { sequence, state, words };
    return { id, machine, operation, ...mandate, applied: true, before: true, result, stored: true };
  }
  const handle = await instance(system, id);
  const { view, invocations } = await handle.snapshot();
  const planned = await planOf(handle.admin, withKey(operation, invocations), mandate);
  const head = { id, machine: handle.machine, operation, ...mandate };
  const { plan } = planned;
  if (!apply) return { ...head, applied: false, plan, timers: timerChanges(view.deadlines, plan.deadlines) };
  const { sequence, state, words } = await planned.apply({ id: operationId });
  const stored = await system.reader.stored(id, sequence, STORED_WITHIN_MS);
  return { ...head, applied: true, before: false, result: { sequence, state, words }, stored };
}

/** The same for all that a search finds, of one machine or of each; what refuses is reported. */
export async function bulk(
  system: System,
  asked: Kind<'bulk'>,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: BulkProgress) => void },
): Promise<BulkOutcome> {
  const { name, query, machine, operation, mandate, apply, atATime } = asked;
  const { client, db, taskQueue } = system;
  const total = { done: 0, before: 0, planned: 0, refused: [] as BulkReport['refused'][number][] };
  for (const one of machine === undefined ? system.machines : [machine]) {
    const its = system.machine(one);
    const report = await operateMany(client, its, {
      // Another operation under the same name is another bulk.
      name: `${name}-${digestOf(operation)}`,
      query: `TaskQueue = '${taskQueue}' AND (${query})`,
      act: async (operating, id) => planOf(operating, await keyed(its, id, operation), mandate),
      wasDone: async (id, operationId) => (await findStepOfOperation(db, id, operationId)) !== undefined,
      dryRun: !apply,
      concurrency: atATime,
      onProgress: (progress) => {
        const met = progress.met + total.done + total.before + total.planned + total.refused.length;
        onProgress({ ...progress, met });
      },
      signal,
    });
    total.done += report.done;
    total.before += report.before;
    total.planned += report.planned;
    total.refused.push(...report.refused);
  }
  return { name, applied: apply, interrupted: signal.aborted, ...total };
}

/** The instance with the name of its machine. */
async function instance(
  { client, reader, machine }: System,
  id: string,
): Promise<InstanceHandle<AnyStateMachine> & { readonly machine: string }> {
  try {
    const { type } = await client.workflow.getHandle(id).describe();
    return { ...machine(type).get(id), machine: type };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const last = await reader.last(id);
    throw last ? new AlreadyEnded({ id, state: last.to }) : new NotFound({ id });
  }
}

function planOf(operating: Operating, operation: Operation, mandate: Mandate): Promise<Planned> {
  switch (operation.kind) {
    case 'goto':
      return operating.goto(operation.states, mandate);
    case 'assign':
      return operating.assign(operation.context, mandate);
    case 'fireTimer':
    case 'skipTimer':
      return operating[operation.kind](operation, mandate);
    case 'retry':
    case 'skip':
      return operating[operation.kind](operation.invocation, mandate);
    case 'complete':
      return operating.complete(operation.invocation, operation.output, mandate);
    case 'redrive':
    case 'stop':
      return operating[operation.kind](mandate);
  }
}

async function keyed(its: MachineClient<AnyStateMachine>, id: string, operation: Operation): Promise<Operation> {
  if (!('invocation' in operation)) return operation;
  return withKey(operation, (await its.get(id).snapshot()).invocations);
}
