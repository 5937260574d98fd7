import { describe, expect, it, vi } from 'vitest';
import { temporalAddress } from '../support/stack.ts';
import { generatedCases } from './generated.ts';
import { openLaboratory } from './laboratory.ts';
import { at, judgeAll, language, modes, scxml } from './modes.ts';
import { domains, randomWalk } from './walks.ts';

// XState warns of every event that comes after the end; these lives send such on purpose.
vi.spyOn(console, 'warn').mockImplementation(() => {});

/** A fixed part of what `npm run conformance` does. */
const some = [
  // One of each group, and of the W3C those that are about time, invocations and history.
  ...scxml().filter(({ name }) =>
    /^(actionSend\/send1|cond-js\/test0|delayedSend\/send3|hierarchy\/hier2|history\/history6|parallel\+interrupt\/test21b)$|test(187|192|208|336|387)\.txml$/.test(
      name,
    ),
  ),
  ...language().filter(({ name }) => name.endsWith('life 1')),
  ...generatedCases(3).slice(0, 2),
  ...domains.map((domain) => randomWalk(domain, 7, 8)),
];

describe('an instance on a real server', () => {
  it(
    'is what plain XState is: kept, in a new run after every event, without memory, and replayed',
    { timeout: 300_000 },
    async () => {
      const verdicts = await judgeAll(some, { address: temporalAddress(), modes, width: 8 });
      expect(verdicts.filter(({ failures }) => failures.length > 0)).toEqual([]);
      for (const mode of modes) expect(verdicts.filter((one) => one.mode === mode)).toHaveLength(some.length);
    },
  );

  it('goes on in a new run after every event where that is asked', { timeout: 120_000 }, async () => {
    const laboratory = await openLaboratory({ address: temporalAddress() });
    try {
      const input = { subject: { specimen: 'wildcards', restless: true } };
      const { id } = await laboratory.live({ input, at, happenings: ['pay.card', 'pay.cash', 'relay', 'shut'] });
      expect(await laboratory.runs(id)).toBeGreaterThanOrEqual(4);
    } finally {
      await laboratory.close();
    }
  });
});
