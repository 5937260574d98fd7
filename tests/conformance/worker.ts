/** What serves the instances of the laboratory. */
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { NativeConnection, Worker, WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { declared } from '../../engine/machine.ts';
import type { InvocationError } from '../../engine/machine.ts';
import type { Answers } from '../../engine/simulate.ts';
import type { Store } from '../../engine/store.ts';
import { createMachineWorker } from '../../engine/worker.ts';
import type { MachineWorkerOptions } from '../../engine/worker.ts';

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});

export interface ConformanceWorker {
  readonly connection: NativeConnection;
  readonly taskQueue: string;
  readonly bundle: WorkflowBundleWithSourceMap;
  readonly store: Store;
  /** What activities answer. */
  readonly answers: Answers;
  readonly tuning?: MachineWorkerOptions['tuning'];
}

export async function workerOf(options: ConformanceWorker): Promise<Worker> {
  const { connection, taskQueue, bundle, store, answers, tuning } = options;
  return await createMachineWorker({
    connection,
    namespace: 'default',
    taskQueue,
    workflowBundle: bundle,
    store,
    effects: [...declared.effects],
    activities: Object.fromEntries(
      [...declared.activities].map((name) => [
        name,
        async (input: never, { at }: { at: string }) => await Promise.resolve(answered(answers, name, input, at)),
      ]),
    ),
    tuning: { maxCachedWorkflows: 200, shutdownGraceTime: '1 second', ...tuning },
  });
}

function answered(answers: Answers, name: string, input: never, at: string): unknown {
  try {
    return answers[name]!(input, at);
  } catch (error) {
    const { message, type } = error as InvocationError;
    throw ApplicationFailure.nonRetryable(message, type);
  }
}
