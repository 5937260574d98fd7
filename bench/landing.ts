/** Where a kill has landed: read from Temporal right after the worker is gone, when nothing can go on. */
import type { Client, WorkflowHandle } from '@temporalio/client';

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
const SAMPLES = 8;

/**
 * Instances that are gone or closed are left out.
 *
 * @param killedAt just before the signal, in milliseconds since the epoch: what began later found nobody
 * @param before tasks that an earlier worker took with it into its end, and that nobody has noticed yet: they are not this
 * one's. Those found now are added.
 */
export async function landings(
  client: Client,
  instances: readonly string[],
  killedAt: number,
  before: Set<string>,
): Promise<Landing[]> {
  const found = await Promise.all(instances.map((id) => landing(client, id, killedAt, before).catch(() => undefined)));
  return found.filter((one) => one !== undefined);
}

async function landing(
  client: Client,
  instance: string,
  killedAt: number,
  before: Set<string>,
): Promise<Landing | undefined> {
  const handle = client.workflow.getHandle(instance);
  const { raw, status, historyLength, runId } = await handle.describe();
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
  const task = raw.pendingWorkflowTask;
  const tasks = [
    ...(task ? [{ what: 'workflow task', state: task.state, started: task.startedTime }] : []),
    ...(raw.pendingActivities ?? []).map(({ activityType, state, lastStartedTime, activityId }) => ({
      what: `activity ${activityType?.name} ${activityId}`,
      state,
      started: lastStartedTime,
    })),
  ];
  const taken = tasks.filter(({ state }) => (state as number | undefined) === STARTED);
  const ahead = taken.length > 0 ? await aheadOfRealTime(handle) : 0;
  const running = taken.flatMap(({ what, started }) => {
    if (!started) return [];
    const key = `${runId} ${what} ${millisecondsOf(started)}`;
    const isOfKilled = !before.has(key) && millisecondsOf(started) - ahead <= killedAt;
    before.add(key);
    return isOfKilled ? [what] : [];
  });
  return {
    instance,
    event: historyLength,
    last: attributes?.[0].replace('EventAttributes', '') ?? 'nothing',
    running,
  };
}

function millisecondsOf({ seconds, nanos }: { readonly seconds?: unknown; readonly nanos?: number | null }): number {
  return Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6;
}

/**
 * Histories on a test clock have its dates: by how many milliseconds they are ahead. Told by the quickest of a few answers,
 * which is right to half the time that it took.
 */
async function aheadOfRealTime(handle: WorkflowHandle): Promise<number> {
  let best = { took: Infinity, ahead: 0 };
  for (let n = 0; n < SAMPLES; n += 1) {
    const asked = Date.now();
    const { raw } = await handle.describe();
    const answered = Date.now();
    const present = raw.workflowExtendedInfo?.timeSkippingInfo?.currentTime;
    if (!present) return 0;
    const took = answered - asked;
    if (took < best.took) best = { took, ahead: millisecondsOf(present) - (asked + answered) / 2 };
  }
  return best.ahead;
}
