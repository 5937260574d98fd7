/**
 * `npm run bench`: what the engine itself costs in processor time, per acknowledged event. A durable machine and a bare
 * update handler that carries the same payloads run in the same worker, in turns, so that what else the machine does meets
 * both alike.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { migrate } from '../db/migrate.ts';
import { startStack } from '../dev/stack.ts';
import { names } from '../engine/protocol.ts';
import type { SnapshotAnswer, Start } from '../engine/protocol.ts';
import { payload } from './overhead-machine.ts';
import type { Usage } from './overhead-worker.ts';

const HELP = `npm run bench -- [--rounds N] [--json] [--profile DIR]

Processor time of the worker per event: the engine over a bare Temporal update handler, without and with the commit.

  --rounds N     rounds to measure, each with all four; 15 by default
  --json         print one JSON object, progress on standard error
  --profile DIR  write V8 profiles of the worker into DIR; the figures then include the profiler
`;

/** Instances in a round, each sent its events one after another. Few enough events for one run of an instance. */
const INSTANCES = 8;
const EVENTS = 25;
const WARM_UP_ROUNDS = 1;
/** After the last record is stored: the task that its answer causes. */
const SETTLED_MS = 40;
/** V8 compiles what it has seen often; all four share the SDK's code, which is warm long before the engine's own is. */
const WARM_UP = { updates: 80, eventsInEach: 100 };
const TASK_QUEUE = 'bench';

const variants = {
  bareAsked: { event: 'asked', stores: false },
  engineAsked: { event: 'asked', stores: false },
  bareCounted: { event: 'counted', stores: true },
  engineCounted: { event: 'counted', stores: true },
} as const;
type Variant = keyof typeof variants;

interface Spread {
  readonly median: number;
  readonly quartiles: readonly [number, number];
}

interface Comparison {
  /** Milliseconds of processor time per event. */
  readonly bare: Spread;
  readonly engine: Spread;
  /** Percent over the bare handler, of rounds in pairs. */
  readonly overhead: Spread;
  /** Bytes of history per event, which shows that both carry the same. */
  readonly historyBytes: { readonly bare: number; readonly engine: number };
}

const { rounds, json, profile } = readArguments();
const tell = (text: string) => void process.stderr.write(`${text}\n`);
const dataDir = mkdtempSync(join(tmpdir(), 'pacta-bench-'));
chmodSync(dataDir, 0o755);
const stack = await startStack({
  dataDir,
  only: ['postgres', 'temporal'],
  anyPorts: true,
  fsync: false,
  temporary: true,
  onProgress: ({ text }) => tell(text),
});
let worker: ChildProcess | undefined;
try {
  const address = stack.env['TEMPORAL_ADDRESS'] ?? '';
  const databaseUrl = stack.env['DATABASE_URL'] ?? '';
  await migrate(databaseUrl);
  worker = fork(fileURLToPath(new URL('./overhead-worker.ts', import.meta.url)), [address, databaseUrl, TASK_QUEUE], {
    execArgv: profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [],
  });
  await once(worker, 'message', { signal: AbortSignal.timeout(120_000) });
  const connection = await Connection.connect({ address });
  const report = await measure(new Client({ connection }), worker);
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else process.stdout.write(table(report));
  await connection.close();
} finally {
  if (worker?.connected) {
    worker.disconnect();
    await Promise.race([once(worker, 'exit'), sleep(20_000)]);
  }
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

interface Report {
  readonly withoutCommit: Comparison;
  readonly withCommit: Comparison;
  readonly rounds: number;
  readonly eventsPerRound: number;
  readonly cores: number;
  readonly loadAverage: number;
}

async function measure(client: Client, child: ChildProcess): Promise<Report> {
  const costs = Object.fromEntries(Object.keys(variants).map((name) => [name, [] as number[]])) as Record<
    Variant,
    number[]
  >;
  const bytes = {} as Record<Variant, number>;
  await warmUp(client);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    // The order turns, so that none always runs after the same neighbour.
    const order = Object.keys(variants) as Variant[];
    for (let turn = 0; turn < Math.abs(round) % order.length; turn += 1) order.push(order.shift()!);
    for (const name of order) {
      const { cpuMs, bytesPerEvent } = await oneRound(client, child, name, `${name}-${round}`);
      if (round >= 0) costs[name].push(cpuMs);
      bytes[name] = bytesPerEvent;
    }
    if (round >= 0)
      tell(
        `round ${round + 1}/${rounds}: ${order
          .map((name) => `${name} ${costs[name].at(-1)?.toFixed(2)}`)
          .toSorted()
          .join(', ')} ms`,
      );
  }
  const compare = (bare: Variant, engine: Variant): Comparison => ({
    bare: spreadOf(costs[bare]),
    engine: spreadOf(costs[engine]),
    overhead: spreadOf(costs[engine].map((cost, index) => (cost / costs[bare][index]! - 1) * 100)),
    historyBytes: { bare: bytes[bare], engine: bytes[engine] },
  });
  return {
    withoutCommit: compare('bareAsked', 'engineAsked'),
    withCommit: compare('bareCounted', 'engineCounted'),
    rounds,
    eventsPerRound: INSTANCES * EVENTS,
    cores: cpus().length,
    loadAverage: loadavg()[0]!,
  };
}

/** Thousands of events for the engine, in few updates. */
async function warmUp(client: Client): Promise<void> {
  const start: Start = { input: null };
  const handle = await client.workflow.start('meter', { workflowId: 'warm-up', taskQueue: TASK_QUEUE, args: [start] });
  for (let update = 0; update < WARM_UP.updates; update += 1) {
    const event = { ...payload, type: update % 2 === 0 ? 'asked' : 'counted' };
    const envelopes = Array.from({ length: WARM_UP.eventsInEach }, (_, index) => ({ id: `${update}-${index}`, event }));
    await handle.executeUpdate(names.batch, { args: [envelopes] });
    while (!(await handle.query<SnapshotAnswer>(names.snapshot)).stored) await sleep(20);
  }
  await handle.terminate('warm');
}

async function oneRound(
  client: Client,
  child: ChildProcess,
  name: Variant,
  id: string,
): Promise<{ cpuMs: number; bytesPerEvent: number }> {
  const { event, stores } = variants[name];
  const isEngine = name.startsWith('engine');
  const start: Start = { input: null };
  const storedAtStart = (await usageOf(child)).stored + (isEngine ? INSTANCES : 0);
  const handles = await Promise.all(
    Array.from({ length: INSTANCES }, (_, index) =>
      client.workflow.start(isEngine ? 'meter' : name, {
        workflowId: `${id}-${index}`,
        taskQueue: TASK_QUEUE,
        args: [start],
      }),
    ),
  );
  const sizeOf = async () => {
    const descriptions = await Promise.all(handles.map((handle) => handle.describe()));
    return descriptions.reduce((sum, { historySize = 0 }) => sum + historySize, 0);
  };
  const atRest = async (stored: number): Promise<Usage> => {
    for (;;) {
      const usage = await usageOf(child);
      if (usage.stored >= stored) break;
      await sleep(20);
    }
    await sleep(SETTLED_MS);
    return usageOf(child);
  };
  /** One event each, all stored before the next: how many share a task would else be a matter of luck. */
  const send = async (n: number, storedBefore: number): Promise<Usage> => {
    let usage = await usageOf(child);
    for (let one = 0; one < n; one += 1) {
      const updateId = `${n}-${String(one).padStart(3, '0')}`;
      await Promise.all(handles.map((handle) => handle.executeUpdate(event, { updateId, args: [payload] })));
      usage = await atRest(stores ? storedBefore + (one + 1) * INSTANCES : 0);
    }
    return usage;
  };
  const before = await send(2, storedAtStart);
  const sizeBefore = await sizeOf();
  const after = await send(EVENTS, before.stored);
  const sizeAfter = await sizeOf();
  await Promise.all(handles.map((handle) => handle.terminate('measured')));
  const events = EVENTS * INSTANCES;
  return {
    cpuMs: (after.cpuUs - before.cpuUs) / 1000 / events,
    bytesPerEvent: Math.round((sizeAfter - sizeBefore) / events),
  };
}

async function usageOf(child: ChildProcess): Promise<Usage> {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(60_000) });
  child.send('usage');
  const [usage] = (await answer) as [Usage];
  return usage;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    return Math.round((low + (high - low) * (place % 1)) * 1000) / 1000;
  };
  return { median: at(0.5), quartiles: [at(0.25), at(0.75)] };
}

function table({ withoutCommit, withCommit, eventsPerRound, cores, loadAverage }: Report): string {
  const shown = ({ median, quartiles: [low, high] }: Spread, digits: number) =>
    `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
  const row = (what: string, { bare, engine, overhead, historyBytes }: Comparison) =>
    [
      what,
      `  bare handler  ${shown(bare, 2)} ms an event, ${historyBytes.bare} bytes of history`,
      `  engine        ${shown(engine, 2)} ms an event, ${historyBytes.engine} bytes of history`,
      `  overhead      ${shown(overhead, 1)} %`,
      '',
    ].join('\n');
  return [
    row('Without a commit', withoutCommit),
    row('With the commit and its transaction', withCommit),
    `Median and quartiles of ${rounds} rounds of ${eventsPerRound} events; ${cores} cores, load average ${loadAverage.toFixed(1)}.`,
    '',
  ].join('\n');
}

function readArguments(): { rounds: number; json: boolean; profile: string | undefined } {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: 'string', default: '15' },
        json: { type: 'boolean', default: false },
        profile: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    const count = Number(values.rounds);
    if (!Number.isInteger(count) || count < 1) throw new Error('--rounds needs a number from 1');
    return { rounds: count, json: values.json, profile: values.profile };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(2);
  }
}
