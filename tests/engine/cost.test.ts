/** What each thing costs in history events; the table stands in docs/performance.md too. */
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

let n = 0;
const newId = () => `cost-${process.pid}-${Date.now()}-${(n += 1)}`;
const lengthOf = async (id: string) => (await server.client.workflow.getHandle(id).describe()).historyLength;

/** A lamp that burns for long, at rest. */
async function lamp(burns = 'PT6000S') {
  const one = await server.lamps.start(newId(), { burns });
  await atRest(one);
  return one;
}
type Lamp = Awaited<ReturnType<typeof lamp>>;

/** Nothing is under way and nothing more comes: the history stays as long as it is. */
async function atRest(one: Pick<Lamp, 'id' | 'snapshot'>): Promise<number> {
  for (let before = -1; ;) {
    while (!(await one.snapshot()).settled) await new Promise((resolve) => setTimeout(resolve, 20));
    const length = await lengthOf(one.id);
    if (length === before) return length;
    before = length;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

async function costOf(one: Lamp, act: () => Promise<unknown>): Promise<number> {
  const before = await atRest(one);
  await act();
  return (await atRest(one)) - before;
}

const table: readonly { what: string; atMost: number; because: string; act: (one: Lamp) => Promise<unknown> }[] = [
  {
    what: 'an event that the state refuses',
    atMost: 0,
    because: 'the validator refuses before anything is written',
    act: (one) => one.send({ type: 'thrown.away' } as never, { id: '' }).catch(() => undefined),
  },
];

describe('the history of an instance', () => {
  it('prints', async () => {
    const out: Record<string, number> = {};
    const started = await lamp();
    out['start'] = await lengthOf(started.id);
    out['wave unchanged'] = await costOf(started, () => started.send({ type: 'wave' }, { id: 'w' }));
    out['pull.left'] = await costOf(started, () => started.send({ type: 'pull.left' }, { id: 'p' }));
    const one = await lamp();
    out['press'] = await costOf(one, () => one.send({ type: 'press' }, { id: 'a' }));
    out['repeat'] = await costOf(one, () => one.send({ type: 'press' }, { id: 'a' }));
    out['refused'] = await costOf(one, () => one.send({ type: 'bulb.wanted', kind: 'x' }, { id: 'r' }).catch(() => 0));
    out['malformed'] = await costOf(one, () => one.send({ type: 'bulb.wanted' } as never, { id: 'r' }).catch(() => 0));
    out['query'] = await costOf(one, () => one.timers());
    out['press off'] = await costOf(one, () => one.send({ type: 'press' }, { id: 'b' }));
    out['activity'] = await costOf(one, () => one.send({ type: 'bulb.wanted', kind: 'x' }, { id: 'c' }));
    out['local'] = await costOf(one, () => one.send({ type: 'meter.asked' }, { id: 'd' }));
    out['batch'] = await costOf(one, () =>
      one.sendAll(Array.from({ length: 10 }, (_, i) => ({ id: `x${i}`, event: { type: 'press' as const } }))),
    );
    out['signal'] = await costOf(one, async () => {
      await server.client.workflow.getHandle(one.id).signal(names.signal, [{ id: 's1', event: { type: 'press' } }]);
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    const short = await lamp('PT2S');
    out['press+timer'] = await costOf(short, async () => {
      await short.send({ type: 'press' }, { id: 'a' });
      await new Promise((resolve) => setTimeout(resolve, 2500));
    });
    const restless = await server.restless.start(newId(), { burns: 'PT6000S' });
    await atRest(restless as never);
    out['restless first'] = await lengthOf(restless.id);
    await restless.send({ type: 'press' }, { id: 'a' });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    out['restless second run'] = await atRest(restless as never);
    process.stderr.write(JSON.stringify(out, null, 1));
    const { events } = await server.client.workflow.getHandle(restless.id).fetchHistory();
    process.stderr.write(
      JSON.stringify((events ?? []).map((e) => Object.keys(e).filter((k) => k.endsWith('Attributes')))),
    );
  });
});
void table;
