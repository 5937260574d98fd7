/** What each action costs in history events: docs/performance.md has this table, and these bounds keep it true. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { names } from '../../engine/protocol.ts';
import { lampServer } from './toy/server.ts';

let server: Awaited<ReturnType<typeof lampServer>>;
beforeAll(async () => {
  server = await lampServer();
});
afterAll(async () => {
  await server.stop();
  await server.close();
});

type Lamp = Awaited<ReturnType<typeof server.lamps.start>>;

let n = 0;
const newId = () => `cost-${process.pid}-${Date.now()}-${(n += 1)}`;
const lengthOf = async (id: string) => (await server.client.workflow.getHandle(id).describe()).historyLength;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Answers the length of the history when nothing is under way and nothing more comes. */
async function atRest(one: { readonly id: string; snapshot(): Promise<{ settled: boolean }> }): Promise<number> {
  for (let before = -1; ; await pause(150)) {
    while (!(await one.snapshot()).settled) await pause(20);
    const length = await lengthOf(one.id);
    if (length === before) return length;
    before = length;
  }
}

interface Row {
  readonly what: string;
  readonly atMost: number;
  readonly because: string;
  readonly act: (one: Lamp) => Promise<unknown>;
  /** What the lamp has been through before. */
  readonly after?: (one: Lamp) => Promise<unknown>;
  readonly burns?: string;
}

const lit = (one: Lamp) => one.send({ type: 'press' }, { id: 'lit' });
const refusal = (sent: Promise<unknown>) =>
  sent.then(
    () => expect.unreachable('it should have been refused'),
    () => {},
  );
const presses = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `p${index}`, event: { type: 'press' as const } }));

/** A task is scheduled, started and completed: 3. An update is accepted and completed: 2, and its task. */
const table: readonly Row[] = [
  {
    what: 'an event that the state does not take',
    atMost: 0,
    because: 'the validator refuses it before anything is written',
    after: lit,
    act: (one) => refusal(one.send({ type: 'bulb.wanted', kind: 'clear' }, { id: 'a' })),
  },
  {
    what: 'a malformed event',
    atMost: 0,
    because: 'the validator refuses it before anything is written',
    act: (one) => refusal(one.send({ type: 'bulb.wanted' } as never, { id: 'a' })),
  },
  {
    what: 'an event that was taken before, by its id',
    atMost: 0,
    because: 'the first answer is given again',
    after: lit,
    act: (one) => one.send({ type: 'press' }, { id: 'lit' }),
  },
  { what: 'a query', atMost: 0, because: 'it only reads', act: (one) => one.timers() },
  {
    what: 'an event of which nothing comes',
    atMost: 5,
    because: 'update 5; no commit without a change',
    act: (one) => one.send({ type: 'wave' }, { id: 'a' }),
  },
  {
    what: 'an event that changes the state, and with it a timer and the search attributes',
    atMost: 13,
    because: 'update 5, commit 3 and its task 3, timer started or cancelled 1, search attributes 1',
    act: lit,
  },
  {
    what: 'ten events in one update',
    atMost: 12,
    because: 'update 5, one commit for all 3 and its task 3, search attributes 1',
    act: (one) => one.sendAll(presses(10)),
  },
  {
    what: 'a signal that changes the state, a timer and the search attributes',
    atMost: 12,
    because: 'signal 1 and its task 3, commit 3 and its task 3, timer 1, search attributes 1',
    act: async (one) => {
      await server.client.workflow.getHandle(one.id).signal(names.signal, presses(1));
      while ((await one.snapshot()).view.value !== 'lit') await pause(20);
    },
  },
  {
    what: 'a deadline that fires and changes the state',
    atMost: 11,
    because: 'timer fired 1 and its task 3, commit 3 and its task 3, search attributes 1',
    burns: 'PT2S',
    after: lit,
    act: async (one) => {
      while ((await one.snapshot()).view.value !== 'dark') await pause(50);
    },
  },
  {
    what: 'an event that invokes an activity, with its answer',
    atMost: 25,
    because: 'update 5, activity 3 and its task 3, two commits 6 and their tasks 6, search attributes 2',
    act: async (one) => {
      await one.send({ type: 'bulb.wanted', kind: 'clear' }, { id: 'a' });
      while ((await one.snapshot()).view.value !== 'dark') await pause(20);
    },
  },
  {
    what: 'an event that invokes a local activity, with its answer',
    atMost: 20,
    because: 'update 5, marker 1, two commits 6 and their tasks 6, search attributes 2',
    act: async (one) => {
      await one.send({ type: 'meter.asked' }, { id: 'a' });
      while ((await one.snapshot()).view.value !== 'dark') await pause(20);
    },
  },
];

describe('the history of an instance', () => {
  it('begins with at most 11 events: start 1 and its task 3, commit 3 and its task 3, search attributes 1', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT6000S' });
    expect(await atRest(one)).toBeLessThanOrEqual(11);
  });

  for (const { what, atMost, because, act, after, burns } of table) {
    it(`grows by at most ${atMost} for ${what}: ${because}`, async () => {
      const one = await server.lamps.start(newId(), { burns: burns ?? 'PT6000S' });
      await atRest(one);
      await after?.(one);
      // A deadline must not fire while its beginning is being waited for.
      const before = burns ? await lengthOnceStored(one) : await atRest(one);
      await act(one);
      expect((await atRest(one)) - before).toBeLessThanOrEqual(atMost);
    });
  }

  it('grows by at most 42 for ten events that wait together: updates 20, two tasks 6, two commits 6 and their tasks 6, timers 2, search attributes 2', async () => {
    const other = await lampServer();
    await other.stop();
    // Nobody runs: the start and all events meet in the first tasks of the worker that comes.
    const one = await other.lamps.start(newId(), { burns: 'PT6000S' });
    const answers = Promise.all(presses(10).map(({ id, event }) => one.send(event, { id })));
    const { stop } = await other.restart();
    expect((await answers).filter(({ state }) => state === 'lit').length).toBe(5);
    expect(await atRest(one)).toBeLessThanOrEqual(11 + 42);
    await stop();
    await other.close();
  });

  it('begins again with at most 5 events when it continues as new: start 1 and its task 3, timer 1; and ends with at most 3: a timer for draining started and cancelled 2, end 1', async () => {
    const id = newId();
    const one = await server.restless.start(id, { burns: 'PT6000S' });
    const before = await atRest(one);
    const { runId: first } = await server.client.workflow.getHandle(id).describe();
    await one.send({ type: 'press' }, { id: 'a' });
    while ((await server.client.workflow.getHandle(id).describe()).runId === first) await pause(20);
    expect(await atRest(one)).toBeLessThanOrEqual(5);
    const { historyLength } = await server.client.workflow.getHandle(id, first).describe();
    expect(historyLength - before).toBeLessThanOrEqual(13 + 3);
  });
});

async function lengthOnceStored(one: Lamp): Promise<number> {
  while (!(await one.snapshot()).settled) await pause(10);
  await pause(100);
  return lengthOf(one.id);
}
