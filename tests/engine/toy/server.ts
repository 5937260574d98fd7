/** A worker with the toy machine and a store in memory, on the test run's real Temporal server. */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { machineClient } from '../../../engine/client.ts';
import { MemoryStore } from '../../../engine/memory-store.ts';
import { bundleMachines } from '../../../engine/bundle.ts';
import { createMachineWorker, ensureSearchAttributes } from '../../../engine/worker.ts';
import type { MachineWorkerOptions } from '../../../engine/worker.ts';
import { taskQueue, temporalAddress } from '../../support/stack.ts';
import { brief, lamp, meters, restless } from './workflows.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });
/** Bundled once for all tests of a file. */
export const lampBundle = bundleMachines(fileURLToPath(new URL('./workflows.ts', import.meta.url)));

export async function lampServer(overrides: Partial<MachineWorkerOptions> = {}) {
  const queue = taskQueue();
  const connection = await Connection.connect({ address: temporalAddress() });
  const native = await NativeConnection.connect({ address: temporalAddress() });
  const client = new Client({ connection });
  await ensureSearchAttributes(connection, 'default');
  const store = new MemoryStore();
  const asked: { kind: string; key: string }[] = [];
  /** Events whose activity fails. */
  const fails = new Set<string>();
  /** Keys of activities that failed once. */
  const stuck = new Set<string>();
  const start = async (later: Partial<MachineWorkerOptions> = {}) => {
    const worker = await createMachineWorker({
      connection: native,
      namespace: 'default',
      taskQueue: queue,
      workflowBundle: await lampBundle,
      store,
      effects: ['noteLight'],
      activities: {
        readMeter: async (input: string | null, { key }) => {
          if (input === 'stuck' && !stuck.has(key)) {
            stuck.add(key);
            throw new Error('the meter is stuck');
          }
          if (fails.has('meter.asked')) throw ApplicationFailure.nonRetryable('the meter is broken', 'Broken');
          return { watts: 40 };
        },
        fetchBulb: async (input: { kind: string }, { key }) => {
          asked.push({ kind: input.kind, key });
          if (input.kind === 'none') throw ApplicationFailure.nonRetryable('sold out', 'SoldOut', { kind: input.kind });
          if (input.kind === 'lost') throw new Error('lost in transit');
          if (input.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, 3000));
          return { serial: `${input.kind}-1` };
        },
      },
      ...overrides,
      ...later,
    });
    const running = worker.run();
    return {
      worker,
      stop: async () => {
        worker.shutdown();
        await running;
      },
    };
  };
  const first = await start();
  return {
    client,
    store,
    asked,
    fails,
    queue,
    lamps: machineClient(client, lamp, { taskQueue: queue, reader: store.reader }),
    restless: machineClient(client, restless, { taskQueue: queue, reader: store.reader }),
    brief: machineClient(client, brief, { taskQueue: queue, reader: store.reader }),
    meters: machineClient(client, meters, { taskQueue: queue, reader: store.reader }),
    restart: start,
    stop: first.stop,
    close: async () => {
      await connection.close();
      await native.close();
    },
  };
}
