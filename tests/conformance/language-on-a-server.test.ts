import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporalAddress } from '../support/stack.ts';
import { differences, openLaboratory } from './laboratory.ts';
import type { Laboratory } from './laboratory.ts';
import { specimens } from './language/index.ts';
import { livePlain } from './plain.ts';

/** Inside the years for which a start may be delayed, and never in the past. */
const at = '2037-03-10T02:20:00.000Z';

const lives = Object.values(specimens).flatMap(({ machine, input = {}, lives: all }) =>
  all.map((happenings, n) => ({
    name: `${machine.id}, life ${n + 1}`,
    specimen: machine.id,
    machine,
    input,
    happenings,
  })),
);

async function inParallel<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) results[next[0]] = await work(next[1]);
    }),
  );
  return results;
}

describe('the language on a real server', () => {
  let laboratory: Laboratory;
  beforeAll(async () => {
    laboratory = await openLaboratory({ address: temporalAddress() });
  });
  afterAll(() => laboratory.close());

  const compare = async (lab: Laboratory, restless: boolean) => {
    const ids: string[] = [];
    const found = await inParallel(lives, 8, async ({ name, specimen, machine, input, happenings }) => {
      const subjectInput = { ...input, subject: { specimen, ...(restless ? { restless } : {}) } };
      const plain = await livePlain({ machine, input: subjectInput as never, at, happenings });
      const { id, ...lived } = await lab.live({ input: subjectInput, at, happenings });
      ids.push(id);
      return differences(lived, plain).map((one) => `${name}${one}`);
    });
    return { ids, found: found.flat() };
  };

  it('is plain XState, and replays', { timeout: 300_000 }, async () => {
    const { ids, found } = await compare(laboratory, false);
    expect(found).toEqual([]);
    const faults = await laboratory.replay(ids);
    expect([...faults].filter(([, one]) => one.length > 0)).toEqual([]);
  });

  it('is plain XState in a new run after every event', { timeout: 300_000 }, async () => {
    const { ids, found } = await compare(laboratory, true);
    expect(found).toEqual([]);
    expect(await laboratory.runs(ids[0]!)).toBeGreaterThan(5);
  });

  it('is plain XState when no workflow is kept in memory', { timeout: 300_000 }, async () => {
    const forgetful = await openLaboratory({
      address: temporalAddress(),
      bundle: laboratory.bundle,
      tuning: { maxCachedWorkflows: 0 },
    });
    try {
      expect((await compare(forgetful, false)).found).toEqual([]);
    } finally {
      await forgetful.close();
    }
  });
});
