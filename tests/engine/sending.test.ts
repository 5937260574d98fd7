import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlreadyEnded, EventIdReused, EventRefused, MalformedEvent, VersionConflict } from '../../engine/errors.ts';
import { machineClient } from '../../engine/client.ts';
import type { MachineClient } from '../../engine/client.ts';
import { dedupeWindow } from '../../engine/protocol.ts';
import type { Answer } from '../../engine/protocol.ts';
import { parcelServer } from './toy/parcel/server.ts';
import { hasty } from './toy/parcel/workflows.ts';
import { lamp } from './toy/workflows.ts';
import type { parcelMachine } from './toy/parcel/machine.ts';

let server: Awaited<ReturnType<typeof parcelServer>>;
beforeAll(async () => {
  server = await parcelServer();
});
afterAll(async () => {
  await server.stop();
  await server.close();
});

const told = (n: number) => ({ type: 'told' as const, n });
const shipped = { type: 'shipped' } as const;
const toldIn = (id: string) =>
  server.store
    .history(id)
    .flatMap(({ causes }) => causes)
    .flatMap((cause) => (cause.kind === 'event' && cause.type === 'told' ? [cause.id] : []));

/** An instance that has ended, and the answer to one event of its life. */
async function ended() {
  const one = await server.parcels.start(server.newId(), {});
  const first = await one.send(shipped, { id: 'ship' });
  await one.send({ type: 'delivered', signedBy: 'bob' }, { id: 'end' });
  await server.client.workflow.getHandle(one.id).result();
  return { one, first };
}

async function forgottenByTemporal(id: string): Promise<void> {
  const { namespace } = server.client.options;
  await server.client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId: id } });
  const isThere = () =>
    server.client.workflow
      .getHandle(id)
      .describe()
      .then(
        () => true,
        () => false,
      );
  while (await isThere()) await new Promise((resolve) => setTimeout(resolve, 100));
}

describe('events that one sender sends at once', () => {
  it('are taken in the order of the calls, a few updates for all, each with its own answer', async () => {
    const one = await server.parcels.start(server.newId(), {});
    await server.atRest(one);
    const numbers = Array.from({ length: 250 }, (_, n) => n);
    const answers = await Promise.all(numbers.map((n) => one.send(told(n), { id: `t${n}` })));
    expect(answers.map(({ sequence }) => sequence)).toEqual(numbers.map((n) => n + 2));
    await server.atRest(one);
    expect(toldIn(one.id)).toEqual(numbers.map((n) => `t${n}`));
    const { events } = await server.client.workflow.getHandle(one.id).fetchHistory();
    const updates = (events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
    const named = updates.map(
      (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name,
    );
    expect(named).toEqual(['told', 'events', 'events', 'events']);
  });

  it('fail each for itself', async () => {
    const one = await server.parcels.start(server.newId(), {});
    const outcomes = await Promise.allSettled([
      one.send(told(0), { id: 'a' }),
      one.send(told(1), { id: 'b' }),
      one.send({ type: 'moved' }, { id: 'c' }),
      one.send({ type: 'told' } as never, { id: 'd' }),
      one.send(told(1), { id: 'b' }),
      one.send(told(9), { id: 'a' }),
      one.send(shipped, { id: 'e' }),
    ]);
    expect(outcomes).toMatchObject([
      { value: { sequence: 2 } },
      { value: { sequence: 3 } },
      { reason: expect.any(EventRefused) },
      { reason: expect.any(MalformedEvent) },
      { value: { sequence: 3 } },
      { reason: expect.any(EventIdReused) },
      { value: { sequence: 4, state: { onTheWay: 'moving' } } },
    ]);
    expect((await one.snapshot()).view.context).toMatchObject({ told: 2 });
  });

  it('leave no trace where all of them are refused or were taken before, and are tried anew when they come again', async () => {
    const one = await server.parcels.start(server.newId(), {});
    const first = await one.send(told(0), { id: 'a' });
    await server.atRest(one);
    const before = await server.lengthOf(one.id);
    const events = [
      { id: 'a', event: told(0) },
      { id: 'b', event: { type: 'moved' as const } },
    ];
    expect(await one.sendAll(events)).toMatchObject([first, { refused: 'EventRefused' }]);
    expect(await server.lengthOf(one.id)).toBe(before);
    await one.send(shipped, { id: 'c' });
    await one.send({ type: 'stopped.at', place: 'Ghent' }, { id: 'd' });
    expect(await one.sendAll(events)).toMatchObject([first, { state: { onTheWay: 'moving' } }]);
  });

  it('are in several calls when they are large', async () => {
    const one = await server.parcels.start(server.newId(), {});
    await one.send(shipped, { id: 'ship' });
    const place = 'x'.repeat(200_000);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        n % 2 ? one.send({ type: 'moved' }, { id: `m${n}` }) : one.send({ type: 'stopped.at', place }, { id: `s${n}` }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
  });
});

describe('an event that comes again', () => {
  it('has its first answer after the instance has ended, and after Temporal has forgotten it', async () => {
    const { one, first } = await ended();
    const answers = async () => {
      expect(await one.send(shipped, { id: 'ship' })).toEqual(first);
      await expect(one.send(told(1), { id: 'ship' })).rejects.toBeInstanceOf(EventIdReused);
      await expect(one.send(told(1), { id: 'new' })).rejects.toMatchObject({
        code: 'AlreadyEnded',
        data: { state: 'delivered' },
      });
      const together = await Promise.allSettled([
        one.send(told(2), { id: 'other' }),
        one.send(shipped, { id: 'ship' }),
        one.send(told(3), { id: 'another' }),
      ]);
      expect(together).toMatchObject([
        { reason: expect.any(AlreadyEnded) },
        { value: first },
        { reason: expect.any(AlreadyEnded) },
      ]);
    };
    await answers();
    await forgottenByTemporal(one.id);
    await answers();
  });

  it('does not start an ended instance again, also when Temporal has forgotten it', async () => {
    const { one, first } = await ended();
    await forgottenByTemporal(one.id);
    await server.parcels.start(one.id, { heavy: true });
    expect(await server.parcels.startAndSend(one.id, {}, shipped, { id: 'ship' })).toEqual(first);
    expect(await one.waitFor('done')).toMatchObject({ output: { signedBy: 'bob' } });
    await expect(server.client.workflow.getHandle(one.id).describe()).rejects.toThrow();
  });

  it('is answered over many continue-as-new for as long as the window says, in order and once', async () => {
    const one = await server.hasty.start(server.newId(), {});
    const count = 3000;
    const answers: Answer[] = [];
    while (answers.length < count) {
      const slice = Array.from({ length: 250 }, (_, n) => answers.length + n);
      answers.push(...(await Promise.all(slice.map((n) => one.send(told(n), { id: `t${n}` })))));
    }
    expect(answers.map(({ sequence }) => sequence)).toEqual(answers.map((_, n) => n + 2));
    await one.waitFor({ state: 'packed' });
    const oldest = count - dedupeWindow;
    expect(await one.send(told(oldest), { id: `t${oldest}` })).toEqual(answers[oldest]);
    await expect(one.send(told(0), { id: `t${count - 1}` })).rejects.toBeInstanceOf(EventIdReused);
    await server.atRest(one);
    expect((await one.snapshot()).view.context).toMatchObject({ told: count, last: count - 1 });
    expect(toldIn(one.id)).toEqual(answers.map((_, n) => `t${n}`));
    let runs = 0;
    for await (const _ of server.client.workflow.list({ query: `WorkflowId = '${one.id}'` })) runs += 1;
    expect(runs).toBeGreaterThan(5);
  }, 180_000);
});

describe('start and send in one call', () => {
  it('starts once, and answers the same again: while it lives, in a new run, and after its end', async () => {
    const id = server.newId();
    // Another client in another process, which has no store to ask.
    const blind = machineClient(server.client, hasty, { taskQueue: server.queue });
    const first = await server.hasty.startAndSend(id, {}, shipped, { id: 'ship' });
    expect(first).toMatchObject({ sequence: 2, state: { onTheWay: 'moving' } });
    expect(await blind.startAndSend(id, { heavy: true }, shipped, { id: 'ship' })).toEqual(first);
    await Promise.all(Array.from({ length: 260 }, (_, n) => blind.get(id).send(told(n), { id: `t${n}` })));
    for (let n = 260; n < 270; n += 1) await blind.get(id).send(told(n), { id: `t${n}` });
    expect(await blind.startAndSend(id, {}, shipped, { id: 'ship' })).toEqual(first);
    await server.hasty.get(id).send({ type: 'delivered', signedBy: 'bob' }, { id: 'end' });
    await server.client.workflow.getHandle(id).result();
    expect(await server.hasty.startAndSend(id, {}, shipped, { id: 'ship' })).toEqual(first);
    await expect(blind.startAndSend(id, {}, shipped, { id: 'new' })).rejects.toBeInstanceOf(AlreadyEnded);
    await expect(server.hasty.startAndSend(id, {}, shipped, { id: 'new' })).rejects.toBeInstanceOf(AlreadyEnded);
  });

  it('sends to what exists and resets nothing', async () => {
    const one = await server.parcels.start(server.newId(), {});
    await one.send(told(7), { id: 'a' });
    await server.blind.startAndSend(one.id, { heavy: true }, shipped, { id: 'ship' });
    expect((await one.snapshot()).view.context).toMatchObject({ heavy: false, last: 7 });
  });

  it('leaves the instance started when the event is refused', async () => {
    const id = server.newId();
    const refused = server.parcels.startAndSend(id, {}, { type: 'moved' }, { id: 'a' });
    await expect(refused).rejects.toBeInstanceOf(EventRefused);
    expect((await server.parcels.get(id).snapshot()).view.value).toBe('packed');
  });

  it('is refused for an id of another machine that the store knows', async () => {
    const one = await server.parcels.start(server.newId(), {});
    await server.atRest(one);
    const lamps = machineClient(server.client, lamp, { taskQueue: server.queue, reader: server.store.reader });
    await expect(lamps.startAndSend(one.id, {}, { type: 'press' }, { id: 'a' })).rejects.toMatchObject({
      code: 'VersionConflict',
    });
  });
});

describe('an id of another machine', () => {
  it('is refused by who starts and sends at once, also without a store and for an event that both machines know', async () => {
    const one = await server.parcels.start(server.newId(), {});
    const taskQueue = server.queue;
    const lamps = machineClient(server.client, lamp, { taskQueue });
    const pressed = lamps.startAndSend(one.id, {}, { type: 'press' }, { id: 'a' });
    await expect(pressed).rejects.toBeInstanceOf(VersionConflict);
    const hasties = machineClient(server.client, hasty, { taskQueue });
    await expect(hasties.startAndSend(one.id, {}, shipped, { id: 'b' })).rejects.toBeInstanceOf(VersionConflict);
    expect((await one.snapshot()).view.value).toBe('packed');
  });
});

/** Types only: an event's payload is the machine's. */
export function payloadsAreTyped(parcels: MachineClient<typeof parcelMachine>): void {
  // @ts-expect-error a delivery says who signed
  void parcels.get('x').send({ type: 'delivered' }, { id: 'a' });
  // @ts-expect-error there is no such event
  void parcels.get('x').can({ type: 'eaten' });
}
