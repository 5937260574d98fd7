import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { AlreadyEnded, EventRefused, MalformedEvent, NotFound, TimedOut } from '../../engine/errors.ts';
import { MissingReader } from '../../engine/waiting.ts';
import { parcelServer } from './toy/parcel/server.ts';

let server: Awaited<ReturnType<typeof parcelServer>>;
beforeAll(async () => {
  server = await parcelServer();
});
afterAll(async () => {
  await server.stop();
  await server.close();
});

const shipped = { type: 'shipped', by: 'ann' } as const;
const isQuick = { timeout: 300 };

describe('waiting for an instance', () => {
  it('sees a state and a tag that it passes through within one step', async () => {
    const one = await server.parcels.start(server.newId(), {});
    const waits = [one.waitFor({ state: 'sorting' }), one.waitFor({ tag: 'sorted' })] as const;
    const { sequence } = await one.send(shipped, { id: 'a' });
    for (const reached of await Promise.all(waits)) {
      expect(reached).toMatchObject({ sequence, passed: true, state: { onTheWay: 'moving' }, tags: ['moving'] });
    }
  });

  it('is over at once where it is so already, by any part of the path', async () => {
    const one = await server.parcels.start(server.newId(), {});
    await one.send(shipped, { id: 'a' });
    for (const until of [{ state: 'onTheWay' }, { state: 'onTheWay.moving' }, { tag: 'moving' }] as const) {
      expect(await one.waitFor(until)).toMatchObject({ passed: false, state: { onTheWay: 'moving' } });
    }
  });

  it('does not take for the present what was so before', async () => {
    const one = await server.parcels.start(server.newId(), {});
    await one.send(shipped, { id: 'a' });
    await one.send({ type: 'stopped.at', place: 'Ghent' }, { id: 'b' });
    const failure = await one.waitFor({ tag: 'moving' }, isQuick).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TimedOut);
    expect(failure).toMatchObject({ data: { waitedMs: 300, reached: { onTheWay: 'resting' } } });
  });

  it('ends with the output of a machine that is done, also long after', async () => {
    const one = await server.parcels.start(server.newId(), {});
    await one.send(shipped, { id: 'a' });
    const waited = one.waitFor('done');
    await one.send({ type: 'delivered', signedBy: 'bob' }, { id: 'b' });
    const done = await waited;
    expectTypeOf(done.output).toEqualTypeOf<{ signedBy: string } | undefined>();
    expect(done).toMatchObject({ status: 'done', state: 'delivered', output: { signedBy: 'bob' } });
    expect(await one.waitFor('done')).toMatchObject({ status: 'done', sequence: done.sequence, output: done.output });
    await expect(one.waitFor({ tag: 'moving' })).rejects.toBeInstanceOf(AlreadyEnded);
  });

  it('tells of an instance that does not exist, and can be given up', async () => {
    const none = server.parcels.get(server.newId());
    await expect(none.waitFor('done')).rejects.toBeInstanceOf(NotFound);
    const one = await server.parcels.start(server.newId(), {});
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(one.waitFor('done', { signal })).rejects.toThrow('enough');
  });

  it('costs the instance nothing when a thousand do it at once', async () => {
    const one = await server.parcels.start(server.newId(), {});
    await server.atRest(one);
    const before = await server.lengthOf(one.id);
    const waits = Array.from({ length: 1000 }, (_, n) =>
      one.waitFor(n % 2 ? { state: 'sorting' } : { tag: 'moving' }, { timeout: 45_000 }),
    );
    // All have looked, and wait.
    await one.snapshot();
    await one.send(shipped, { id: 'a' });
    const reached = await Promise.all(waits);
    expect(new Set(reached.map(({ sequence }) => sequence))).toEqual(new Set([2]));
    await server.atRest(one);
    // As tests/engine/cost.test.ts has it for one event alone.
    expect((await server.lengthOf(one.id)) - before).toBeLessThanOrEqual(13);
  });

  it('polls without a store to read, and says that it has no changes to push', async () => {
    const one = await server.blind.start(server.newId(), {});
    const waited = one.waitFor({ tag: 'moving' });
    await one.send(shipped, { id: 'a' });
    expect(await waited).toMatchObject({ state: { onTheWay: 'moving' } });
    await expect(one.waitFor({ state: 'refused' }, isQuick)).rejects.toBeInstanceOf(TimedOut);
    await expect(one.history()).rejects.toBeInstanceOf(MissingReader);
    await expect(one.subscribe(() => {}).ended).rejects.toBeInstanceOf(MissingReader);
  });

  it('takes only tags and states that the machine has', () => {
    type Until = Parameters<ReturnType<typeof server.parcels.get>['waitFor']>[0];
    type State = Extract<Until, { state: unknown }>['state'];
    expectTypeOf<Extract<Until, { tag: unknown }>['tag']>().toEqualTypeOf<'sorted' | 'moving'>();
    expectTypeOf<State>().toEqualTypeOf<
      'packed' | 'sorting' | 'onTheWay' | 'onTheWay.moving' | 'onTheWay.resting' | 'refused' | 'delivered'
    >();
  });
});

describe('what an instance did', () => {
  it('is told as entries: who, what, from where to where, what came of it, by which clause, when', async () => {
    const one = await server.parcels.start(server.newId(), {});
    const answer = await one.send(shipped, { id: 'a' });
    await server.atRest(one);
    const [start, leaving] = await one.history();
    expect(start).toMatchObject({
      sequence: 1,
      causes: [{ kind: 'start' }],
      from: null,
      to: 'packed',
      references: ['P1'],
    });
    expect(leaving).toMatchObject({
      sequence: answer.sequence,
      causes: [{ kind: 'event', type: 'shipped', id: 'a', by: 'ann' }],
      from: 'packed',
      to: { onTheWay: 'moving' },
      passed: { states: ['sorting'], tags: ['sorted'] },
      tags: ['moving'],
      words: 'It is on its way',
      references: ['P2'],
      actions: ['noteParcel'],
      emitted: [{ type: 'leaving' }],
      messages: [{ machine: 'neighbour', id: 'next-door', event: 'announced' }],
    });
    expect(Date.parse(leaving!.recordedAt)).toBeGreaterThanOrEqual(Date.parse(leaving!.at) - 1000);
    expect(await one.history({ after: 1, limit: 1 })).toEqual([leaving]);
  });

  it('is pushed without a gap over a restart of the worker, and can be resumed', async () => {
    const own = await parcelServer();
    const one = await own.parcels.start(own.newId(), {});
    const heard: number[] = [];
    const { ended } = one.subscribe((entry) => void heard.push(entry.sequence), { after: 0 });
    const tell = (n: number) => one.send({ type: 'told', n }, { id: `t${n}` });
    for (let n = 0; n < 10; n += 1) await tell(n);
    await own.stop();
    const waiting = [10, 11, 12, 13, 14].map(tell);
    const second = await own.restart();
    await Promise.all(waiting);
    await one.send(shipped, { id: 'ship' });
    await one.send({ type: 'delivered', signedBy: 'bob' }, { id: 'end' });
    await ended;
    expect(heard).toEqual(Array.from({ length: 18 }, (_, n) => n + 1));
    const again: number[] = [];
    for await (const { sequence } of one.changes({ after: 15 })) again.push(sequence);
    expect(again).toEqual([16, 17, 18]);
    for await (const entry of one.changes({ after: 18 })) expect.unreachable(`heard ${entry.sequence} twice`);
    await second.stop();
    await own.close();
  });

  it('is heard no more by who has left', async () => {
    const one = await server.parcels.start(server.newId(), {});
    await server.atRest(one);
    const heard: number[] = [];
    const { unsubscribe, ended } = one.subscribe((entry) => {
      heard.push(entry.sequence);
      unsubscribe();
    });
    await one.waitFor({ state: 'packed' });
    await one.send({ type: 'told', n: 1 }, { id: 'a' });
    await one.send({ type: 'told', n: 2 }, { id: 'b' });
    await ended;
    expect(heard).toHaveLength(1);
  });
});

describe('what an instance would do', () => {
  it('is told for one event, with the reason where it would not, and costs no history', async () => {
    const one = await server.parcels.start(server.newId(), {});
    await server.atRest(one);
    const before = await server.lengthOf(one.id);
    expect(await one.can(shipped)).toEqual({ accepted: true });
    const refused = await one.can({ type: 'moved' });
    expect(!refused.accepted && refused.error).toBeInstanceOf(EventRefused);
    expect(refused).toMatchObject({ error: { data: { state: 'packed', accepted: ['shipped', 'told'] } } });
    expect(await one.can({ type: 'stopped.at', place: 'here' })).toMatchObject({ accepted: false });
    const malformed = await one.can({ type: 'told' } as never);
    expect(!malformed.accepted && malformed.error).toBeInstanceOf(MalformedEvent);
    expect(malformed).toMatchObject({ error: { data: { issues: [{ path: '/n' }] } } });
    await one.next();
    expect((await one.snapshot()).view.value).toBe('packed');
    expect(await server.lengthOf(one.id)).toBe(before);
  });

  it('is told for each public event: where it leads, by which clause, and what stands in its way', async () => {
    const one = await server.parcels.start(server.newId(), {});
    const next = async () => Object.fromEntries((await one.next()).map((event) => [event.type, event]));
    const packed = await next();
    expect(packed['shipped']).toMatchObject({
      accepted: true,
      transitions: [
        { source: 'packed', targets: ['refused'], guard: 'isHeavy', verdict: false, references: ['P1'] },
        { source: 'packed', targets: ['sorting'], guard: null, verdict: true },
      ],
    });
    expect(packed['told']).toMatchObject({ accepted: true, transitions: [{ source: '', targets: [] }] });
    expect(packed['moved']).toMatchObject({ accepted: false, transitions: [] });
    await one.send(shipped, { id: 'a' });
    expect((await next())['delivered']).toMatchObject({
      accepted: true,
      transitions: [{ guard: 'isSigned', verdict: 'needs payload', targets: ['delivered'] }],
    });
  });
});
