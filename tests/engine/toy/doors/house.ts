/** Processes that serve builds of the doors, one after another or beside each other, on the test run's real server. */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { buildIdOf, serveBuilds } from '../../../../engine/builds.ts';
import type { BuildNews, BuildPace, ServedBuilds } from '../../../../engine/builds.ts';
import { bundleMachines } from '../../../../engine/bundle.ts';
import { machineClient } from '../../../../engine/client.ts';
import type { Definition } from '../../../../engine/definition.ts';
import { MemoryStore } from '../../../../engine/memory-store.ts';
import { ensureSearchAttributes } from '../../../../engine/worker.ts';
import { folder, taskQueue, temporalAddress } from '../../../support/stack.ts';
import * as v1 from './v1.ts';
import * as v2 from './v2.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const versions = { v1, v2 };
export type Version = keyof typeof versions;

const bundles = new Map<Version, ReturnType<typeof bundleMachines>>();
function bundleOf(version: Version): ReturnType<typeof bundleMachines> {
  const bundle = bundles.get(version) ?? bundleMachines(fileURLToPath(new URL(`./${version}.ts`, import.meta.url)));
  bundles.set(version, bundle);
  return bundle;
}

export const definitionsOf = (version: Version): readonly Definition[] =>
  Object.values(versions[version]).filter((one) => 'machineName' in one) as unknown as Definition[];

/** Everything at the pace of a test. */
const pace: BuildPace = {
  movingMs: 100,
  restingMs: 200,
  emptyMs: 1_000,
  againAfterMs: 1_000,
  batch: 25,
  becomingCurrentMs: 30_000,
};

export async function doorHouse() {
  const queue = taskQueue();
  const connection = await Connection.connect({ address: temporalAddress() });
  const client = new Client({ connection });
  await ensureSearchAttributes(connection, 'default');
  const store = new MemoryStore();
  const bundlesFolder = folder();
  const open: ServedBuilds[] = [];
  const natives: NativeConnection[] = [];
  return {
    client,
    queue,
    store,
    bundlesFolder,
    doors1: machineClient(client, v1.door, { taskQueue: queue }),
    doors2: machineClient(client, v2.door, { taskQueue: queue }),
    meters: machineClient(client, v1.meter, { taskQueue: queue }),
    buildId: async (version: Version) => buildIdOf(await bundleOf(version)),
    /** Starts a process, as it were, with this version of the code. */
    serve: async (version: Version) => {
      const news: BuildNews[] = [];
      // Its own, as a process has: one connection takes one worker of a build.
      const native = await NativeConnection.connect({ address: temporalAddress() });
      natives.push(native);
      const served = await serveBuilds({
        client,
        worker: { connection: native, namespace: 'default', taskQueue: queue, store, activities: {}, effects: [] },
        bundle: await bundleOf(version),
        definitions: definitionsOf(version),
        deployment: queue,
        folder: bundlesFolder,
        news: (one) => void news.push(one),
        pace,
      });
      open.push(served);
      return { served, news };
    },
    close: async () => {
      await Promise.all(open.map((one) => one.stop()));
      await connection.close();
      await Promise.all(natives.map((native) => native.close()));
    },
  };
}

/** How many of the queue's instances are open on a build. */
export async function openOn(house: Awaited<ReturnType<typeof doorHouse>>, build: string): Promise<number> {
  const { count } = await house.client.workflow.count(
    `TemporalWorkerDeploymentVersion = '${house.queue}:${build}' AND ExecutionStatus = 'Running'`,
  );
  return count;
}
