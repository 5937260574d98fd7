import { describe, expect, it, vi } from 'vitest';
import type { Json } from '../../engine/machine.ts';
import * as product from '../../workflows/index.ts';
import { generatedCases } from './generated.ts';
import { liveInProcess } from './in-process.ts';
import { differences } from './laboratory.ts';
import { at, language, scxml } from './modes.ts';
import type { Case } from './modes.ts';
import { livePlain } from './plain.ts';
import { reachedBy, statesOf } from './reach.ts';
import { definitionOf } from './subjects.ts';
import { domains } from './domains.ts';
import type { Domain } from './domains.ts';
import { randomWalk, shortestWays } from './walks.ts';

// XState warns of every event that comes after the end; these lives send such on purpose.
vi.spyOn(console, 'warn').mockImplementation(() => {});

const seeds = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

const ways = new Map<Domain, readonly Case[]>();

/** The shortest ways through a machine, and some random ones. */
function waysOf(domain: Domain): readonly Case[] {
  const known = ways.get(domain);
  if (known) return known;
  const found = [...shortestWays(domain), ...seeds(25).map((seed) => randomWalk(domain, seed))];
  ways.set(domain, found);
  return found;
}

/** Where the instance's living tree differs from plain XState, kept and in a new run after every happening. */
async function found({ group, name, input, happenings, answers }: Case): Promise<string[]> {
  const { machine } = definitionOf(input);
  const life = { machine, input: input as unknown as Json, at, happenings, ...(answers ? { answers } : {}) };
  const plain = await livePlain(life);
  const all = [
    ...differences(await liveInProcess(life, false), plain),
    ...differences(await liveInProcess(life, true), plain),
  ];
  return all.map((one) => `${group} ${name} ${one}`);
}

describe('the living tree of an instance', () => {
  it.each(language())('does what plain XState does, in every run: $name', async (one) => {
    expect(await found(one)).toEqual([]);
  });

  it('does so for charts made up by chance', async () => {
    for (const one of seeds(25).flatMap(generatedCases)) expect(await found(one)).toEqual([]);
  }, 120_000);

  it.each(domains)(
    "does so on the shortest and on random ways through the product's machines: %s",
    async (domain) => {
      const all = waysOf(domain);
      // Evenly of all of them: a hundred take some seconds.
      const some = all.filter((_, n) => n % Math.ceil(all.length / 100) === 0);
      for (const one of some) expect(await found(one)).toEqual([]);
    },
    120_000,
  );
});

describe("the ways through the product's machines", () => {
  it('are through every machine that runs as a workflow', () => {
    expect(domains).toEqual(expect.arrayContaining(Object.keys(product)));
  });

  it.each(domains)(
    'lead through every state that there is: %s',
    (domain) => {
      const more = seeds(200).map((seed) => randomWalk(domain, seed));
      const reached = reachedBy([...waysOf(domain), ...more]);
      expect([...statesOf(domain)].filter((state) => !reached.has(state))).toEqual([]);
    },
    60_000,
  );
});

describe('the cases of SCION and the W3C', () => {
  it('are passed by XState as far as it goes, and a case that was passed stays passed', async () => {
    const passed = { scion: 0, w3c: 0 };
    for (const { group, input, happenings, judge, unread } of scxml()) {
      if (unread !== undefined) continue;
      try {
        const { moments } = await livePlain({
          machine: definitionOf(input).machine,
          input: input as unknown as Json,
          at,
          happenings,
        });
        if (judge?.(moments) === undefined) passed[group as 'scion'] += 1;
      } catch {
        // A document that the translation does not know counts as not passed.
      }
    }
    expect(passed).toEqual({ scion: 116, w3c: 144 });
  });
});
