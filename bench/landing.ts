/** Where a kill has landed: read from Temporal right after the worker is gone, when nothing can go on. */
import type { Client } from '@temporalio/client';

/** What ran in one instance when its worker was killed. */
export interface Landing {
  readonly instance: string;
  /** Number of the last event in its history. */
  readonly event: number;
  /** What that event is, e.g. `activityTaskScheduled`. */
  readonly last: string;
  /** What was running: `workflow task`, or activities by name. Empty: nothing. */
  readonly running: readonly string[];
}

/** Numbers of Temporal's API: a task that a worker has taken and not answered. */
const STARTED = 2;

/** Instances that are gone or closed are left out. */
export async function landings(client: Client, instances: readonly string[]): Promise<Landing[]> {
  const found = await Promise.all(instances.map((id) => landing(client, id).catch(() => undefined)));
  return found.filter((one) => one !== undefined);
}

async function landing(client: Client, instance: string): Promise<Landing | undefined> {
  const { raw, status, historyLength, runId } = await client.workflow.getHandle(instance).describe();
  if (status.name !== 'RUNNING') return undefined;
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId: instance, runId },
    maximumPageSize: 1,
  });
  const [last] = history?.events ?? [];
  const attributes = Object.entries(last ?? {}).find(
    ([key, value]) => key.endsWith('EventAttributes') && value !== null,
  );
  return {
    instance,
    event: historyLength,
    last: attributes?.[0].replace('EventAttributes', '') ?? 'nothing',
    running: [
      ...((raw.pendingWorkflowTask?.state as number | undefined) === STARTED ? ['workflow task'] : []),
      ...(raw.pendingActivities ?? [])
        .filter(({ state }) => (state as number | undefined) === STARTED)
        .map(({ activityType }) => `activity ${activityType?.name}`),
    ],
  };
}
