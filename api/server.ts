/** Runs the API as a process: connects, serves, and closes without dropping what is in flight. */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import closeWithGrace from 'close-with-grace';
import { postgresReader } from '../activities/store-reader.ts';
import { loadConfig, type Config } from '../config.ts';
import { createDatabase } from '../db/database.ts';
import { fileStore } from '../db/files.ts';
import { fileKeyStore } from '../db/keys.ts';
import { createVault } from '../db/vault.ts';
import { machineClient } from '../engine/client.ts';
import { AlreadyEnded, NotFound, TimedOut } from '../engine/errors.ts';
import { claim } from '../workflows/claim.ts';
import { erasure } from '../workflows/erasure.ts';
import { receipt } from '../workflows/receipt.ts';
import { repair } from '../workflows/repair.ts';
import { subscription } from '../workflows/subscription.ts';
import { buildApp } from './app.ts';
import { clamd } from './clamd.ts';
import { ensureFirstAgreement } from './first-agreement.ts';
import { noScanner } from './scanner.ts';
import { createTestClocks } from './test-clocks.ts';

const GRACE_MS = 8_000;

export interface RunningApi {
  /** Where it listens, `http://127.0.0.1:3000`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Starts the API; it serves when the promise is fulfilled. The database must be migrated. */
export async function startApi(config: Config): Promise<RunningApi> {
  const db = createDatabase(config.databaseUrl, { max: 20 });
  const connection = await Connection.connect(config.temporal.connection);
  const client = new Client({ connection, namespace: config.temporal.namespace });
  const { taskQueue } = config;
  const reader = postgresReader(db, config.databaseUrl);
  const machines = {
    subscription: machineClient(client, subscription, { taskQueue, reader }),
    receipt: machineClient(client, receipt, { taskQueue, reader }),
    repair: machineClient(client, repair, { taskQueue, reader }),
    erasure: machineClient(client, erasure, { taskQueue, reader }),
    claim: machineClient(client, claim, { taskQueue, reader }),
  };
  const isQuiet = async (machine: string, id: string, stored: number): Promise<boolean> => {
    const known = machines[machine as keyof typeof machines] as (typeof machines)[keyof typeof machines] | undefined;
    if (!known) return true;
    try {
      const snapshot = await known.get(id).snapshot();
      return snapshot.settled && snapshot.sequence <= stored;
    } catch (error) {
      // Erasure deletes executions before it is done: what is gone does nothing any more. A late answer is no answer.
      if (error instanceof NotFound || error instanceof AlreadyEnded) return true;
      if (error instanceof TimedOut) return false;
      throw error;
    }
  };
  const now = () => new Date();
  const keys = fileKeyStore(config.keysDir);
  const app = await buildApp({
    db,
    keys,
    vault: createVault(keys),
    files: fileStore(config.filesDir, keys),
    scanner: config.scanner ? clamd(config.scanner) : noScanner,
    subscriptions: machines.subscription,
    receipts: machines.receipt,
    claims: machines.claim,
    repairs: machines.repair,
    steps: reader,
    clocks: createTestClocks(client, db, isQuiet, now),
    options: config,
    now,
  });
  await ensureFirstAgreement(db);
  const address = await app.listen({ host: config.host, port: config.port });
  return {
    address,
    close: async () => {
      await app.close();
      await reader.close();
      await connection.close();
      await db.destroy();
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const api = await startApi(loadConfig());
  closeWithGrace({ delay: GRACE_MS }, async ({ err }) => {
    if (err) process.exitCode = 1;
    await api.close();
  });
}
