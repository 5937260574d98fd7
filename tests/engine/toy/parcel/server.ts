/** The toy's server with parcels instead of lamps. */
import { fileURLToPath } from 'node:url';
import { bundleMachines } from '../../../../engine/bundle.ts';
import { machineClient } from '../../../../engine/client.ts';
import { lampServer } from '../server.ts';
import { hasty, parcel } from './workflows.ts';

export async function parcelServer() {
  const workflowBundle = await bundleMachines(fileURLToPath(new URL('./workflows.ts', import.meta.url)));
  const server = await lampServer({ workflowBundle, effects: ['noteLight', 'noteParcel'] });
  const { client, queue, store } = server;
  let n = 0;
  return {
    ...server,
    parcels: machineClient(client, parcel, { taskQueue: queue, reader: store.reader }),
    hasty: machineClient(client, hasty, { taskQueue: queue, reader: store.reader }),
    /** A client of a process that has no store to read from. */
    blind: machineClient(client, parcel, { taskQueue: queue }),
    newId: () => `parcel-${process.pid}-${Date.now()}-${(n += 1)}`,
    lengthOf: async (id: string) => (await client.workflow.getHandle(id).describe()).historyLength,
    /** Until all steps so far are stored and nothing is under way. */
    atRest: async (one: { snapshot(): Promise<{ settled: boolean }> }) => {
      while (!(await one.snapshot()).settled) await new Promise((resolve) => setTimeout(resolve, 20));
    },
  };
}
