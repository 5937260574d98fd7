import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayAfter, daysBetween, endOfDay, lastDay, periodEnd } from '../../machines/calendar.ts';
import { coverage } from '../../machines/warranty/coverage.ts';
import type { Coverage } from '../../machines/warranty/coverage.ts';
import type { Question } from '../../machines/warranty/question.ts';
import { costClasses, startBases } from '../../machines/warranty/policy.ts';
import type { Cover, Extension, Policy, PolicyLine } from '../../machines/warranty/policy.ts';
import { campaign, deadOnArrival, extension, failure, line, policy, question, replacement, unit } from './warranty.ts';

const day = fc.integer({ min: 0, max: 1600 }).map((count) => dayAfter('2027-01-01', `P${count}D`));
const components = fc.constantFrom('motor', 'bearing', 'battery', 'hose');
const causes = fc.constantFrom('defect', 'wear', 'misuse', 'accident', 'unknown' as const);
const excluded = fc.uniqueArray(fc.constantFrom('wear', 'misuse', 'accident' as const), { maxLength: 2 });
const transfers = fc.option(fc.nat({ max: 2 }), { nil: null });
const classes = fc.subarray([...costClasses], { minLength: 1 });
const someOf = fc.uniqueArray(components, { minLength: 1, maxLength: 2 });
const scope = fc.record({
  components: fc.oneof(fc.constant('all' as const), someOf),
  except: fc.uniqueArray(components, { maxLength: 1 }),
});
const start = fc.record({
  rules: fc.array(fc.record({ basis: fc.constantFrom(...startBases), plus: fc.constantFrom(null, 'P30D', 'P1M') }), {
    minLength: 1,
    maxLength: 2,
  }),
  noLaterThan: fc.array(fc.record({ basis: fc.constant('shipment' as const), plus: fc.constant('P6M') }), {
    maxLength: 1,
  }),
});
const usage = fc.record({ hours: fc.nat({ max: 3000 }) }, { requiredKeys: [] });
const timed = fc.record<Cover>({
  months: fc.nat({ max: 40 }),
  usage: fc.option(fc.record({ unit: fc.constant('hours' as const), limit: fc.nat({ max: 3000 }) }), { nil: null }),
  proRata: fc.option(fc.record({ fullMonths: fc.nat({ max: 20 }), per: fc.constantFrom('day', 'month') }), {
    nil: null,
  }),
});
const cover = fc.oneof({ weight: 9, arbitrary: timed }, fc.constant({ months: null, usage: null, proRata: null }));
const byClass = fc.record({ parts: cover, labour: cover, shipping: cover }, { requiredKeys: [] });
const policyLine: fc.Arbitrary<PolicyLine> = fc
  .record({ start, scope, cover: byClass, excludes: excluded, transfers })
  .map(({ scope, ...rest }) => line({ ...scope, ...rest }));
const policies: fc.Arbitrary<Policy[]> = fc
  .array(
    fc.record({
      lines: fc.array(policyLine, { minLength: 1, maxLength: 3 }),
      dead: fc.option(fc.record({ days: fc.nat({ max: 30 }), start }), { nil: null }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((all) =>
    all.map(({ lines, dead }, at) =>
      policy({
        id: `p${at}`,
        lines: lines.map((one, index) => ({ ...one, id: `l${index}` })),
        deadOnArrival: dead === null ? null : deadOnArrival(dead),
      }),
    ),
  );
const bought = fc.record({
  boughtOn: day,
  months: fc.nat({ max: 24 }),
  usage: fc.nat({ max: 1000 }),
  usageAtPurchase: usage,
  counts: fc.constantFrom('onTop', 'fromPurchase' as const),
  classes,
  transfers,
});
const extensions: fc.Arbitrary<Extension[]> = fc
  .array(bought, { maxLength: 3 })
  .map((all) => all.map((one, at) => extension({ ...one, id: `e${at}`, policy: 'p0', lines: ['l0'] })));
const replacements = fc
  .array(fc.record({ component: components, on: day, usage, cover: byClass }), { maxLength: 2 })
  .map((all) => all.map((one, at) => replacement({ ...one, id: `r${at}` })));
const units = fc
  .record({
    dates: fc.record(Object.fromEntries(startBases.map((basis) => [basis, day])), { requiredKeys: [] }),
    transfers: fc.array(day, { maxLength: 2 }),
    replacements,
  })
  .map(unit);
const failures = fc
  .record({ on: day, usage, component: fc.option(components, { nil: null }), cause: causes })
  .map(({ on, ...rest }) => failure(on, rest));
const campaigns = fc
  .array(fc.record({ scope, validFrom: day, excludes: excluded, classes }), { maxLength: 1 })
  .map((all) => all.map(({ scope, ...rest }) => campaign({ ...scope, ...rest, validUntil: null })));
const countings = fc.record({
  timeZone: fc.constantFrom('Asia/Shanghai', 'Europe/Berlin', 'America/New_York'),
  periodEnd: fc.constantFrom('endOfDay', 'sameInstant' as const),
});
const questions: fc.Arbitrary<Question> = fc
  .record({ unit: units, policies, extensions, campaigns, failure: failures, counting: countings })
  .map(question);

/** Each class by what it pays, as a number to compare. */
const paid = ({ classes }: Coverage) => costClasses.map((one) => classes[one].share.part / classes[one].share.whole);

/** Asks both, and expects the second to pay at least as much of everything; tells whether anything was paid. */
function expectNoLess(one: Question, other: Question): boolean {
  const before = paid(coverage(one));
  const after = paid(coverage(other));
  for (const [at, share] of before.entries()) expect(after[at]!).toBeGreaterThanOrEqual(share);
  return before.some((share) => share > 0);
}

/** Runs a property that must not hold for want of covered cases. */
function assertOften<Given>(property: (mark: (isTelling: boolean) => void) => fc.IPropertyWithHooks<Given>): void {
  let telling = 0;
  fc.assert(
    property((isTelling) => {
      if (isTelling) telling += 1;
    }),
    { numRuns: 300 },
  );
  expect(telling).toBeGreaterThan(50);
}

const oneMore = (cover: Cover): Cover => ({
  ...cover,
  months: cover.months === null ? null : cover.months + 1,
  usage: cover.usage === null ? null : { ...cover.usage, limit: cover.usage.limit + 1 },
});
const withMore = (lines: readonly PolicyLine[]): PolicyLine[] =>
  lines.map((one) => ({
    ...one,
    cover: Object.fromEntries(Object.entries(one.cover).map(([name, cover]) => [name, oneMore(cover)])),
  }));

describe('for any unit, policies and failure', () => {
  it('more months and a higher limit never pay less [W1]', () => {
    assertOften((mark) =>
      fc.property(questions, (asked) => {
        const longer = asked.policies.map((one) => ({ ...one, lines: withMore(one.lines) }));
        mark(expectNoLess(asked, { ...asked, policies: longer }));
      }),
    );
  });

  it('a policy, an extension, a campaign or a replacement more never pays less [W1]', () => {
    assertOften((mark) =>
      fc.property(questions, policies, bought, campaigns, replacements, (asked, added, more, recalls, repairs) => {
        const named = <Item extends { id: string }>(items: readonly Item[]) =>
          items.map((one) => ({ ...one, id: `more-${one.id}` }));
        const with2 = { ...asked, policies: [...asked.policies, ...named(added)] };
        const plus = extension({ ...more, id: 'more', policy: 'p0', lines: ['l0'] });
        const with3 = { ...with2, extensions: [...asked.extensions, plus] };
        const with4 = { ...with3, campaigns: [...asked.campaigns, ...named(recalls)] };
        const parts = [...asked.unit.replacements, ...named(repairs)];
        mark(expectNoLess(asked, with2));
        expectNoLess(with2, with3);
        expectNoLess(with3, with4);
        expectNoLess(with4, { ...with4, unit: { ...asked.unit, replacements: parts } });
      }),
    );
  });

  it('the answer does not depend on the order of anything [W1]', () => {
    fc.assert(
      fc.property(questions, (asked) => {
        const turned: Question = {
          ...asked,
          policies: asked.policies.map((one) => ({ ...one, lines: one.lines.toReversed() })).toReversed(),
          extensions: asked.extensions.toReversed(),
          campaigns: asked.campaigns.toReversed(),
          unit: {
            ...asked.unit,
            transfers: asked.unit.transfers.toReversed(),
            replacements: asked.unit.replacements.toReversed(),
            model: { ...asked.unit.model, components: asked.unit.model.components.toReversed() },
          },
        };
        expect(coverage(turned)).toEqual(coverage(asked));
      }),
      { numRuns: 200 },
    );
  });

  it('once started, a later failure or a higher reading is never paid more by what was bought at first [W1]', () => {
    assertOften((mark) =>
      fc.property(questions, fc.nat({ max: 400 }), fc.nat({ max: 500 }), (asked, days, hours) => {
        const latestStart = [...Object.values(asked.unit.dates), asked.failure.on].toSorted().at(-1)!;
        const { usage } = asked.failure;
        const plain = {
          ...asked,
          extensions: [],
          campaigns: [],
          unit: { ...asked.unit, replacements: [] },
          failure: { ...asked.failure, on: latestStart },
        };
        const worn = usage.hours === undefined ? usage : { hours: usage.hours + hours };
        const later = { ...plain.failure, on: dayAfter(latestStart, `P${days}D`), usage: worn };
        mark(expectNoLess({ ...plain, failure: later }, plain));
      }),
    );
  });

  it('what covers is covered on its last day and not the day after, at its limit and not one over [W1]', () => {
    assertOften((mark) =>
      fc.property(questions, (asked) => {
        for (const costClass of costClasses) {
          const { by, until, usageLeft, findings } = coverage(asked).classes[costClass];
          if (by === null) continue;
          mark(true);
          const at = findings.findIndex(({ source }) => source === by);
          const finding = (failure: Partial<Question['failure']>, asking = asked) =>
            coverage({ ...asking, failure: { ...asked.failure, ...failure } }).classes[costClass].findings[at]!;
          const { hours } = asked.failure.usage;
          if (usageLeft !== null && hours !== undefined) {
            expect(finding({ usage: { hours: hours + usageLeft } }).covers).toBe(true);
            expect(finding({ usage: { hours: hours + usageLeft + 1 } }).covers).toBe(false);
          }
          if (until === null) continue;
          // Only time goes on: nobody sells the unit, and what will be bought later is left out.
          const still = {
            ...asked,
            unit: { ...asked.unit, transfers: asked.unit.transfers.filter((one) => one <= asked.failure.on) },
            extensions: asked.extensions.filter((one) => one.boughtOn <= asked.failure.on),
          };
          const named = (on: string) =>
            coverage({ ...still, failure: { ...asked.failure, on } }).classes[costClass].findings.find(
              ({ source }) => JSON.stringify(source) === JSON.stringify(by),
            )!;
          expect(named(until).covers).toBe(true);
          expect(named(dayAfter(until, 'P1D')).covers).toBe(false);
        }
      }),
    );
  });

  it('the answer is plain JSON, as a context keeps it [W1]', () => {
    fc.assert(
      fc.property(questions, (asked) => {
        const answer = coverage(asked);
        expect(JSON.parse(JSON.stringify(answer))).toStrictEqual(answer);
      }),
      { numRuns: 50 },
    );
  });

  it('no share is more than the whole or, where covered, nothing [W1]', () => {
    fc.assert(
      fc.property(questions, (asked) => {
        for (const costClass of costClasses) {
          const { covered, share } = coverage(asked).classes[costClass];
          expect(share.part).toBeLessThanOrEqual(share.whole);
          expect(share.part > 0).toBe(covered);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a period of days', () => {
  it('ends when the same period of instants ends that begins at 00:00 [C2, W1]', () => {
    fc.assert(
      fc.property(day, countings, fc.constantFrom('P1M', 'P24M', 'P14D', 'P0M'), (first, counting, duration) => {
        const midnight = endOfDay(dayAfter(first, '-P1D'), counting.timeZone);
        const last = lastDay(first, duration, counting.periodEnd);
        expect(endOfDay(last, counting.timeZone)).toBe(periodEnd(midnight, duration, counting));
        expect(daysBetween(first, last)).toBeGreaterThanOrEqual(-1);
      }),
    );
  });
});
