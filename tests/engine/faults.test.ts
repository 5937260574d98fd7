import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alarm } from '../../engine/alarm.ts';
import { bundleMachines } from '../../engine/bundle.ts';
import { machineClient } from '../../engine/client.ts';
import { createDelivery } from '../../engine/delivery.ts';
import { MachineFault } from '../../engine/errors.ts';
import type { SnapshotAnswer } from '../../engine/protocol.ts';
import { lampBundle, lampServer } from './toy/server.ts';
import { lamp } from './toy/workflows.ts';

let server: Awaited<ReturnType<typeof lampServer>>;
const alarms: Alarm[] = [];
beforeAll(async () => {
  const workflowBundle = await bundleMachines(fileURLToPath(new URL('./toy/faulty-workflows.ts', import.meta.url)));
  server = await lampServer({ workflowBundle, alarm: (alarm) => void alarms.push(alarm) });
});
afterAll(() => server.close());

async function eventually<T>(look: () => Promise<T>, isRight: (found: T) => boolean, seconds = 40): Promise<T> {
  const giveUpAt = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (isRight(found)) return found;
    if (Date.now() > giveUpAt) throw new Error(`not seen within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a machine that throws when its deadline comes', () => {
  it('fails the task and not the workflow, says where, and goes on with nothing lost when a deploy mends it', async () => {
    const id = `faulty-${process.pid}-${Date.now()}`;
    const one = await server.lamps.start(id, { burns: 'PT1S' });
    await one.send({ type: 'press' }, { id: 'on' });
    const handle = server.client.workflow.getHandle(id);
    await eventually(
      () => Promise.resolve(alarms),
      (all) => all.some(({ instance }) => instance === id),
    );
    const alarm = alarms.find(({ instance }) => instance === id)!;
    expect(alarm).toMatchObject({ kind: 'fault', machine: 'lamp', state: '"lit"', reason: 'the switch is stuck' });
    expect((alarm as { place: string }).place).toContain('faulty-workflows.ts');
    // Findable by everybody who looks into Temporal, and without one more step.
    await eventually(
      async () =>
        (await server.client.workflow.count(`WorkflowId = '${id}' AND TemporalReportedProblems IS NOT NULL`)).count,
      (count) => count === 1,
    );
    expect((await handle.describe()).status.name).toBe('RUNNING');
    expect(server.store.history(id)).toHaveLength(2);
    await expect(one.snapshot()).rejects.toBeInstanceOf(MachineFault);
    // Nobody refused it: a message for it waits as it does.
    const impatient = machineClient(server.client, lamp, { taskQueue: server.queue, timeoutMs: 3000 });
    const deliver = createDelivery(server.client, { lamp: impatient as never });
    const message = { id: 'sender.1.0', to: { machine: 'lamp', id }, event: { type: 'wave' } };
    await expect(deliver(message)).rejects.toMatchObject({ code: 'MachineFault', data: { isWaiting: true } });

    await server.stop();
    const mended = await server.restart({ workflowBundle: await lampBundle });
    try {
      const found = await eventually(
        () => one.snapshot().catch((error: unknown) => error),
        (answer) => !(answer instanceof Error),
      );
      const { view } = found as SnapshotAnswer;
      expect(view.value).toBe('dark');
      expect(view.deadlines).toEqual([]);
      expect(await deliver(message)).toBe('delivered');
      expect(await one.send({ type: 'press' }, { id: 'again' })).toMatchObject({ state: 'lit', sequence: 4 });
      const causes = server.store.history(id).flatMap((step) => step.causes.map(({ kind }) => kind));
      expect(causes.slice(0, 3)).toEqual(['start', 'event', 'timer']);
    } finally {
      await mended.stop();
    }
  }, 120_000);
});
