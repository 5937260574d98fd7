/**
 * `npm run record-histories`: lives short lives of all machines of the present version on a stack of its own, and keeps their
 * histories for the test in this folder. For a released version this is done once; again only for a change of the engine
 * that is meant to change histories, named in the CHANGELOG under "Replay".
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { apiAt, eventually } from '../../bench/api.ts';
import { live, prepare } from '../../bench/contract-life.ts';
import { startStack } from '../../dev/stack.ts';
import { bundleMachines } from '../../engine/bundle.ts';
import { machineClient } from '../../engine/client.ts';
import { declared } from '../../engine/machine.ts';
import { MemoryStore } from '../../engine/memory-store.ts';
import type { KeptInstance } from '../../engine/migration.ts';
import { names } from '../../engine/protocol.ts';
import type { KeptAnswer } from '../../engine/protocol.ts';
import { createMachineWorker } from '../../engine/worker.ts';
import * as machines from '../../workflows/index.ts';
import { door } from '../engine/toy/doors/v1.ts';
import { liveClaim } from './claim-life.ts';
import { liveRepair } from './repair-life.ts';
import { writeRecordings } from './recording.ts';

interface Life {
  readonly version: string;
  readonly runs: { [name: string]: Awaited<ReturnType<typeof historyOf>> };
  readonly kept: { [point: string]: KeptInstance };
}

const lives = new Map<string, Life>();
const lifeOf = (machine: string, version: string): Life => {
  const life = lives.get(machine) ?? { version, runs: {}, kept: {} };
  lives.set(machine, life);
  return life;
};

const began = performance.now();
const stack = await startStack({
  dataDir: mkdtempSync(join(tmpdir(), 'pacta-record-')),
  temporary: true,
  anyPorts: true,
  fsync: false,
  onProgress: ({ part, text }) => process.stderr.write(`${part}: ${text}\n`),
});
process.once('SIGINT', () => stack.abort());
try {
  const connection = await Connection.connect({ address: stack.env.TEMPORAL_ADDRESS! });
  const client = new Client({ connection });
  await recordContract(client);
  await recordClaim(client);
  await recordRepair(client);
  await recordDoor(client);
  await connection.close();
} finally {
  await stack.stop();
}
for (const [machine, { version, runs, kept }] of lives) {
  const bytes = writeRecordings(machine, version, runs, kept);
  process.stdout.write(
    `${machine} ${version}: ${Object.keys(runs).length} runs, ${Object.keys(kept).length} points, ${bytes} bytes\n`,
  );
}
process.stdout.write(`Recorded in ${Math.round((performance.now() - began) / 1000)} s\n`);

function historyOf(client: Client, id: string, runId: string) {
  return client.workflow.getHandle(id, runId).fetchHistory();
}

/** All runs of an instance, oldest first. */
async function keepRuns(client: Client, life: Life, id: string, name: string): Promise<void> {
  const found: { runId: string; startTime: Date }[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = '${id}'` })) found.push(run);
  found.sort((one, other) => one.startTime.getTime() - other.startTime.getTime());
  for (const [index, { runId }] of found.entries()) {
    life.runs[`${name}.${index + 1}`] = await historyOf(client, id, runId);
  }
}

async function keepPoint(client: Client, life: Life, id: string, point: string): Promise<void> {
  const { shape: _, ...kept } = await client.workflow.getHandle(id).query<KeptAnswer>(names.kept);
  life.kept[point] = kept;
}

/** A contract: two years, its receipts, and what is left of its erasure. */
async function recordContract(client: Client): Promise<void> {
  const api = apiAt(stack.urls.api!, stack.env.PACTA_OPERATOR_KEY!);
  const subscription = lifeOf('subscription', machines.subscription.options.version);
  const receipt = lifeOf('receipt', machines.receipt.options.version);
  const erasure = lifeOf('erasure', machines.erasure.options.version);
  await prepare(api, 'recorded', '2027-03-01T02:00:00.000Z');
  const { accountId } = await live(api, 'recorded', 'recorded', async (stage, act, known) => {
    const id = `subscription-${known?.accountId}`;
    // The erasure deletes what came before it.
    if (stage === 'erasure') {
      await keepRuns(client, subscription, id, 'contract');
      const receipts = new Set<string>();
      const query = `WorkflowType = 'receipt'`;
      for await (const { workflowId } of client.workflow.list({ query })) receipts.add(workflowId);
      for (const [index, one] of [...receipts].toSorted().entries()) {
        await keepPoint(client, receipt, one, `transfer-${index + 1}`);
        await keepRuns(client, receipt, one, `transfer-${index + 1}`);
      }
    }
    await act();
    if (known && stage !== 'erasure') await keepPoint(client, subscription, id, stage);
    process.stderr.write(`${stage}\n`);
  });
  const id = `erasure-${accountId}`;
  await eventually('the erasure has ended', async () => {
    const { status } = await client.workflow.getHandle(id).describe();
    return status.name === 'COMPLETED';
  });
  await keepRuns(client, erasure, id, 'account');
}

/** A claim from its filing to its end. */
async function recordRepair(client: Client): Promise<void> {
  const key = stack.env.PACTA_OPERATOR_KEY!;
  const repair = lifeOf('repair', machines.repair.options.version);
  const repairId = await liveRepair(apiAt(stack.urls.api!, key), key, async (stage, id) => {
    await keepPoint(client, repair, `repair-${id}`, stage);
    process.stderr.write(`repair ${stage}\n`);
  });
  await eventually('the repair has ended', async () => {
    const { status } = await client.workflow.getHandle(`repair-${repairId}`).describe();
    return status.name === 'COMPLETED';
  });
  await keepRuns(client, repair, `repair-${repairId}`, 'quoted');
}

async function recordClaim(client: Client): Promise<void> {
  const key = stack.env.PACTA_OPERATOR_KEY!;
  const claim = lifeOf('claim', machines.claim.options.version);
  const claimId = await liveClaim(apiAt(stack.urls.api!, key), key, async (stage, id) => {
    if (stage !== 'closed') await keepPoint(client, claim, `claim-${id}`, stage);
    process.stderr.write(`claim ${stage}\n`);
  });
  await keepRuns(client, claim, `claim-${claimId}`, 'appealed');
}

/** The toy of the engine's own tests: small enough to read its history. */
async function recordDoor(client: Client): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const native = await NativeConnection.connect({ address: stack.env.TEMPORAL_ADDRESS! });
  const life = lifeOf('door', door.options.version);
  const taskQueue = 'doors';
  const worker = await createMachineWorker({
    connection: native,
    namespace: 'default',
    taskQueue,
    workflowBundle: await bundleMachines(fileURLToPath(new URL('../engine/toy/doors/v1.ts', import.meta.url))),
    store: new MemoryStore(),
    // The product's machines are loaded here too, and theirs are asked for; no door calls any.
    activities: Object.fromEntries([...declared.activities].map((name) => [name, () => Promise.resolve()])),
    effects: [...declared.effects],
  });
  await worker.runUntil(async () => {
    const one = await machineClient(client, door, { taskQueue }).start('door-recorded', undefined);
    await one.send({ type: 'opened', seconds: 3600 }, { id: 'a' });
    await keepPoint(client, life, one.id, 'open');
    await one.send({ type: 'shut' }, { id: 'b' });
    await one.send({ type: 'opened', seconds: 1 }, { id: 'c' });
    await eventually('it closes by itself', async () => (await one.snapshot()).view.value === 'closed');
    await one.send({ type: 'locked' }, { id: 'd' });
    await eventually('it is stored', async () => (await one.snapshot()).stored);
    await keepPoint(client, life, one.id, 'locked');
    await keepRuns(client, life, one.id, 'door');
  });
  await native.close();
}
