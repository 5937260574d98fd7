import { describe, expect, it, vi } from 'vitest';
import { temporalAddress } from '../support/stack.ts';
import { generatedCases } from './generated.ts';
import { judgeAll, language, modes, scxml } from './modes.ts';
import type { Case } from './modes.ts';
import { domains } from './domains.ts';
import { randomWalk } from './walks.ts';

// XState warns of every event that comes after the end; these lives send such on purpose.
vi.spyOn(console, 'warn').mockImplementation(() => {});

const unharmed = modes.filter((mode) => mode !== 'killed');

/** A life of every other specimen, a part of the SCXML cases that XState passes, and some of what chance makes. */
const fixed: readonly Case[] = [
  ...language().filter(({ name }, n) => name.endsWith('life 1') && n % 2 === 0),
  ...scxml().filter(({ unread }, n) => unread === undefined && n % 20 === 0),
  ...[11, 12].flatMap((seed) => generatedCases(seed).slice(0, 1)),
  ...domains.flatMap((domain) => [1].map((seed) => randomWalk(domain, seed))),
];

describe('an instance on a server', () => {
  it('is what plain XState is, in one run, in a new run after every event, without a cache, and replayed', async () => {
    const verdicts = await judgeAll(fixed, { address: temporalAddress(), modes: unharmed, width: 12 });
    const counts = Object.groupBy(verdicts, ({ mode }) => mode);
    const passed = counts.plain!.filter(({ failures, unkept }) => failures.length === 0 && unkept === undefined).length;
    expect(passed).toBeGreaterThan(20);
    const failed = verdicts.filter(({ mode, failures }) => mode !== 'plain' && failures.length > 0);
    expect(failed).toEqual([]);
    expect(Object.entries(counts).map(([mode, all]) => [mode, all!.length])).toEqual([
      ['plain', fixed.length],
      ['durable', passed],
      ['replay', passed],
      ['restless', passed],
      ['uncached', passed],
      ['replay of uncached', passed],
    ]);
  }, 240_000);

  it('is so when its worker is killed at any moment', async () => {
    const walks = domains.flatMap((domain) => [1, 2, 3].map((seed) => randomWalk(domain, seed)));
    const verdicts = await judgeAll(walks, { address: temporalAddress(), modes: ['killed', 'replay'], width: 12 });
    expect(verdicts.filter(({ failures }) => failures.length > 0)).toEqual([]);
    const counts = Object.entries(Object.groupBy(verdicts, ({ mode }) => mode));
    expect(counts.map(([mode, all]) => [mode, all!.length])).toEqual([
      ['killed', walks.length],
      ['replay of killed', walks.length],
    ]);
  }, 480_000);
});
