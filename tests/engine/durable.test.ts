import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AlreadyEnded,
  EventIdReused,
  EventRefused,
  MachineFault,
  MalformedEvent,
  NotFound,
} from '../../engine/errors.ts';
import { lampServer } from './toy/server.ts';

let server: Awaited<ReturnType<typeof lampServer>>;
let n = 0;
const newId = () => `lamp-${process.pid}-${Date.now()}-${(n += 1)}`;

beforeAll(async () => {
  server = await lampServer();
});
afterAll(async () => {
  await server.stop();
  await server.close();
});

async function eventually<T>(read: () => T | Promise<T>, test: (value: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const value = await read();
    if (test(value) || tries > 200) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe('a durable machine', () => {
  it('takes events, answers with its state and stores each step once', async () => {
    const one = await server.lamps.start(newId(), {});
    const answer = await one.send({ type: 'press' }, { id: 'a' });
    expect(answer).toMatchObject({ state: 'lit', tags: ['lit'], outcome: 'applied', sequence: 2 });
    const history = await eventually(
      () => server.store.history(one.id),
      (steps) => steps.length === 2,
    );
    expect(history.map((step) => [step.sequence, step.from, step.view.value])).toEqual([
      [1, null, 'dark'],
      [2, 'dark', 'lit'],
    ]);
    expect(history[1]).toMatchObject({
      causes: [{ kind: 'event', type: 'press', id: 'a' }],
      effects: [{ name: 'noteLight', params: { lit: true } }],
    });
  });

  it('answers the same id and event the same, and refuses the id for another event', async () => {
    const one = await server.lamps.start(newId(), {});
    const first = await one.send({ type: 'bulb.wanted', kind: 'led' }, { id: 'x' });
    expect(await one.send({ type: 'bulb.wanted', kind: 'led' }, { id: 'x' })).toEqual(first);
    await expect(one.send({ type: 'bulb.wanted', kind: 'halogen' }, { id: 'x' })).rejects.toBeInstanceOf(EventIdReused);
    expect(server.asked.filter(({ key }) => key.startsWith(one.id))).toHaveLength(1);
  });

  it('starts once: a second start changes nothing', async () => {
    const id = newId();
    const one = await server.lamps.start(id, { burns: 'PT10S' });
    await one.send({ type: 'press' }, { id: 'a' });
    await server.lamps.start(id, { burns: 'PT99S' });
    expect((await one.snapshot()).view).toMatchObject({ value: 'lit', context: { burns: 'PT10S' } });
  });

  it('refuses what no transition takes, what is malformed and what makes the machine throw, and writes nothing', async () => {
    const one = await server.lamps.start(newId(), {});
    await one.send({ type: 'press' }, { id: 'a' });
    await eventually(
      () => one.snapshot(),
      ({ settled }) => settled,
    );
    const length = async () => (await server.client.workflow.getHandle(one.id).describe()).historyLength;
    const before = await length();
    const refused = await one.send({ type: 'bulb.wanted', kind: 'led' }, { id: 'b' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(EventRefused);
    expect((refused as EventRefused).data).toMatchObject({ state: 'lit', words: 'The lamp burns', sequence: 2 });
    expect((refused as EventRefused).data.accepted).toContain('press');
    const malformed = await one.send({ type: 'bulb.wanted' } as never, { id: 'c' }).catch((error: unknown) => error);
    expect(malformed).toBeInstanceOf(MalformedEvent);
    expect((malformed as MalformedEvent).data.issues).toEqual([{ path: '/kind', message: 'is missing' }]);
    await expect(one.send({ type: 'faulty' }, { id: 'd' })).rejects.toBeInstanceOf(MachineFault);
    await expect(one.send({ type: 'broken' }, { id: 'e' })).rejects.toBeInstanceOf(MachineFault);
    expect(await length()).toBe(before);
    expect(server.store.history(one.id)).toHaveLength(2);
    expect(await one.send({ type: 'press' }, { id: 'f' })).toMatchObject({ state: 'dark' });
  });

  it('fires a deadline once, at its moment', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT1S' });
    await one.send({ type: 'press' }, { id: 'a' });
    const steps = await eventually(
      () => server.store.history(one.id),
      (all) => all.length >= 3,
    );
    expect(steps).toHaveLength(3);
    const timer = steps[2]!.causes[0]!;
    expect(timer.kind).toBe('timer');
    const dueAt = Date.parse((timer as { dueAt: string }).dueAt);
    expect(Date.parse(steps[2]!.at) - dueAt).toBeGreaterThanOrEqual(0);
    // Right after it; how soon depends on what else the machine is doing.
    expect(Date.parse(steps[2]!.at) - dueAt).toBeLessThan(5000);
  });

  it('gives an activity up that fails for longer than it may', async () => {
    const one = await server.brief.start(newId(), {});
    await one.send({ type: 'bulb.wanted', kind: 'lost' }, { id: 'a' });
    const { view } = await eventually(
      () => one.snapshot(),
      (found) => found.view.value === 'dark',
    );
    expect(view.context).toMatchObject({ bulb: null, failure: { message: expect.any(String) as string } });
    expect(server.asked.filter(({ key }) => key.startsWith(one.id)).length).toBeGreaterThan(1);
  });

  it('brings the answer of an activity, and its failure with message, type and details', async () => {
    const one = await server.lamps.start(newId(), {});
    await one.send({ type: 'bulb.wanted', kind: 'led' }, { id: 'a' });
    await eventually(
      () => one.snapshot(),
      ({ view }) => view.value === 'dark',
    );
    expect((await one.snapshot()).view.context).toMatchObject({ bulb: 'led-1' });
    await one.send({ type: 'bulb.wanted', kind: 'none' }, { id: 'b' });
    await eventually(
      () => one.snapshot(),
      ({ view }) => view.value === 'dark',
    );
    expect((await one.snapshot()).view.context).toMatchObject({
      failure: { message: 'sold out', type: 'SoldOut', details: [{ kind: 'none' }] },
    });
    const keys = server.asked.filter(({ key }) => key.startsWith(one.id)).map(({ key }) => key);
    expect(new Set(keys).size).toBe(2);
  });

  it('runs an activity in the worker that took the event when it is declared local', async () => {
    const one = await server.lamps.start(newId(), {});
    await one.send({ type: 'meter.asked' }, { id: 'a' });
    await eventually(
      () => one.snapshot(),
      ({ view }) => view.value === 'dark',
    );
    expect((await one.snapshot()).view.context).toMatchObject({ bulb: '40 W' });
    const { events } = await server.client.workflow.getHandle(one.id).fetchHistory();
    const remote = (events ?? []).flatMap(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
    );
    expect(new Set(remote)).toEqual(new Set(['commit']));
  });

  it('keeps two children of one machine apart, timers included', async () => {
    const one = await server.lamps.start(newId(), {});
    await one.send({ type: 'pull.left' }, { id: 'a' });
    const { view } = await one.snapshot();
    expect(view.children).toMatchObject({ left: { value: 'open' }, right: { value: 'shut' } });
    expect(view.deadlines).toHaveLength(1);
  });

  it('ends: further events are refused as too late, and an unknown instance as not found', async () => {
    const one = await server.lamps.start(newId(), {});
    await one.send({ type: 'thrown.away' }, { id: 'a' });
    await server.client.workflow.getHandle(one.id).result();
    await expect(one.send({ type: 'press' }, { id: 'b' })).rejects.toBeInstanceOf(AlreadyEnded);
    await expect(server.lamps.get(newId()).send({ type: 'press' }, { id: 'a' })).rejects.toBeInstanceOf(NotFound);
  });

  it('answers several events in one call, each for itself', async () => {
    const one = await server.lamps.start(newId(), {});
    const answers = await one.sendAll([
      { id: 'a', event: { type: 'press' } },
      { id: 'b', event: { type: 'bulb.wanted', kind: 'led' } },
      { id: 'c', event: { type: 'press' } },
    ]);
    expect(answers).toMatchObject([{ state: 'lit' }, { refused: 'EventRefused' }, { state: 'dark' }]);
  });
});

describe('what would end a contract', () => {
  it('is not a cancellation asked for in the Temporal UI: the machine goes on, deadlines included', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT2S' });
    await one.send({ type: 'press' }, { id: 'on' });
    await server.client.workflow.getHandle(one.id).cancel();
    const steps = await eventually(
      () => server.store.history(one.id),
      (all) => all.length >= 3,
    );
    expect(steps.at(-1)!.causes[0]).toMatchObject({ kind: 'timer' });
    await one.send({ type: 'bulb.wanted', kind: 'led' }, { id: 'bulb' });
    await eventually(
      () => one.snapshot(),
      ({ view }) => view.value === 'dark',
    );
    expect((await one.snapshot()).view.context).toMatchObject({ bulb: 'led-1' });
    expect((await server.client.workflow.getHandle(one.id).describe()).status.name).toBe('RUNNING');
  });

  it('is not an action that throws: its event is refused, and the timers go on', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT2S' });
    await one.send({ type: 'press' }, { id: 'on' });
    await expect(one.send({ type: 'smoke' }, { id: 'smoke' })).rejects.toBeInstanceOf(MachineFault);
    const steps = await eventually(
      () => server.store.history(one.id),
      (all) => all.length >= 3,
    );
    expect(steps.at(-1)!.causes[0]).toMatchObject({ kind: 'timer' });
  });
});
