/** The worker of `npm run bench`, in a process of its own: its processor time is what is measured. */
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { postgresStore } from '../activities/store.ts';
import { createDatabase } from '../db/database.ts';
import { bundleMachines } from '../engine/bundle.ts';
import { createMachineWorker, ensureSearchAttributes } from '../engine/worker.ts';

/** What the bench is told when it asks. */
export interface Usage {
  /** User and system time of this process with all its threads, microseconds. */
  readonly cpuUs: number;
  /** Records in the database so far. */
  readonly stored: number;
}

const [address = '', databaseUrl = '', taskQueue = ''] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });
const connection = await Connection.connect({ address });
await ensureSearchAttributes(connection, 'default');
const native = await NativeConnection.connect({ address });
const db = createDatabase(databaseUrl, { max: 8 });
const postgres = postgresStore(db, {});
let stored = 0;
const worker = await createMachineWorker({
  connection: native,
  namespace: 'default',
  taskQueue,
  workflowBundle: await bundleMachines(fileURLToPath(new URL('./overhead-workflows.ts', import.meta.url))),
  store: {
    commit: async (records) => {
      const outcome = await postgres.commit(records);
      stored += records.length;
      return outcome;
    },
  },
  effects: [],
  activities: {},
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system, stored } satisfies Usage);
});
process.on('disconnect', () => {
  if (worker.getState() === 'RUNNING') worker.shutdown();
});
process.send?.('ready');
await worker.run();
await Promise.all([db.destroy(), native.close(), connection.close()]);
process.exit(0);
