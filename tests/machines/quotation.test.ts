import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GrantedLine } from '../../machines/claim-repair.ts';
import { quote, totalOf } from '../../machines/quotation.ts';
import { costClasses } from '../../machines/warranty/policy.ts';
import { displayLine } from './service-inputs.ts';

const share = fc
  .record({ part: fc.integer({ min: 0, max: 400 }), whole: fc.integer({ min: 1, max: 400 }) })
  .filter(({ part, whole }) => part <= whole);
const amount = fc.integer({ min: 0, max: 1_000_000_000_000 });
const line = (lineId: string): fc.Arbitrary<GrantedLine> =>
  fc.record({
    lineId: fc.constant(lineId),
    component: fc.constant('display'),
    cause: fc.constant('defect' as const),
    shares: fc.record({ parts: share, labour: share, shipping: share }),
    goodwill: fc.integer({ min: 0, max: 100_000 }),
  });
const cost = fc.record({
  lineId: fc.constantFrom('l1', 'l2', null),
  costClass: fc.constantFrom(...costClasses),
  amount,
});

describe('a quotation', () => {
  it('charges what neither coverage nor goodwill pays, by line and class [W2, W4]', () => {
    const costs = quote(
      [displayLine],
      [
        { lineId: 'l1', costClass: 'parts', amount: 20_000 },
        { lineId: 'l1', costClass: 'labour', amount: 9_001 },
        { lineId: 'l1', costClass: 'shipping', amount: 1_500 },
        { lineId: null, costClass: 'labour', amount: 700 },
      ],
    );
    expect(costs.map(({ covered, goodwill, charged }) => [covered, goodwill, charged])).toEqual([
      [20_000, 0, 0],
      [4_501, 4_500, 0],
      [0, 500, 1_000],
      [0, 0, 700],
    ]);
    expect(totalOf(costs)).toBe(1_700);
  });

  it('is whole: every unit is covered, goodwill or charged, and never more than is uncovered [W4]', () => {
    fc.assert(
      fc.property(line('l1'), line('l2'), fc.array(cost, { maxLength: 12 }), (one, other, costs) => {
        const lines = [one, other];
        const quoted = quote(lines, costs);
        for (const { lineId, costClass, amount: full, covered, goodwill, charged } of quoted) {
          expect(covered + goodwill + charged).toBe(full);
          for (const part of [covered, goodwill, charged]) expect(Number.isSafeInteger(part) && part >= 0).toBe(true);
          const granted = lines.find((given) => given.lineId === lineId);
          const { part, whole } = granted?.shares[costClass] ?? { part: 0, whole: 1 };
          // Exactly: the uncovered share, rounded down.
          expect(BigInt(goodwill + charged)).toBe((BigInt(full) * BigInt(whole - part)) / BigInt(whole));
        }
        for (const { lineId, goodwill } of lines) {
          const own = quoted.filter((item) => item.lineId === lineId);
          const used = own.reduce((sum, item) => sum + item.goodwill, 0);
          expect(used).toBeLessThanOrEqual(goodwill);
          // Nothing is charged while goodwill is left.
          if (used < goodwill) expect(own.every((item) => item.charged === 0)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
