import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlreadyEnded, EventIdReused, MachineFault, MalformedEvent, OperationRefused } from '../../engine/errors.ts';
import { operateMany } from '../../engine/operating.ts';
import type { BulkProgress } from '../../engine/operating.ts';
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
const newId = () => `operated-${process.pid}-${Date.now()}-${(n += 1)}`;
const why = { by: 'operator-7', reason: 'the customer asked for it' };

type Lamp = Awaited<ReturnType<typeof server.lamps.start>>;

async function eventually<T>(look: () => Promise<T> | T, isRight: (found: T) => boolean): Promise<T> {
  const giveUpAt = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (isRight(found)) return found;
    if (Date.now() > giveUpAt) throw new Error(`not seen in time; last ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

const stored = (one: Pick<Lamp, 'snapshot'>) =>
  eventually(
    () => one.snapshot(),
    ({ settled }) => settled,
  );

const lengthOf = async (id: string) => (await server.client.workflow.getHandle(id).describe()).historyLength;

describe('an operation on an instance', () => {
  it('is planned first: the plan says what would change, and changes nothing', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT600S' });
    await stored(one);
    const before = await lengthOf(one.id);
    const { plan } = await one.admin.goto('fetching', why);
    expect(plan).toMatchObject({
      sequence: 1,
      from: { status: 'active', state: 'dark' },
      to: { status: 'active', state: 'fetching', words: 'A bulb is on its way' },
      begins: ['fetchBulb'],
    });
    expect((await one.snapshot()).view.value).toBe('dark');
    expect(await lengthOf(one.id)).toBe(before);
    expect(server.store.history(one.id)).toHaveLength(1);
  });

  it('is done once, with name and reason in the audit, however often it is applied', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT600S' });
    await one.send({ type: 'press' }, { id: 'on' });
    const planned = await one.admin.goto('dark', why);
    const answers = await Promise.all([planned.apply(), planned.apply(), planned.apply()]);
    expect(answers.map(({ state, sequence }) => [state, sequence])).toEqual([
      ['dark', 3],
      ['dark', 3],
      ['dark', 3],
    ]);
    expect(await planned.apply()).toEqual(answers[0]);
    await stored(one);
    const steps = server.store.history(one.id);
    expect(steps).toHaveLength(3);
    expect(steps[2]).toMatchObject({
      causes: [{ kind: 'operator', operation: 'goto', ...why }],
      effects: [{ name: 'noteLight', params: { lit: false } }],
      view: { value: 'dark', deadlines: [] },
    });
  });

  it.each(['lamps', 'restless'] as const)(
    'has one id: planned anew the same one has its first answer, and another one is refused (%s)',
    async (machine) => {
      const one = await server[machine].start(newId(), { burns: 'PT600S' });
      const first = await (await one.admin.assign({ presses: 5 }, why)).apply({ id: 'correction' });
      await stored(one);
      await one.send({ type: 'press' }, { id: 'on' });
      await stored(one);
      expect(await (await one.admin.assign({ presses: 5 }, why)).apply({ id: 'correction' })).toEqual(first);
      const other = await one.admin.assign({ presses: 50 }, why);
      await expect(other.apply({ id: 'correction' })).rejects.toBeInstanceOf(EventIdReused);
      expect((await one.snapshot()).view.context).toMatchObject({ presses: 6 });
    },
  );

  it('is refused when the instance has moved on since it was planned', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT600S' });
    const planned = await one.admin.assign({ presses: 40 }, why);
    await one.send({ type: 'press' }, { id: 'on' });
    await expect(planned.apply()).rejects.toBeInstanceOf(OperationRefused);
    expect((await one.snapshot()).view.context).toMatchObject({ presses: 1 });
  });

  it('is refused where it cannot be done, with the reason', async () => {
    const one = await server.lamps.start(newId(), {});
    const refused = (planned: Promise<unknown>) =>
      planned.then(
        () => 'planned',
        (error: Error) => error.message,
      );
    expect(await refused(one.admin.goto('red', why))).toContain("there is no state 'red'");
    expect(await refused(one.admin.assign({ colour: 'red' }, why))).toContain("no entry 'colour'");
    expect(await refused(one.admin.fireTimer('xstate.after.off.lamp.lit', why))).toContain('no timer will raise');
    expect(await refused(one.admin.retry('x', why))).toContain("no activity of the key 'x'");
    expect(await refused(one.admin.redrive(why))).toContain('not in an error but active');
    const nameless = await one.admin.goto('reading', { by: '', reason: 'x' });
    await expect(nameless.apply()).rejects.toBeInstanceOf(MalformedEvent);
  });

  it('replaces entries of the context and leaves the state as it is', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT600S' });
    await one.send({ type: 'press' }, { id: 'on' });
    const planned = await one.admin.assign({ presses: 40 }, why);
    expect(planned.plan.context).toEqual({ presses: { from: 1, to: 40 } });
    await planned.apply();
    expect((await one.snapshot()).view).toMatchObject({ value: 'lit', context: { presses: 40 } });
  });

  it('raises a timer now, or takes it away', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT600S' });
    await one.send({ type: 'press' }, { id: 'on' });
    const [deadline] = (await one.snapshot()).view.deadlines;
    await (await one.admin.fireTimer(deadline!.event, why)).apply();
    expect((await one.snapshot()).view).toMatchObject({ value: 'dark', deadlines: [] });
    await one.send({ type: 'press' }, { id: 'again' });
    const skipped = await one.admin.skipTimer(deadline!.event, why);
    expect(skipped.plan.deadlines).toEqual([]);
    await skipped.apply();
    expect((await one.snapshot()).view).toMatchObject({ value: 'lit', deadlines: [] });
    await one.send({ type: 'pull.left' }, { id: 'left' });
    const [drawer] = (await one.snapshot()).view.deadlines;
    expect(drawer).toMatchObject({ actor: 'left' });
    await (await one.admin.fireTimer({ event: drawer!.event, actor: 'left' }, why)).apply();
    expect((await one.snapshot()).view.children).toMatchObject({ left: { value: 'shut' } });
  });

  it('answers in place of an activity, or begins it again under its key', async () => {
    const one = await server.lamps.start(newId(), {});
    await one.send({ type: 'bulb.wanted', kind: 'slow' }, { id: 'a' });
    const [activity] = (await one.snapshot()).invocations;
    const planned = await one.admin.complete(activity!.key, { serial: 'by hand' }, why);
    expect(planned.plan).toMatchObject({ to: { state: 'dark' }, context: { bulb: { from: null, to: 'by hand' } } });
    await planned.apply();
    expect((await one.snapshot()).view).toMatchObject({ value: 'dark', context: { bulb: 'by hand' } });
    await one.send({ type: 'bulb.wanted', kind: 'slow' }, { id: 'b' });
    const [second] = (await one.snapshot()).invocations;
    await (await one.admin.retry(second!.key, why)).apply();
    await eventually(
      () => server.store.history(one.id).flatMap(({ causes }) => causes),
      (causes) => causes.some((cause) => cause.kind === 'operator' && cause.operation === 'retry'),
    );
    await eventually(
      () => one.snapshot(),
      ({ view }) => view.value === 'dark',
    );
    const asked = server.asked.filter(({ key }) => key === second!.key);
    expect(asked.length).toBeGreaterThanOrEqual(1);
    expect((await one.snapshot()).view.context).toMatchObject({ bulb: 'slow-1' });
  });

  it('ends an instance where it stands: it takes no more events, and its last step says who did it', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT600S' });
    await one.send({ type: 'press' }, { id: 'on' });
    expect(await (await one.admin.stop(why)).apply()).toMatchObject({ state: 'lit' });
    await eventually(
      () => server.client.workflow.getHandle(one.id).describe(),
      ({ status }) => status.name === 'COMPLETED',
    );
    expect(server.store.history(one.id).at(-1)).toMatchObject({
      causes: [{ kind: 'operator', operation: 'stop', ...why }],
      view: { status: 'stopped', deadlines: [] },
    });
    await expect(one.send({ type: 'press' }, { id: 'late' })).rejects.toBeInstanceOf(AlreadyEnded);
  });
});

describe('an error that nobody handles', () => {
  it('leaves the instance open and findable, and a redrive tries again what failed', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT600S' });
    server.fails.add('meter.asked');
    await one.send({ type: 'meter.asked' }, { id: 'a' });
    const failed = await eventually(
      () => one.snapshot(),
      ({ view }) => view.status === 'error',
    );
    expect(failed.view.error).toMatchObject({ message: 'the meter is broken', type: 'Broken' });
    await expect(one.send({ type: 'press' }, { id: 'b' })).rejects.toBeInstanceOf(AlreadyEnded);
    const query = `MachineStatus = 'error' AND WorkflowId = '${one.id}'`;
    await eventually(
      async () => (await server.client.workflow.count(query)).count,
      (count) => count === 1,
    );
    server.fails.delete('meter.asked');
    const planned = await one.admin.redrive(why);
    expect(planned.plan).toMatchObject({ from: { status: 'error' }, to: { status: 'active', state: 'reading' } });
    expect(planned.plan.begins).toEqual(['readMeter']);
    await planned.apply();
    const { view } = await eventually(
      () => one.snapshot(),
      ({ view: { value } }) => value === 'dark',
    );
    expect(view).toMatchObject({ status: 'active', context: { bulb: '40 W' } });
    await one.send({ type: 'press' }, { id: 'c' });
    expect((await one.snapshot()).view.deadlines).toHaveLength(1);
  });

  it('is over when an operator stops the instance', async () => {
    const one = await server.lamps.start(newId(), {});
    server.fails.add('meter.asked');
    await one.send({ type: 'meter.asked' }, { id: 'a' });
    await eventually(
      () => one.snapshot(),
      ({ view }) => view.status === 'error',
    );
    server.fails.delete('meter.asked');
    await (await one.admin.stop(why)).apply();
    await eventually(
      () => server.client.workflow.getHandle(one.id).describe(),
      ({ status }) => status.name === 'COMPLETED',
    );
    expect(server.store.history(one.id).at(-1)).toMatchObject({ view: { status: 'stopped' } });
  });

  it('closes the instance as failed when its time is over, and an ended one stays open for the time it was given', async () => {
    const brief = await server.brief.start(newId(), {});
    server.fails.add('meter.asked');
    await brief.send({ type: 'meter.asked' }, { id: 'a' });
    await eventually(
      () => server.client.workflow.getHandle(brief.id).describe(),
      ({ status }) => status.name === 'FAILED',
    );
    server.fails.delete('meter.asked');
    const ended = await server.brief.start(newId(), {});
    await ended.send({ type: 'thrown.away' }, { id: 'a' });
    expect((await server.client.workflow.getHandle(ended.id).describe()).status.name).toBe('RUNNING');
    expect((await ended.snapshot()).view.status).toBe('done');
    await eventually(
      () => server.client.workflow.getHandle(ended.id).describe(),
      ({ status }) => status.name === 'COMPLETED',
    );
  });
});

describe('what would harm an instance', () => {
  it('is refused before anything is written: an event too large, a context that would not survive, a goto that throws', async () => {
    const one = await server.lamps.start(newId(), {});
    await stored(one);
    const before = await lengthOf(one.id);
    const large = { type: 'bulb.wanted', kind: 'x'.repeat(300_000) } as const;
    await expect(one.send(large, { id: 'a' })).rejects.toBeInstanceOf(MalformedEvent);
    const dated = one.send({ type: 'dated' }, { id: 'b' });
    await expect(dated).rejects.toBeInstanceOf(MachineFault);
    await expect(dated).rejects.toThrow('context.offAt is a Date');
    await expect(one.admin.goto('broken', why)).rejects.toBeInstanceOf(MachineFault);
    expect(await lengthOf(one.id)).toBe(before);
    expect(await one.send({ type: 'press' }, { id: 'c' })).toMatchObject({ state: 'lit' });
  });
});

describe('operating many', () => {
  it('plans all without a change, does each once, and goes on where it was interrupted', async () => {
    const batch = newId();
    const all = await Promise.all(
      Array.from({ length: 6 }, (_, index) => server.lamps.start(`${batch}-${index}`, { burns: 'PT600S' })),
    );
    for (const one of all) await one.send({ type: 'press' }, { id: 'on' });
    const query = `WorkflowId STARTS_WITH '${batch}'`;
    await eventually(
      async () => (await server.client.workflow.count(`${query} AND MachineState = 'lit'`)).count,
      (count) => count === 6,
    );
    const bulk = {
      name: batch,
      query,
      act: (operating: Lamp['admin']) => operating.assign({ presses: 100 }, why),
      concurrency: 2,
    };
    expect(await operateMany(server.client, server.lamps as never, { ...bulk, dryRun: true })).toMatchObject({
      planned: 6,
      done: 0,
      refused: [],
    });
    const interruption = new AbortController();
    const seen: BulkProgress[] = [];
    const first = await operateMany(server.client, server.lamps as never, {
      ...bulk,
      signal: interruption.signal,
      onProgress: (progress) => {
        seen.push(progress);
        if (seen.length === 2) interruption.abort();
      },
    });
    expect(first.done).toBeLessThan(6);
    const wasDone = async (id: string, operationId: string) =>
      server.store
        .history(id)
        .some(({ causes }) => causes.some((cause) => cause.kind === 'operator' && cause.id === operationId));
    for (const one of all) await stored(one);
    const second = await operateMany(server.client, server.lamps as never, { ...bulk, wasDone });
    expect(second).toEqual({ done: 6 - first.done, before: first.done, planned: 0, refused: [] });
    for (const one of all) {
      await stored(one);
      const steps = server.store.history(one.id);
      expect(steps.filter(({ causes }) => causes[0]?.kind === 'operator')).toHaveLength(1);
      expect(steps.at(-1)!.view.context).toMatchObject({ presses: 100 });
    }
  });
});
