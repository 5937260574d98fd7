/** `npm run roll-out -- --instances 2000`: a changed machine, and sleeping instances that go on in it, at the pace of production. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { Command } from 'commander';
import { startStack } from '../dev/stack.ts';
import { buildIdOf, serveBuilds } from '../engine/builds.ts';
import type { BuildNews, ServedBuilds } from '../engine/builds.ts';
import { bundleMachines } from '../engine/bundle.ts';
import { machineClient } from '../engine/client.ts';
import { MemoryStore } from '../engine/memory-store.ts';
import { ensureSearchAttributes } from '../engine/worker.ts';
import * as v1 from '../tests/engine/toy/doors/v1.ts';
import * as v2 from '../tests/engine/toy/doors/v2.ts';

const { instances, json } = new Command('roll-out')
  .description(
    'Starts instances, deploys a changed machine, and says how long they take to go on in it and what is lost',
  )
  .option('--instances <n>', 'how many sleep', Number, 2000)
  .option('--json', 'the report as JSON, and nothing else on standard output')
  .parse()
  .opts<{ instances: number; json?: boolean }>();

const queue = 'roll-out';
/** At the same time, when they are started and when they are read. */
const width = 16;
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
const { signal } = interruption;
const tell = (text: string): void => void process.stderr.write(`${text}\n`);
Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });
const dataDir = mkdtempSync(join(tmpdir(), 'pacta-roll-out-'));
chmodSync(dataDir, 0o755);
const stack = await startStack({
  dataDir,
  only: ['temporal'],
  anyPorts: true,
  fsync: false,
  signal,
  onProgress: ({ text }) => tell(text),
});
const served: ServedBuilds[] = [];
/** Of the workers; an open one keeps the process from ending. */
const connections: NativeConnection[] = [];
try {
  const address = stack.env.TEMPORAL_ADDRESS ?? '';
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  await ensureSearchAttributes(connection, 'default');
  const report = await rollOut(client, address);
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : inWords(report));
  if (report.lost.length > 0 || report.notMoved > 0 || report.failedTasks > 0) process.exitCode = 1;
  await connection.close();
} catch (error) {
  if (!signal.aborted) throw error;
  tell('Interrupted.');
  process.exitCode = 130;
} finally {
  await Promise.all(served.map((one) => one.stop()));
  await Promise.all(connections.map((one) => one.close()));
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

interface Report {
  readonly instances: number;
  /** Until every instance ran on the new build, and until the old build was dropped; seconds after the new one was started. */
  readonly movedAfter: number;
  readonly droppedAfter: number;
  /** The slowest answer to an event that was sent to a moving instance meanwhile, milliseconds, and how many were sent. */
  readonly slowestMs: number;
  readonly sent: number;
  readonly notMoved: number;
  readonly failedTasks: number;
  /** Instances whose deadline or context is not what it was, or whose events are not there once. */
  readonly lost: readonly string[];
  /** Of the process that served both builds, megabytes. */
  readonly peakRssMb: number;
}

async function rollOut(client: Client, address: string): Promise<Report> {
  const store = new MemoryStore();
  const folder = join(dataDir, 'bundles');
  mkdirSync(folder);
  const serve = async (version: 'v1' | 'v2', news: (one: BuildNews) => void): Promise<string> => {
    const bundle = await bundleMachines(
      fileURLToPath(new URL(`../tests/engine/toy/doors/${version}.ts`, import.meta.url)),
    );
    const connection = await NativeConnection.connect({ address });
    connections.push(connection);
    const worker = { connection, namespace: 'default', taskQueue: queue, store, activities: {}, effects: [] };
    const { door, meter } = version === 'v1' ? v1 : v2;
    const definitions = [door, meter] as never;
    served.push(await serveBuilds({ client, worker, bundle, definitions, deployment: queue, folder, news }));
    return buildIdOf(bundle);
  };
  const count = async (query: string) => (await client.workflow.count(query)).count;

  const old = await serve('v1', () => {});
  const doors = machineClient(client, v1.door, { taskQueue: queue });
  const deadlines = new Map<string, string>();
  await inLanes(
    Array.from({ length: instances }, (_, n) => `door-${n}`),
    async (id) => {
      const one = await doors.start(id, undefined);
      await one.send({ type: 'opened', seconds: 86_400 }, { id: 'opened' });
      deadlines.set(id, (await one.timers())[0]!.at);
      if (deadlines.size % 500 === 0) tell(`${deadlines.size} of ${instances} sleep`);
    },
  );
  const onOld = `TemporalWorkerDeploymentVersion = '${queue}:${old}' AND ExecutionStatus = 'Running'`;
  while ((await count(onOld)) < instances) await sleep(200, undefined, { signal });
  await served.pop()!.stop();

  const began = Date.now();
  let droppedAt: number | undefined;
  await serve('v2', ({ what }) => {
    if (what === 'dropped') droppedAt = Date.now();
  });
  let movedAt: number | undefined;
  let sent = 0;
  let slowestMs = 0;
  while (droppedAt === undefined) {
    signal.throwIfAborted();
    const left = await count(onOld);
    if (left === 0) movedAt ??= Date.now();
    const before = Date.now();
    await doors.get(`door-${sent % instances}`).send({ type: 'shut' }, { id: 'shut' });
    slowestMs = Math.max(slowestMs, Date.now() - before);
    sent += 1;
    if (sent % 10 === 0)
      tell(`${left} of ${instances} are still to move, ${Math.round((Date.now() - began) / 1000)} s`);
    await sleep(1000, undefined, { signal });
  }
  const failedTasks = await count('TemporalReportedProblems IS NOT NULL');
  const lost: string[] = [];
  let notMoved = 0;
  const moved = machineClient(client, v2.door, { taskQueue: queue });
  await inLanes([...deadlines], async ([id, deadline]) => {
    const { view, version } = await moved.get(id).snapshot();
    if (version !== '2') notMoved += 1;
    const isShut = Number(id.slice('door-'.length)) < sent;
    const isRight = isShut ? view.value === 'closed' : view.deadlines[0]?.at === deadline;
    const taken = store.history(id).flatMap(({ causes }) => causes.filter(({ kind }) => kind === 'event'));
    if (!isRight || taken.length !== (isShut ? 2 : 1)) lost.push(id);
  });
  return {
    instances,
    movedAfter: ((movedAt ?? Date.now()) - began) / 1000,
    droppedAfter: (droppedAt - began) / 1000,
    slowestMs,
    sent,
    notMoved,
    failedTasks,
    lost,
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queued = [...items];
  const lane = async () => {
    for (let next = queued.shift(); next !== undefined; next = queued.shift()) {
      signal.throwIfAborted();
      await work(next);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}

function inWords(report: Report): string {
  const { movedAfter, droppedAfter, slowestMs, sent, notMoved, failedTasks, lost, peakRssMb } = report;
  return [
    `${report.instances} sleeping instances moved ${movedAfter.toFixed(0)} s after the new build was started; the old one was dropped after ${droppedAfter.toFixed(0)} s.`,
    `${sent} events sent meanwhile, the slowest answered in ${slowestMs} ms; ${notMoved} not moved, ${failedTasks} with failed tasks, ${lost.length} with something lost; at most ${peakRssMb} MB.`,
    '',
  ].join('\n');
}
