import { describe, expect, it } from 'vitest';
import { prorate } from '../../machines/money.ts';
import { InvalidWarranty } from '../../machines/warranty/check.ts';
import { coverage } from '../../machines/warranty/coverage.ts';
import type { ClassCoverage, Coverage } from '../../machines/warranty/coverage.ts';
import type { Question } from '../../machines/warranty/question.ts';
import type { CostClass, StartRule } from '../../machines/warranty/policy.ts';
import { all, campaign, deadOnArrival, extension, failure, from, line, months } from './warranty.ts';
import { policy, question, replacement, shanghai, unit } from './warranty.ts';

type Given = Omit<Partial<Question>, 'failure'>;
const hours = (limit: number) => ({ usage: { unit: 'hours', limit } }) as const;
const starting = (rules: StartRule[], noLaterThan: StartRule[] = []) => [
  policy({ lines: [line({ start: { rules, noLaterThan } })] }),
];
const lines = (...given: Parameters<typeof line>[0][]) => [policy({ lines: given.map(line) })];
const lapsed = { dates: { receipt: '2020-01-10' } };

/** A word for what a class got: who covers, or the first reason why the only line does not. */
function told({ covered, by, findings, share }: ClassCoverage): string {
  if (!covered) return findings.flatMap((one) => one.reasons).find(({ speaks }) => speaks !== 'for')?.code ?? 'no line';
  const paid = share.part === share.whole ? '' : ` ${share.part}/${share.whole}`;
  return `${by!.id}${paid}`;
}

interface Case {
  readonly title: string;
  readonly given?: Given;
  readonly failures: readonly (readonly [
    on: string,
    expected: string,
    more?: Parameters<typeof failure>[1],
    costClass?: CostClass,
  ])[];
}

const cases: readonly Case[] = [
  {
    title: 'the first day is not counted and the last one is covered',
    failures: [
      ['2027-01-10', 'standard/unit'],
      ['2029-01-10', 'standard/unit'],
      ['2029-01-11', 'expired'],
    ],
  },
  {
    title: 'under sameInstant the first day is counted, so the last is a day earlier',
    given: { counting: { timeZone: 'Asia/Shanghai', periodEnd: 'sameInstant' } },
    failures: [
      ['2029-01-09', 'standard/unit'],
      ['2029-01-10', 'expired'],
    ],
  },
  {
    title: 'a month from 31 January ends on the last day of February',
    given: { unit: unit({ dates: { receipt: '2027-01-31' } }), policies: lines({ cover: all(months(1)) }) },
    failures: [
      ['2027-02-28', 'standard/unit'],
      ['2027-03-01', 'expired'],
    ],
  },
  {
    title: 'two months from 31 January end on 31 March: the anchor does not move',
    given: { unit: unit({ dates: { receipt: '2027-01-31' } }), policies: lines({ cover: all(months(2)) }) },
    failures: [
      ['2027-03-31', 'standard/unit'],
      ['2027-04-01', 'expired'],
    ],
  },
  {
    title: 'a year from 29 February ends on the 28th',
    given: { unit: unit({ dates: { receipt: '2028-02-29' } }), policies: lines({ cover: all(months(12)) }) },
    failures: [
      ['2029-02-28', 'standard/unit'],
      ['2029-03-01', 'expired'],
    ],
  },
  {
    title: 'four years from 29 February end on the 29th again, also when an extension brought the last of them',
    given: {
      unit: unit({ dates: { receipt: '2028-02-29' } }),
      policies: lines({ cover: all(months(36)) }),
      extensions: [extension({ boughtOn: '2029-01-01' })],
    },
    failures: [
      ['2032-02-29', 'standard/unit'],
      ['2032-03-01', 'expired'],
    ],
  },
  {
    title: 'no months is the first day only',
    given: { policies: lines({ cover: all(months(0)) }) },
    failures: [
      ['2027-01-10', 'standard/unit'],
      ['2027-01-11', 'expired'],
    ],
  },
  {
    title: 'a line without an end in time never expires',
    given: { policies: lines({ cover: all(months(null)) }) },
    failures: [['2099-12-31', 'standard/unit']],
  },
  {
    title: 'what fails before the fact from which cover counts is not covered',
    failures: [['2027-01-09', 'beforeStart']],
  },
  {
    title: 'each cost class has its own months',
    given: { policies: lines({ cover: { parts: months(24), labour: months(12) } }) },
    failures: [
      ['2028-06-01', 'standard/unit', {}, 'parts'],
      ['2028-06-01', 'expired', {}, 'labour'],
      ['2028-06-01', 'classNotCovered', {}, 'shipping'],
    ],
  },
  {
    title: 'usage is covered at the limit and not one over',
    given: { policies: lines({ cover: all(months(24, hours(2000))) }) },
    failures: [
      ['2028-01-10', 'standard/unit', { usage: { hours: 2000 } }],
      ['2028-01-10', 'usageExceeded', { usage: { hours: 2001 } }],
    ],
  },
  {
    title: 'usage in another unit says nothing about the limit',
    given: { policies: lines({ cover: all(months(24, hours(2000))) }) },
    failures: [
      ['2028-01-10', 'usageUnknown', { usage: { cycles: 5 } }],
      ['2028-01-10', 'usageUnknown'],
    ],
  },
  {
    title: 'whichever comes first ends it: months over, usage left',
    given: { policies: lines({ cover: all(months(24, hours(2000))) }) },
    failures: [['2029-01-11', 'expired', { usage: { hours: 1 } }]],
  },
  {
    title: 'the first known fact is counted from',
    given: {
      unit: unit({ dates: { shipment: '2026-12-01', proofOfPurchase: '2027-02-01' } }),
      policies: lines({ start: from('installation', 'proofOfPurchase', 'shipment') }),
    },
    failures: [
      ['2029-02-01', 'standard/unit'],
      ['2029-02-02', 'expired'],
    ],
  },
  {
    title: 'shipment and 90 days stand in for an unknown receipt, and what fails in between is covered',
    given: {
      unit: unit({ dates: { shipment: '2027-01-31' } }),
      policies: starting([
        { basis: 'receipt', plus: null },
        { basis: 'shipment', plus: 'P90D' },
      ]),
    },
    failures: [
      ['2027-01-30', 'beforeStart'],
      ['2027-02-15', 'standard/unit'],
      ['2029-05-01', 'standard/unit'],
      ['2029-05-02', 'expired'],
    ],
  },
  {
    title: 'a late installation counts no later than half a year after shipment',
    given: {
      unit: unit({ dates: { shipment: '2027-01-10', installation: '2027-12-01' } }),
      policies: starting([{ basis: 'installation', plus: null }], [{ basis: 'shipment', plus: 'P6M' }]),
    },
    failures: [
      ['2027-01-09', 'beforeStart'],
      ['2027-01-10', 'standard/unit'],
      ['2029-07-10', 'standard/unit'],
      ['2029-07-11', 'expired'],
    ],
  },
  {
    title: 'an early installation counts from its own day, and what failed before it is not covered',
    given: {
      unit: unit({ dates: { shipment: '2027-01-10', installation: '2027-02-01' } }),
      policies: starting([{ basis: 'installation', plus: null }], [{ basis: 'shipment', plus: 'P6M' }]),
    },
    failures: [
      ['2027-01-31', 'beforeStart'],
      ['2029-02-01', 'standard/unit'],
      ['2029-02-02', 'expired'],
    ],
  },
  {
    title: 'an unknown installation counts from the latest day that it may count from',
    given: {
      unit: unit({ dates: { shipment: '2027-01-10' } }),
      policies: starting([{ basis: 'installation', plus: null }], [{ basis: 'shipment', plus: 'P6M' }]),
    },
    failures: [
      ['2029-07-10', 'standard/unit'],
      ['2029-07-11', 'expired'],
    ],
  },
  {
    title: 'without any known fact the line is open, not refused',
    given: { unit: unit({ dates: { shipment: '2027-01-10' } }), policies: lines({ start: from('registration') }) },
    failures: [['2027-02-10', 'startUnknown']],
  },
  {
    title: 'a line of an assembly covers what is in it, and not the rest',
    given: { policies: lines({ id: 'drive', components: ['motor'] }) },
    failures: [
      ['2027-02-10', 'standard/drive', { component: 'bearing' }],
      ['2027-02-10', 'standard/drive', { component: 'motor' }],
      ['2027-02-10', 'otherComponent', { component: 'hose' }],
    ],
  },
  {
    title: 'a line of a part does not cover its assembly',
    given: { policies: lines({ components: ['bearing'] }) },
    failures: [['2027-02-10', 'otherComponent', { component: 'motor' }]],
  },
  {
    title: 'a component is left out of the unit with all that is in it',
    given: { policies: lines({ except: ['motor'] }) },
    failures: [
      ['2027-02-10', 'otherComponent', { component: 'bearing' }],
      ['2027-02-10', 'standard/unit', { component: 'battery' }],
    ],
  },
  {
    title: 'a component with a shorter line of its own ends there although the unit’s goes on',
    given: {
      policies: lines({ except: ['battery'] }, { id: 'battery', components: ['battery'], cover: all(months(6)) }),
    },
    failures: [
      ['2027-07-10', 'standard/battery', { component: 'battery' }],
      ['2027-07-11', 'expired', { component: 'battery' }],
    ],
  },
  {
    title: 'an unknown component is covered by a line for all',
    failures: [['2027-02-10', 'standard/unit', { component: null }]],
  },
  {
    title: 'an unknown component is open for a line for some',
    given: { policies: lines({ components: ['motor'] }) },
    failures: [['2027-02-10', 'componentUnknown', { component: null }]],
  },
  {
    title: 'an unknown component is open for a line that leaves some out',
    given: { policies: lines({ except: ['battery'] }) },
    failures: [['2027-02-10', 'componentUnknown', { component: null }]],
  },
  {
    title: 'an unknown cause is covered by a line that leaves out none',
    given: { policies: lines({ excludes: [] }) },
    failures: [['2027-02-10', 'standard/unit', { cause: 'unknown' }]],
  },
  {
    title: 'of two lines in full the one that ends last covers, and one without an end ends last',
    given: {
      policies: lines(
        { id: 'a', cover: { parts: months(12), labour: months(12) } },
        { id: 'b', cover: { parts: months(24), labour: months(24) } },
        { id: 'c', cover: { parts: months(18), labour: months(null) } },
      ),
    },
    failures: [
      ['2027-02-10', 'standard/b', {}, 'parts'],
      ['2027-02-10', 'standard/c', {}, 'labour'],
    ],
  },
  {
    title: 'of two lines that end together the one that leaves more usage covers',
    given: {
      policies: lines(
        { id: 'a', cover: { parts: months(24, hours(1000)), labour: months(24, hours(1000)) } },
        { id: 'b', cover: { parts: months(24, hours(2000)), labour: months(24) } },
        { id: 'c', cover: { parts: months(24, hours(1500)) } },
      ),
    },
    failures: [
      ['2027-02-10', 'standard/b', { usage: { hours: 10 } }, 'parts'],
      ['2027-02-10', 'standard/b', { usage: { hours: 10 } }, 'labour'],
    ],
  },
  {
    title: 'a cause that the line leaves out is not covered, another is',
    failures: [
      ['2027-02-10', 'causeExcluded', { cause: 'misuse' }],
      ['2027-02-10', 'causeExcluded', { cause: 'unauthorisedRepair' }],
      ['2027-02-10', 'standard/unit', { cause: 'wear' }],
      ['2027-02-10', 'causeUnknown', { cause: 'unknown' }],
    ],
  },
  {
    title: 'a second policy covers the accident that the first leaves out',
    given: {
      policies: [policy(), policy({ id: 'care', lines: [line({ excludes: ['misuse'], cover: all(months(12)) })] })],
    },
    failures: [
      ['2027-02-10', 'care/unit', { cause: 'accident' }],
      ['2027-02-10', 'standard/unit', { cause: 'defect' }],
    ],
  },
  {
    title: 'a line that is not transferable ends with the first change of owner',
    given: { unit: unit({ transfers: ['2028-01-10'] }), policies: lines({ transfers: 0 }) },
    failures: [
      ['2028-01-09', 'standard/unit'],
      ['2028-01-10', 'transferred'],
    ],
  },
  {
    title: 'a line that survives one change of owner ends with the second',
    given: { unit: unit({ transfers: ['2028-06-01', '2027-06-01'] }), policies: lines({ transfers: 1 }) },
    failures: [
      ['2028-05-31', 'standard/unit'],
      ['2028-06-01', 'transferred'],
    ],
  },
  {
    title: 'a policy for other models, or not in force when cover starts, does not count',
    given: { policies: [policy({ models: ['press-300'] })] },
    failures: [['2027-02-10', 'otherModel']],
  },
  {
    title: 'a policy is in force on its last day',
    given: { policies: [policy({ inForce: { from: '2027-01-10', until: '2027-01-10' } })] },
    failures: [['2027-02-10', 'standard/unit']],
  },
  {
    title: 'a policy that ended the day before is not',
    given: { policies: [policy({ inForce: { from: null, until: '2027-01-09' } })] },
    failures: [['2027-02-10', 'notInForce']],
  },
  {
    title: 'an extension on top moves the end of the line',
    given: { extensions: [extension()] },
    failures: [
      ['2030-01-10', 'standard/unit'],
      ['2030-01-11', 'expired'],
    ],
  },
  {
    title: 'two extensions add up, each from its own purchase on',
    given: {
      extensions: [extension({ boughtOn: '2029-01-10' }), extension({ id: 'late', boughtOn: '2030-06-01' })],
    },
    failures: [
      ['2030-01-10', 'standard/unit'],
      ['2030-05-31', 'boughtLater'],
      ['2030-06-01', 'standard/unit'],
      ['2031-01-10', 'standard/unit'],
      ['2031-01-11', 'expired'],
    ],
  },
  {
    title: 'an extension does not cover what failed before it was bought',
    given: { extensions: [extension({ boughtOn: '2029-03-02' })] },
    failures: [
      ['2029-03-01', 'boughtLater'],
      ['2029-03-02', 'standard/unit'],
    ],
  },
  {
    title: 'an extension for labour does not extend parts',
    given: { extensions: [extension({ classes: ['labour'] })] },
    failures: [
      ['2029-06-01', 'standard/unit', {}, 'labour'],
      ['2029-06-01', 'expired', {}, 'parts'],
    ],
  },
  {
    title: 'an extension of usage only moves the limit and not the end',
    given: {
      policies: lines({ cover: all(months(24, hours(2000))) }),
      extensions: [extension({ months: 0, usage: 500 })],
    },
    failures: [
      ['2028-01-10', 'standard/unit', { usage: { hours: 2500 } }],
      ['2028-01-10', 'usageExceeded', { usage: { hours: 2501 } }],
      ['2029-01-11', 'expired', { usage: { hours: 1 } }],
    ],
  },
  {
    title: 'an extension that counts from its purchase has its own months and its own usage',
    given: {
      policies: lines({ cover: all(months(12, hours(1000))) }),
      extensions: [
        extension({
          counts: 'fromPurchase',
          boughtOn: '2028-03-31',
          months: 6,
          usage: 300,
          usageAtPurchase: { hours: 1200 },
        }),
      ],
    },
    failures: [
      ['2028-03-30', 'boughtLater', { usage: { hours: 10 } }],
      ['2028-09-30', 'plus', { usage: { hours: 1500 } }],
      ['2028-09-30', 'usageExceeded', { usage: { hours: 1501 } }],
      ['2028-10-01', 'expired', { usage: { hours: 1500 } }],
    ],
  },
  {
    title: 'an extension of a policy for other models covers nothing',
    given: {
      policies: [policy({ models: ['press-300'] })],
      extensions: [extension({ counts: 'fromPurchase', boughtOn: '2027-01-20' })],
    },
    failures: [['2027-02-01', 'otherModel']],
  },
  {
    title: 'an extension that is not transferable is lost with its buyer, and the line stays',
    given: { unit: unit({ transfers: ['2028-05-01'] }), extensions: [extension({ transfers: 0 })] },
    failures: [
      ['2029-01-10', 'standard/unit'],
      ['2029-01-11', 'transferred'],
    ],
  },
  {
    title: 'a transfer before the purchase of an extension does not count against it',
    given: { unit: unit({ transfers: ['2027-01-20'] }), extensions: [extension({ transfers: 0 })] },
    failures: [['2029-06-01', 'standard/unit']],
  },
  {
    title: 'a recall covers a serial number of its range however old the unit is, and only the component',
    given: { unit: unit(lapsed), policies: [], campaigns: [campaign()] },
    failures: [
      ['2028-12-31', 'beforeStart', { component: 'hose' }],
      ['2029-01-01', 'recall-7', { component: 'hose', usage: { hours: 99_999 } }],
      ['2030-12-31', 'recall-7', { component: 'hose' }],
      ['2031-01-01', 'expired', { component: 'hose' }],
      ['2029-06-01', 'otherComponent'],
    ],
  },
  {
    title: 'a recall takes no serial number of another length, though as text it lies in the range',
    given: { policies: [], unit: unit({ serial: 'P01505' }), campaigns: [campaign({ components: 'all' })] },
    failures: [['2029-06-01', 'otherUnit']],
  },
  {
    title: 'the first serial number of a range is in it',
    given: { policies: [], unit: unit({ serial: 'P0100' }), campaigns: [campaign({ components: 'all' })] },
    failures: [['2029-06-01', 'recall-7']],
  },
  {
    title: 'the last serial number of a range is in it',
    given: { policies: [], unit: unit({ serial: 'P0199' }), campaigns: [campaign({ components: 'all' })] },
    failures: [['2029-06-01', 'recall-7']],
  },
  {
    title: 'a recall by batch takes the batch',
    given: { policies: [], campaigns: [campaign({ components: 'all', serials: [], batches: ['B7'] })] },
    failures: [['2029-06-01', 'recall-7']],
  },
  {
    title: 'a recall covers misuse that every policy leaves out, unless it leaves it out itself',
    given: { campaigns: [campaign({ components: 'all', excludes: ['accident'] })] },
    failures: [
      ['2029-01-10', 'recall-7', { cause: 'misuse' }],
      ['2029-01-10', 'causeExcluded', { cause: 'accident' }],
    ],
  },
  {
    title: 'a replaced component has its own months where they are longer than the rest',
    given: { unit: unit({ replacements: [replacement()] }) },
    failures: [
      ['2029-01-10', 'repair-1', {}, 'parts'],
      ['2029-06-01', 'repair-1', {}, 'parts'],
      ['2029-06-02', 'expired', {}, 'parts'],
      ['2029-03-01', 'repair-1', { component: 'bearing' }, 'labour'],
      ['2029-03-02', 'expired', {}, 'labour'],
      ['2029-02-01', 'expired', { component: 'hose' }, 'parts'],
    ],
  },
  {
    title: 'a replaced component keeps the rest of the unit’s cover where that is longer',
    given: { unit: unit({ replacements: [replacement({ on: '2027-03-01' })] }) },
    failures: [
      ['2027-04-01', 'standard/unit'],
      ['2029-01-10', 'standard/unit'],
    ],
  },
  {
    title: 'the usage limit of a replaced component counts from its replacement',
    given: {
      policies: [],
      unit: unit({ replacements: [replacement({ usage: { hours: 3000 }, cover: all(months(6, hours(500))) })] }),
    },
    failures: [
      ['2029-01-10', 'repair-1', { usage: { hours: 3500 } }],
      ['2029-01-10', 'usageExceeded', { usage: { hours: 3501 } }],
    ],
  },
  {
    title: 'without the reading at the replacement the limit stays open',
    given: {
      policies: [],
      unit: unit({ replacements: [replacement({ cover: all(months(6, hours(500))) })] }),
    },
    failures: [['2029-01-10', 'usageUnknown', { usage: { hours: 3500 } }]],
  },
  {
    title: 'pro rata by month pays in full at first, then a share for each month begun, and nothing after the end',
    given: { policies: lines({ cover: all(months(24, { proRata: { fullMonths: 12, per: 'month' } })) }) },
    failures: [
      ['2028-01-10', 'standard/unit'],
      ['2028-02-10', 'standard/unit'],
      ['2028-02-11', 'standard/unit 11/12'],
      ['2029-01-10', 'standard/unit 1/12'],
      ['2029-01-11', 'expired'],
    ],
  },
  {
    title: 'pro rata by day pays a share for each day that is left, the day of the failure among them',
    given: { policies: lines({ cover: all(months(24, { proRata: { fullMonths: 12, per: 'day' } })) }) },
    failures: [
      ['2028-01-11', 'standard/unit'],
      ['2028-01-12', 'standard/unit 365/366'],
      ['2029-01-10', 'standard/unit 1/366'],
    ],
  },
  {
    title: 'a line that pays in full is taken before one that pays in part and ends later',
    given: {
      policies: [
        ...lines({ cover: all(months(60, { proRata: { fullMonths: 0, per: 'month' } })) }),
        policy({ id: 'care', lines: [line({ cover: all(months(12)) })] }),
      ],
    },
    failures: [
      ['2028-01-10', 'care/unit'],
      ['2028-01-11', 'standard/unit 48/60'],
    ],
  },
];

describe('coverage', () => {
  it.each(cases.map((one) => [one.title, one] as const))('%s [W1]', (_title, { given, failures }) => {
    for (const [on, expected, more, costClass = 'parts'] of failures) {
      const answer = coverage(question({ ...given, failure: failure(on, more) }));
      expect(told(answer.classes[costClass]), `${on} ${costClass} ${JSON.stringify(more ?? {})}`).toBe(expected);
    }
  });

  it('says when cover ends, in the agreement’s time zone, and what usage is left [W1]', () => {
    const policies = lines({ cover: all(months(24, hours(2000))) });
    const given = { policies, failure: failure('2028-01-10', { usage: { hours: 1200 } }) };
    const { parts } = coverage(question(given)).classes;
    expect(parts).toMatchObject({ covered: true, until: '2029-01-10', usageLeft: 800 });
    expect(parts.endsAt).toBe('2029-01-10T16:00:00.000Z');
    const over = coverage(question({ policies, failure: failure('2028-01-10', { usage: { hours: 2500 } }) }));
    expect(over.classes.parts.findings[0]!.usageLeft).toBe(0);
    const berlin = coverage(question({ ...given, counting: { ...shanghai, timeZone: 'Europe/Berlin' } }));
    expect(berlin.classes.parts.endsAt).toBe('2029-01-10T23:00:00.000Z');
  });

  it('gives what speaks for and against every line, in order of kind and name [W1]', () => {
    const { parts } = coverage(
      question({
        campaigns: [campaign()],
        extensions: [extension({ boughtOn: '2029-03-01' })],
        failure: failure('2029-02-01', { cause: 'accident' }),
      }),
    ).classes;
    const seen = parts.findings.map(({ source, until, reasons }) => [
      source.kind,
      source.id,
      until,
      reasons.map(({ code }) => code),
    ]);
    expect(seen).toEqual([
      ['campaign', 'recall-7', '2030-12-31', ['campaign', 'otherComponent', 'withinTerm', 'unlimitedUsage']],
      ['extension', 'plus', '2030-01-10', ['boughtLater', 'causeExcluded', 'withinTerm', 'unlimitedUsage']],
      ['policyLine', 'standard/unit', '2029-01-10', ['causeExcluded', 'expired', 'unlimitedUsage']],
    ]);
    expect(parts).toMatchObject({ covered: false, share: { part: 0, whole: 1 }, by: null, until: null, needs: [] });
  });

  it('names the extensions that made a line longer [W1]', () => {
    const extensions = [extension({ id: 'b' }), extension({ id: 'a' }), extension({ id: 'c', boughtOn: '2031-01-01' })];
    const { parts } = coverage(question({ extensions, failure: failure('2030-06-01') })).classes;
    const finding = parts.findings.find(({ covers }) => covers)!;
    expect([finding.extensions, finding.until]).toEqual([['a', 'b'], '2031-01-10']);
    expect(finding.reasons.map(({ code }) => code)).toContain('extended');
  });

  it('asks for the facts that could still bring cover, and for none where all is covered or lost [W1, W2]', () => {
    const policies = lines({ start: from('installation'), cover: all(months(24, hours(2000))) });
    const asked = (on: string, more: Given & { cause?: 'unknown' | 'misuse' } = {}) =>
      coverage(question({ policies, ...more, failure: failure(on, { cause: more.cause ?? 'defect' }) })).classes.parts
        .needs;
    expect(asked('2027-02-01')).toEqual(['startUnknown', 'usageUnknown']);
    expect(asked('2027-02-01', { cause: 'unknown' })).toEqual(['causeUnknown', 'startUnknown', 'usageUnknown']);
    expect(asked('2027-02-01', { cause: 'misuse' })).toEqual([]);
    expect(asked('2027-02-01', { policies: [...policies, policy({ id: 'care' })] })).toEqual([]);
  });

  it('asks on where only a part is paid and another line may pay all [W1]', () => {
    const part = line({ cover: all(months(24, { proRata: { fullMonths: 0, per: 'month' } })) });
    const whole = line({ id: 'care', cover: all(months(24, hours(10))) });
    const { parts } = coverage(
      question({ policies: [policy({ lines: [part, whole] })], failure: failure('2027-06-01') }),
    ).classes;
    expect([parts.covered, parts.needs]).toEqual([true, ['usageUnknown']]);
  });

  it('pays a share that money can be pro-rated by, exactly [W1]', () => {
    const policies = lines({ cover: all(months(24, { proRata: { fullMonths: 12, per: 'month' } })) });
    const { share } = coverage(question({ policies, failure: failure('2028-02-11') })).classes.parts;
    expect(prorate(10_000, share.part, share.whole)).toBe(9_166);
  });

  it('has no number of its own: with no policy nothing is covered [W1]', () => {
    const { classes, deadOnArrival } = coverage(question({ policies: [], failure: failure('2027-01-10') }));
    expect(Object.values(classes).map(({ covered, findings }) => [covered, findings])).toEqual(
      Array.from({ length: 3 }, () => [false, []]),
    );
    expect(deadOnArrival).toBe(false);
  });
});

describe('dead on arrival', () => {
  const policies = [policy({ lines: [], deadOnArrival: deadOnArrival() })];
  const dead = (on: string, more: Parameters<typeof failure>[1] = {}, given: Given = {}): Coverage =>
    coverage(question({ policies, ...given, failure: failure(on, more) }));

  it('covers everything within its days, to the last of them [W1]', () => {
    expect(dead('2027-01-24', { component: null })).toMatchObject({
      deadOnArrival: true,
      classes: { parts: { covered: true, until: '2027-01-24', by: { kind: 'deadOnArrival', id: 'standard' } } },
    });
    expect(dead('2027-01-25')).toMatchObject({ deadOnArrival: false, classes: { parts: { covered: false } } });
  });

  it('is said also where a line covers longer, and not for what the customer did [W1]', () => {
    const both = { policies: [policy({ deadOnArrival: deadOnArrival() })] };
    expect(dead('2027-01-11', {}, both)).toMatchObject({
      deadOnArrival: true,
      classes: { labour: { by: { kind: 'policyLine' } } },
    });
    expect(dead('2027-01-11', { cause: 'misuse' }, both).deadOnArrival).toBe(false);
  });

  it('waits for the day that it counts from, and can be lost with the first owner [W1]', () => {
    expect(dead('2027-01-11', {}, { unit: unit({ dates: {} }) }).classes.parts.needs).toEqual(['startUnknown']);
    const own = [policy({ lines: [], deadOnArrival: deadOnArrival({ transfers: 0 }) })];
    expect(dead('2027-01-11', {}, { policies: own, unit: unit({ transfers: ['2027-01-11'] }) }).deadOnArrival).toBe(
      false,
    );
  });
});

describe('data that cannot be meant', () => {
  const ill = (given: Partial<Question>) => {
    try {
      coverage(question({ failure: failure('2027-02-01'), ...given }));
      return 'accepted';
    } catch (error) {
      if (!(error instanceof InvalidWarranty)) throw error;
      return error.path;
    }
  };
  const model = (...components: [string, string | null][]) =>
    unit({ model: { id: 'press-200', components: components.map(([id, partOf]) => ({ id, partOf })) } });
  const term = (cover: Parameters<typeof months>[1], count: number | null = 24) =>
    lines({ cover: { parts: months(count, cover) } });

  it.each<[string, Partial<Question>]>([
    ['failure.on', { failure: failure('2027-02-30') }],
    ['failure.component', { failure: failure('2027-02-01', { component: 'wheel' }) }],
    ['failure.usage.hours', { failure: failure('2027-02-01', { usage: { hours: -1 } }) }],
    ['unit.dates.receipt', { unit: unit({ dates: { receipt: '10.01.2027' } }) }],
    ['unit.transfers[1]', { unit: unit({ transfers: ['2027-02-01', '2027-2-1'] }) }],
    ['unit.model.components', { unit: model(['motor', null], ['motor', null]) }],
    ['unit.model.components[0].partOf', { unit: model(['motor', 'drive']) }],
    ['unit.model.components[1].partOf', { unit: model(['motor', null], ['a', 'b'], ['b', 'a']) }],
    ['unit.replacements[0].component', { unit: unit({ replacements: [replacement({ component: 'wheel' })] }) }],
    ['policies', { policies: [policy(), policy()] }],
    ['policies[0].lines', { policies: lines({}, {}) }],
    ['policies[0].inForce', { policies: [policy({ inForce: { from: '2027-02-01', until: '2027-01-31' } })] }],
    ['policies[0].lines[0].start.rules', { policies: starting([]) }],
    ['policies[0].lines[0].start', { policies: starting([{ basis: 'receipt', plus: 'PT5H' }]) }],
    ['policies[0].lines[0].transfers', { policies: lines({ transfers: -1 }) }],
    ['policies[0].lines[0].cover.parts.months', { policies: term({}, 1.5) }],
    ['policies[0].lines[0].cover.parts.usage.limit', { policies: term(hours(Number.NaN)) }],
    ['policies[0].lines[0].cover.parts.proRata', { policies: term({ proRata: { fullMonths: 1, per: 'day' } }, null) }],
    ['policies[0].deadOnArrival.days', { policies: [policy({ deadOnArrival: deadOnArrival({ days: -1 }) })] }],
    ['extensions[0].policy', { extensions: [extension({ policy: 'none' })] }],
    ['extensions[0].lines[0]', { extensions: [extension({ lines: ['none'] })] }],
    ['extensions', { extensions: [extension(), extension()] }],
    ['campaigns[0].serials[0]', { campaigns: [campaign({ serials: [{ from: 'P99', to: 'P100' }] })] }],
    ['campaigns[0].validUntil', { campaigns: [campaign({ validUntil: '2028-12-31' })] }],
  ])('is refused with its place: %s [W1]', (path, given) => {
    expect(ill(given)).toBe(path);
  });
});
