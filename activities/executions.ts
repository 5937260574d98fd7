/**
 * The workflow executions of instances, for erasure: whether they are open, ending them, and deleting every run there
 * ever was, so that nothing of an account stays in Temporal.
 */
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { ExecutionId } from '../db/schema.ts';
import { names } from '../engine/protocol.ts';
import type { SnapshotAnswer } from '../engine/protocol.ts';

/** The port; all calls may be repeated. */
export interface Executions {
  isOpen(workflowId: string): Promise<boolean>;
  /**
   * The last sequence number of an open instance in which nothing is under way; undefined for a closed one.
   * @returns 'busy' while commits, activities or events are in flight.
   */
  restsAt(workflowId: string): Promise<number | 'busy' | undefined>;
  /** Ends it at once; one that is closed or unknown stays as it is. */
  terminate(workflowId: string, reason: string): Promise<void>;
  /** Its runs, oldest first: all that it continued from, as far back as the server keeps them. */
  runs(workflowId: string): Promise<ExecutionId[]>;
  /** Asks for the deletion of one run. */
  delete(execution: ExecutionId): Promise<void>;
  /** True when the server no longer knows the run. */
  isGone(execution: ExecutionId): Promise<boolean>;
}

const NOT_FOUND = 5;
const QUERY_TIMEOUT_MS = 5_000;

/** The port over Temporal's own service, in the client's namespace. */
export function temporalExecutions(client: Client): Executions {
  const { workflowService } = client;
  const { namespace } = client.options;

  return {
    async isOpen(workflowId) {
      const description = await orUndefined(client.workflow.getHandle(workflowId).describe());
      return description?.status.name === 'RUNNING';
    },
    async restsAt(workflowId) {
      if (!(await this.isOpen(workflowId))) return undefined;
      const snapshot = await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
        client.workflow.getHandle(workflowId).query<SnapshotAnswer>(names.snapshot),
      );
      return snapshot.settled ? snapshot.sequence : 'busy';
    },
    async terminate(workflowId, reason) {
      await orUndefined(client.workflow.getHandle(workflowId).terminate(reason));
    },
    async runs(workflowId) {
      const found: ExecutionId[] = [];
      const description = await orUndefined(client.workflow.getHandle(workflowId).describe());
      let runId = description?.runId;
      while (runId) {
        const history = await orUndefined(
          workflowService.getWorkflowExecutionHistory({
            namespace,
            execution: { workflowId, runId },
            maximumPageSize: 1,
          }),
        );
        if (!history) break;
        found.unshift({ workflowId, runId });
        const [first] = history.history?.events ?? [];
        runId = first?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? undefined;
      }
      return found;
    },
    async delete(workflowExecution) {
      await orUndefined(workflowService.deleteWorkflowExecution({ namespace, workflowExecution }));
    },
    async isGone(execution) {
      return (await orUndefined(workflowService.describeWorkflowExecution({ namespace, execution }))) === undefined;
    },
  };
}

/** The result, or undefined when the server knows of no such execution. */
async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const isUnknown =
      error instanceof WorkflowNotFoundError || (error as { code?: unknown } | null)?.code === NOT_FOUND;
    if (isUnknown) return undefined;
    throw error;
  }
}
