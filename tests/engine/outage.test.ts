import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApplicationFailure } from '@temporalio/common';
import type { Alarm } from '../../engine/alarm.ts';
import { EngineUnavailable } from '../../engine/errors.ts';
import { MemoryStore } from '../../engine/memory-store.ts';
import { queueLimit } from '../../engine/protocol.ts';
import { CommitConflict } from '../../engine/store.ts';
import type { CommitRecord, Store } from '../../engine/store.ts';
import { lampServer } from './toy/server.ts';

/** A store that can be away, and that can take what it is given and lose its answer. */
class FlakyStore implements Store {
  readonly inner = new MemoryStore();
  away = false;
  calls = 0;
  losesAnswers = 0;
  conflicts = false;
  gaveUp = 0;
  /** Resolves the calls that do not answer. */
  readonly hanging: (() => void)[] = [];
  hangs = 0;
  async commit(records: readonly CommitRecord[]) {
    this.calls += 1;
    if (this.away) throw new Error('connection refused');
    if (this.conflicts) throw new CommitConflict(records[0]!.instance, records[0]!.sequence, 'restored from a backup');
    if (this.hangs > 0) {
      this.hangs -= 1;
      await new Promise<void>((resolve) => this.hanging.push(resolve));
    }
    if (this.gaveUp > 0) {
      this.gaveUp -= 1;
      throw ApplicationFailure.nonRetryable('no such table', 'NoSuchTable');
    }
    const outcome = await this.inner.commit(records);
    if (this.losesAnswers > 0) {
      this.losesAnswers -= 1;
      throw new Error('connection lost');
    }
    return outcome;
  }
}

const store = new FlakyStore();
const alarms: Alarm[] = [];
const raisedFor = (id: string, kind: Alarm['kind']) =>
  alarms.filter((one) => one.instance === id && one.kind === kind) as Extract<Alarm, { kind: 'stalled' }>[];
let server: Awaited<ReturnType<typeof lampServer>>;
beforeAll(async () => {
  server = await lampServer({ store, stalledAfter: 3, alarm: (alarm) => void alarms.push(alarm) });
});
afterAll(async () => {
  store.away = false;
  await server.stop();
  await server.close();
});

let n = 0;
const newId = () => `away-${process.pid}-${Date.now()}-${(n += 1)}`;
const lengthOf = async (id: string) => (await server.client.workflow.getHandle(id).describe()).historyLength;
async function caughtUp(id: string, steps: number) {
  for (let tries = 0; tries < 800 && store.inner.history(id).length < steps; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe('a store that is away', () => {
  it('holds up no event, and its absence does not grow the history', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT600S' });
    await caughtUp(one.id, 1);
    store.away = true;
    const before = store.calls;
    const answer = await one.send({ type: 'press' }, { id: 'on' });
    expect(answer).toMatchObject({ state: 'lit', sequence: 2 });
    while (store.calls < before + 3) await new Promise((resolve) => setTimeout(resolve, 50));
    const early = await lengthOf(one.id);
    while (store.calls < before + 7) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await lengthOf(one.id)).toBe(early);
    // Its third attempt, and the one that is twice as many.
    const stalled = { machine: 'lamp', failure: 'Error', reason: 'connection refused' };
    expect(raisedFor(one.id, 'stalled')).toMatchObject([3, 6].map((attempts) => ({ ...stalled, attempts })));
    await one.send({ type: 'press' }, { id: 'off' });
    store.away = false;
    await caughtUp(one.id, 3);
    expect(store.inner.history(one.id).map(({ view }) => view.value)).toEqual(['dark', 'lit', 'dark']);
  });

  it('is asked again also where it says that this is no use', async () => {
    const one = await server.lamps.start(newId(), {});
    await caughtUp(one.id, 1);
    store.gaveUp = 2;
    await one.send({ type: 'press' }, { id: 'on' });
    await caughtUp(one.id, 2);
    expect(store.inner.history(one.id).map(({ view }) => view.value)).toEqual(['dark', 'lit']);
    expect(await one.send({ type: 'press' }, { id: 'off' })).toMatchObject({ state: 'dark' });
  });

  it('that does not answer at all raises the alarm too', async () => {
    const own = await lampServer({ store, stalledAfter: 1, alarm: (alarm) => void alarms.push(alarm) });
    const one = await own.lamps.start(newId(), {});
    await caughtUp(one.id, 1);
    store.hangs = 1;
    await one.send({ type: 'press' }, { id: 'on' });
    await caughtUp(one.id, 2);
    for (const resolve of store.hanging.splice(0)) resolve();
    expect(raisedFor(one.id, 'stalled')).toMatchObject([{ activity: 'commit', attempts: 1, failure: 'Timeout' }]);
    await own.stop();
    await own.close();
    expect(store.inner.history(one.id).map(({ view }) => view.value)).toEqual(['dark', 'lit']);
  });

  it('stores a step once when the answer of the store is lost', async () => {
    const one = await server.lamps.start(newId(), {});
    await caughtUp(one.id, 1);
    store.losesAnswers = 1;
    await one.send({ type: 'press' }, { id: 'on' });
    await caughtUp(one.id, 2);
    await one.send({ type: 'press' }, { id: 'off' });
    await caughtUp(one.id, 3);
    expect(store.inner.history(one.id).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  it('refuses events when too many steps wait, and takes them again once the store is back', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT6000S' });
    await caughtUp(one.id, 1);
    store.away = true;
    for (let batch = 0; batch * 100 < queueLimit; batch += 1) {
      const events = Array.from({ length: 100 }, (_, index) => ({
        id: `e${batch}-${index}`,
        event: { type: 'press' as const },
      }));
      await one.sendAll(events);
    }
    await expect(one.send({ type: 'press' }, { id: 'too-many' })).rejects.toBeInstanceOf(EngineUnavailable);
    store.away = false;
    await caughtUp(one.id, queueLimit + 1);
    expect(store.inner.history(one.id)).toHaveLength(queueLimit + 1);
    while (!(await one.snapshot()).stored) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(await one.send({ type: 'press' }, { id: 'too-many' })).toMatchObject({ outcome: 'applied' });
  });
});

describe('a store with another history', () => {
  it('raises an alarm and ends nothing: the contract goes on once the rows are mended', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT600S' });
    await caughtUp(one.id, 1);
    store.conflicts = true;
    await one.send({ type: 'press' }, { id: 'on' });
    for (let tries = 0; tries < 200 && raisedFor(one.id, 'conflict').length === 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(raisedFor(one.id, 'conflict')).not.toEqual([]);
    expect(raisedFor(one.id, 'stalled')).toEqual([]);
    expect((await server.client.workflow.getHandle(one.id).describe()).status.name).toBe('RUNNING');
    expect(await one.send({ type: 'press' }, { id: 'off' })).toMatchObject({ state: 'dark' });
    store.conflicts = false;
  });
});
