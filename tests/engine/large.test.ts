import { fileURLToPath } from 'node:url';
import type { AnyStateMachine } from 'xstate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alarm } from '../../engine/alarm.ts';
import { bundleMachines } from '../../engine/bundle.ts';
import { machineClient } from '../../engine/client.ts';
import type { MachineClient } from '../../engine/client.ts';
import { MachineFault, OperationRefused } from '../../engine/errors.ts';
import { contextLimit } from '../../engine/protocol.ts';
import { hoard, nest } from './toy/hoard/workflows.ts';
import { lampServer } from './toy/server.ts';

let server: Awaited<ReturnType<typeof lampServer>>;
let clients: { [name in 'hoards' | 'nests']: MachineClient<AnyStateMachine> };
const alarms: Alarm[] = [];
beforeAll(async () => {
  const workflowBundle = await bundleMachines(fileURLToPath(new URL('./toy/hoard/workflows.ts', import.meta.url)));
  server = await lampServer({
    workflowBundle,
    alarm: (alarm) => void alarms.push(alarm),
    activities: {
      dig: () => Promise.resolve('x'.repeat(1_200_000)),
      readMeter: () => Promise.resolve(null),
      fetchBulb: () => Promise.resolve(null),
    },
  });
  const { client, queue: taskQueue, store } = server;
  const options = { taskQueue, reader: store.reader };
  clients = {
    hoards: machineClient(client, hoard, options) as never,
    nests: machineClient(client, nest, options) as never,
  };
});
afterAll(async () => {
  await server.stop();
  await server.close();
});

let n = 0;
const begun = (name: keyof typeof clients = 'hoards') =>
  clients[name].start(`${name}-${process.pid}-${Date.now()}-${(n += 1)}`, undefined);
const why = { by: 'operator-7', reason: 'it was too large' };
const runIdOf = async (id: string) => (await server.client.workflow.getHandle(id).describe()).runId;

async function tell(one: Awaited<ReturnType<typeof begun>>, from: number, count: number) {
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  return await Promise.all(numbers.map((number) => one.send({ type: 'told' }, { id: `t${number}` })));
}

async function rests(one: Awaited<ReturnType<typeof begun>>) {
  while (!(await one.snapshot()).settled) await new Promise((resolve) => setTimeout(resolve, 30));
}

describe('an instance that keeps more and more', () => {
  it('refuses the event that would make it too large to go on, and takes those that make it smaller', async () => {
    const one = await begun();
    // Three bytes each in UTF-8, which is what the server counts.
    const what = '鼎'.repeat(60_000);
    for (const id of ['a', 'b'])
      expect(await one.send({ type: 'kept', what }, { id })).toMatchObject({ outcome: 'applied' });
    const refused = one.send({ type: 'kept', what }, { id: 'c' });
    await expect(refused).rejects.toBeInstanceOf(MachineFault);
    await expect(refused).rejects.toThrow(`may have ${contextLimit}`);
    await expect(one.admin.assign({ kept: [what, what, what] }, why)).rejects.toBeInstanceOf(OperationRefused);
    await one.send({ type: 'dropped' }, { id: 'd' });
    expect(await one.send({ type: 'kept', what }, { id: 'c' })).toMatchObject({ outcome: 'applied' });
  });

  it('goes on in its run where an answer made it too large for a new one, says so, and continues once it is smaller', async () => {
    const one = await begun('nests');
    const first = await runIdOf(one.id);
    await one.send({ type: 'dug' }, { id: 'dug' });
    await rests(one);
    await tell(one, 0, 8);
    await rests(one);
    expect(await runIdOf(one.id)).toBe(first);
    expect(await one.send({ type: 'told' }, { id: 'more' })).toMatchObject({ outcome: 'unchanged' });
    expect(alarms.filter(({ instance }) => instance === one.id)).toMatchObject([
      { kind: 'fault', reason: expect.stringContaining('too large for a new run') as string },
    ]);
    await one.send({ type: 'dropped' }, { id: 'dropped' });
    await rests(one);
    while ((await runIdOf(one.id)) === first) await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await one.snapshot()).view).toMatchObject({ value: 'buried', context: { kept: [] } });
  });

  it('remembers as many of its latest answers as a new run can be given', async () => {
    const one = await begun();
    const first = await runIdOf(one.id);
    const answers = await tell(one, 0, 260);
    await rests(one);
    while ((await runIdOf(one.id)) === first) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await one.send({ type: 'told' }, { id: 't259' })).toEqual(answers[259]);
  });
});
