/** `npm run soak -- --events 100000`: that many events at one instance. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { Command, InvalidArgumentError } from 'commander';
import { startStack } from '../dev/stack.ts';
import { bundleMachines } from '../engine/bundle.ts';
import { machineClient } from '../engine/client.ts';
import { MemoryStore } from '../engine/memory-store.ts';
import { createMachineWorker, ensureSearchAttributes } from '../engine/worker.ts';
import { parcel } from '../tests/engine/toy/parcel/workflows.ts';
import { soak } from './busy-instance.ts';

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a number of events');
  return value;
};
const { events, json } = new Command('soak')
  .description('Sends a great many events to one instance and says whether each was taken once, in order')
  .option('--events <n>', 'how many', count, 100_000)
  .option('--json', 'the report as JSON, and nothing else on standard output')
  .parse()
  .opts<{ events: number; json?: boolean }>();

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
const { signal } = interruption;
const dataDir = mkdtempSync(join(tmpdir(), 'pacta-soak-'));
chmodSync(dataDir, 0o755);
const tell = (text: string): void => void process.stderr.write(`${text}\n`);
Runtime.install({ logger: new DefaultLogger('WARN'), telemetryOptions: { logging: { forward: {} } } });
const only = ['temporal'] as const;
const stack = await startStack({
  dataDir,
  only,
  anyPorts: true,
  fsync: false,
  signal,
  onProgress: ({ text }) => tell(text),
});
try {
  const address = stack.env['TEMPORAL_ADDRESS'] ?? '';
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  const client = new Client({ connection });
  await ensureSearchAttributes(connection, 'default');
  const store = new MemoryStore();
  const taskQueue = 'soak';
  const worker = await createMachineWorker({
    connection: native,
    namespace: 'default',
    taskQueue,
    workflowBundle: await bundleMachines(
      fileURLToPath(new URL('../tests/engine/toy/parcel/workflows.ts', import.meta.url)),
    ),
    store,
    effects: ['noteParcel'],
    activities: {},
  });
  const running = worker.run();
  const one = await machineClient(client, parcel, { taskQueue, reader: store.reader }).start('soak', {});
  const runsOf = async () => {
    let runs = 0;
    for await (const _ of client.workflow.list({ query: `WorkflowId = '${one.id}'` })) runs += 1;
    return runs;
  };
  const report = await soak(one, events, runsOf, { onProgress: tell, signal });
  const { lost, twice, misplaced } = report;
  process.stdout.write(
    json
      ? `${JSON.stringify(report, null, 2)}\n`
      : `${report.events} events in ${report.seconds} s (${report.perSecond} per second) over ${report.runs} runs, the slowest answer after ${report.slowestMs} ms; ${lost} lost, ${twice} twice, ${misplaced} misplaced\n`,
  );
  if (lost + twice + misplaced > 0) process.exitCode = 1;
  if (signal.aborted) process.exitCode = 130;
  worker.shutdown();
  await running;
  await connection.close();
  await native.close();
} finally {
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
