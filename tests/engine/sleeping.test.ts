/** What waiting costs: one timer of Temporal however many deadlines there are, and nothing more however long it takes. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { bundleMachines } from '../../engine/bundle.ts';
import { machineClient } from '../../engine/client.ts';
import type { MachineClient } from '../../engine/client.ts';
import { fastForward } from '../../engine/clock.ts';
import { MemoryStore } from '../../engine/memory-store.ts';
import { createMachineWorker, ensureSearchAttributes } from '../../engine/worker.ts';
import { taskQueue, temporalAddress } from '../support/stack.ts';
import { alarms } from './toy/alarms.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const hour = 3_600_000;

let client: Client;
let store: MemoryStore;
let clocks: MachineClient<typeof alarms.machine>;
let close: () => Promise<void>;

beforeAll(async () => {
  const connection = await Connection.connect({ address: temporalAddress() });
  const native = await NativeConnection.connect({ address: temporalAddress() });
  client = new Client({ connection });
  store = new MemoryStore();
  await ensureSearchAttributes(connection, 'default');
  const queue = taskQueue();
  const worker = await createMachineWorker({
    connection: native,
    namespace: 'default',
    taskQueue: queue,
    workflowBundle: await bundleMachines(fileURLToPath(new URL('./toy/alarms.ts', import.meta.url))),
    store,
    effects: [],
    activities: {},
  });
  const running = worker.run();
  clocks = machineClient(client, alarms, { taskQueue: queue });
  close = async () => {
    worker.shutdown();
    await running;
    await native.close();
    await connection.close();
  };
}, 120_000);
afterAll(() => close?.());

async function timersOf(id: string): Promise<{ started: number; fired: number; cancelled: number; length: number }> {
  const { events = [] } = await client.workflow.getHandle(id).fetchHistory();
  const count = (key: 'timerStarted' | 'timerFired' | 'timerCanceled') =>
    (events ?? []).filter((event) => event[`${key}EventAttributes`] != null).length;
  return {
    started: count('timerStarted'),
    fired: count('timerFired'),
    cancelled: count('timerCanceled'),
    length: events?.length ?? 0,
  };
}

async function settled(one: { snapshot(): Promise<{ settled: boolean }> }): Promise<void> {
  while (!(await one.snapshot()).settled) await sleep(20);
}

describe('an instance that waits', () => {
  it('has three deadlines on one timer of Temporal', async () => {
    const one = await clocks.start(`alarms-${randomUUID()}`, undefined);
    await settled(one);
    expect((await one.timers()).map(({ label }) => label)).toEqual(['one in set', 'two in set', 'three in set']);
    await expect
      .poll(() => timersOf(one.id), { timeout: 30_000 })
      .toMatchObject({ started: 1, fired: 0, cancelled: 0 });
  });

  it('sets the next timer when the first deadline fires, and never a second beside it', async () => {
    const one = await clocks.start(`alarms-${randomUUID()}`, undefined);
    await settled(one);
    const [, two] = await one.timers();
    await fastForward(client, one.id, Date.parse(two!.at), Date.now() + 30_000);
    await expect
      .poll(async () => (await one.timers()).map(({ label }) => label), { timeout: 30_000 })
      .toEqual(['three in set']);
    await settled(one);
    expect(await timersOf(one.id)).toMatchObject({ started: 3, fired: 2, cancelled: 0 });
  });

  it('keeps its timer when an event moves a later deadline, and replaces it when one moves the earliest', async () => {
    const one = await clocks.start(`alarms-${randomUUID()}`, undefined);
    await settled(one);
    await one.send({ type: 'three.moved' }, { id: 'a' });
    await settled(one);
    await expect.poll(() => timersOf(one.id), { timeout: 30_000 }).toMatchObject({ started: 1, cancelled: 0 });
    await one.send({ type: 'one.moved' }, { id: 'b' });
    await settled(one);
    await expect.poll(() => timersOf(one.id), { timeout: 30_000 }).toMatchObject({ started: 2, cancelled: 1 });
  });

  it('costs nothing for a year but its rows: no event of history, no step, no further timer', async () => {
    const one = await clocks.start(`alarms-${randomUUID()}`, undefined);
    await settled(one);
    await one.send({ type: 'put.away' }, { id: 'a' });
    await settled(one);
    await sleep(300);
    const before = await timersOf(one.id);
    const steps = store.history(one.id).length;
    const at = Date.now() + 364 * 24 * hour;
    await fastForward(client, one.id, at, Date.now() + 30_000);
    const after = await timersOf(one.id);
    // The clock of the test writes two events itself: that it is to move, and that it has moved.
    const clockEvents = 2;
    expect(after.length - before.length).toBeLessThanOrEqual(clockEvents);
    expect(after).toMatchObject({ started: before.started, fired: before.fired, cancelled: before.cancelled });
    expect(store.history(one.id).length).toBe(steps);
    const [only, ...more] = await one.timers();
    expect([only?.label, more]).toEqual(['year in away', []]);
    expect(Date.parse(only!.at)).toBeGreaterThan(at);
  });
});
