import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fastForward } from '../../engine/clock.ts';
import { EventIdReused } from '../../engine/errors.ts';
import { lampServer } from './toy/server.ts';

let server: Awaited<ReturnType<typeof lampServer>>;
beforeAll(async () => {
  server = await lampServer();
});
afterAll(async () => {
  await server.stop();
  await server.close();
});

let n = 0;
const newId = () => `restless-${process.pid}-${Date.now()}-${(n += 1)}`;

async function settled(one: { snapshot: () => Promise<{ settled: boolean }> }) {
  for (let tries = 0; tries < 200 && !(await one.snapshot()).settled; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function runs(id: string): Promise<number> {
  let count = 0;
  for await (const _ of server.client.workflow.list({ query: `WorkflowId = '${id}'` })) count += 1;
  return count;
}

describe('an instance that continues as new after every event', () => {
  it('keeps state, children, deadlines and the sequence of its steps', async () => {
    const one = await server.restless.start(newId(), { burns: 'PT120S' });
    await one.send({ type: 'pull.left' }, { id: 'a' });
    await settled(one);
    const { deadlines } = (await one.snapshot()).view;
    await one.send({ type: 'press' }, { id: 'b' });
    await settled(one);
    await one.send({ type: 'pull.right' }, { id: 'c' });
    await settled(one);
    const { view } = await one.snapshot();
    expect(view.value).toBe('lit');
    expect(view.children).toMatchObject({ left: { value: 'open' }, right: { value: 'open' } });
    expect(view.deadlines).toHaveLength(3);
    expect(view.deadlines.map(({ at }) => at)).toContain(deadlines[0]!.at);
    await fastForward(server.client, one.id, Date.now() + 150_000, Date.now() + 30_000);
    for (let tries = 0; tries < 200 && server.store.history(one.id).length < 7; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const steps = server.store.history(one.id);
    expect(steps.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(steps.slice(4).flatMap(({ causes }) => causes.map(({ kind }) => kind))).toEqual(['timer', 'timer', 'timer']);
    expect(await runs(one.id)).toBeGreaterThanOrEqual(3);
  });

  it('remembers the answers it gave in earlier runs', async () => {
    const one = await server.restless.start(newId(), {});
    const first = await one.send({ type: 'press' }, { id: 'a' });
    await settled(one);
    await one.send({ type: 'press' }, { id: 'b' });
    await settled(one);
    expect(await one.send({ type: 'press' }, { id: 'a' })).toEqual(first);
    await expect(one.send({ type: 'wave' }, { id: 'a' })).rejects.toBeInstanceOf(EventIdReused);
    expect((await one.snapshot()).view.context).toMatchObject({ presses: 2 });
  });

  it('waits for a running activity, and its answer arrives once', async () => {
    const one = await server.restless.start(newId(), {});
    await one.send({ type: 'bulb.wanted', kind: 'slow' }, { id: 'a' });
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await settled(one);
    expect((await one.snapshot()).view).toMatchObject({ value: 'dark', context: { bulb: 'slow-1' } });
    expect(server.asked.filter(({ key }) => key.startsWith(one.id))).toHaveLength(1);
  });
});
