/** `npm run cost`: the history events of a contract's paid year. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { loadConfig } from '../config.ts';
import { createDatabase } from '../db/database.ts';
import { startStack } from '../dev/stack.ts';
import { apiAt } from './api.ts';
import { yearCost } from './year-cost.ts';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
const dataDir = mkdtempSync(join(tmpdir(), 'pacta-cost-'));
chmodSync(dataDir, 0o755);
const stack = await startStack({
  dataDir,
  anyPorts: true,
  fsync: false,
  signal: interruption.signal,
  onProgress: ({ text }) => void process.stderr.write(`${text}\n`),
});
try {
  const config = loadConfig(stack.env);
  const db = createDatabase(config.databaseUrl, { max: 2 });
  const connection = await Connection.connect(config.temporal.connection);
  const client = new Client({ connection, namespace: config.temporal.namespace });
  const cost = await yearCost(apiAt(stack.urls.api ?? '', config.operatorKey), db, client, 'year-cost');
  process.stdout.write(`${JSON.stringify(cost, null, 2)}\n`);
  await connection.close();
  await db.destroy();
} finally {
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
