import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { advance, fastForward, virtualNow } from '../../engine/clock.ts';
import type { ClockMembers } from '../../engine/clock.ts';
import { createDelivery } from '../../engine/delivery.ts';
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
const newId = () => `clocked-${process.pid}-${Date.now()}-${(n += 1)}`;
const year = 365 * 24 * 3600;

function membersOf(ids: readonly string[]): ClockMembers {
  const last = (id: string) => server.store.history(id).at(-1)?.view;
  return {
    open: async () => ids.filter((id) => last(id)?.status === 'active'),
    earliest: async () => ids.flatMap((id) => last(id)?.deadlines.map(({ at }) => at) ?? []).toSorted()[0],
    settled: async () => {
      const all = await Promise.all(ids.map(async (id) => (await server.lamps.get(id).snapshot()).settled));
      return all.every(Boolean);
    },
  };
}

describe('a test clock', () => {
  it('moves its members deadline by deadline, and each fires at its own moment', async () => {
    const ids = [newId(), newId()];
    const seconds = [year, 30 * 24 * 3600];
    const start = Date.now();
    for (const [index, id] of ids.entries()) {
      const one = await server.lamps.start(id, { burns: `PT${seconds[index]}S` });
      await one.send({ type: 'press' }, { id: 'on' });
    }
    const steps: string[] = [];
    const to = new Date(start + (year + 60) * 1000).toISOString();
    await advance(server.client, membersOf(ids), to, { timeoutMs: 30_000, onStep: async (at) => void steps.push(at) });
    expect(steps).toHaveLength(3);
    for (const id of ids) {
      const timers = server.store.history(id).filter(({ causes }) => causes[0]?.kind === 'timer');
      expect(timers).toHaveLength(1);
      const { dueAt } = timers[0]!.causes[0] as { dueAt: string };
      const late = Date.parse(timers[0]!.at) - Date.parse(dueAt);
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(5000);
      expect(server.store.history(id).at(-1)!.view.value).toBe('dark');
    }
    const now = await virtualNow(server.client, ids[0]!);
    expect(now! - Date.parse(to)).toBeLessThan(5000);
  });

  it('does not fire an hour before the deadline', async () => {
    const id = newId();
    const one = await server.lamps.start(id, { burns: `PT${year}S` });
    await one.send({ type: 'press' }, { id: 'on' });
    const { deadlines } = (await one.snapshot()).view;
    const due = Date.parse(deadlines[0]!.at);
    await fastForward(server.client, id, due - 3_600_000, Date.now() + 20_000);
    expect((await one.snapshot()).view.value).toBe('lit');
    await fastForward(server.client, id, due + 1, Date.now() + 20_000);
    for (let tries = 0; tries < 100 && (await one.snapshot()).view.value !== 'dark'; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect((await one.snapshot()).view).toMatchObject({ value: 'dark', deadlines: [] });
  });

  it('begins an instance at the clock’s time when a message starts it', async () => {
    const deliver = createDelivery(server.client, { lamp: server.lamps as never });
    const id = newId();
    const clockAt = Date.parse('2028-02-29T00:00:00.000Z');
    const message = {
      id: 'm.1.0',
      to: { machine: 'lamp', id },
      start: { burns: 'PT60S' },
      event: { type: 'press' },
      clockAt,
    };
    expect(await deliver(message)).toBe('delivered');
    expect(await deliver(message)).toBe('delivered');
    const { view } = await server.lamps.get(id).snapshot();
    expect(view.context).toMatchObject({ presses: 1 });
    const offAt = Date.parse((view.context as { offAt: string }).offAt);
    expect(offAt - clockAt - 60_000).toBeGreaterThanOrEqual(0);
    expect(offAt - clockAt - 60_000).toBeLessThan(2000);
    expect(
      await deliver({ id: 'm.1.1', to: { machine: 'lamp', id: newId() }, event: { type: 'press' } }),
    ).toMatchObject({
      refused: 'NotFound',
    });
  });
});
