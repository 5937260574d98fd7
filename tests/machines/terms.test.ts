import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { levelOf } from '../../machines/service-terms.ts';
import { InvalidTerm } from '../../machines/term.ts';
import { allTerms, resolveAllTerms, resolveServiceTerms, resolveTerms, termOverrides } from '../../machines/terms.ts';

describe('the terms', () => {
  it('have a default that their own schema takes, a clause and a description', () => {
    for (const [name, term] of Object.entries(allTerms)) {
      expect(Value.Check(term.schema, term.default), name).toBe(true);
      expect(term.clause).toMatch(/^[A-Z]\d$/);
      expect(term.description.length).toBeGreaterThan(10);
    }
  });

  it('default to what the agreement says [C2, C5, R1]', () => {
    expect(resolveTerms()).toEqual({
      payingRoles: ['manufacturer', 'serviceCenter'],
      timeZone: 'Asia/Shanghai',
      termAnchor: 'activation',
      periodEnd: 'endOfDay',
      billingPeriod: 'P1Y',
      renewalNotice: 'P90D',
      overduePeriod: 'P7D',
      warningStands: 'P7D',
      noticeStands: 'P30D',
      registrationDue: 'P14D',
      upgradeDue: 'P14D',
      registrationLapse: 'P30D',
      shortfallTolerance: 0,
      windDown: 'P14D',
      refundUnusedTerm: false,
    });
  });

  it('take overrides one by one and leave the others', () => {
    const terms = resolveTerms({ overduePeriod: 'PT5S', payingRoles: ['customer'] });
    expect(terms).toEqual({ ...resolveTerms(), overduePeriod: 'PT5S', payingRoles: ['customer'] });
    expect(Value.Check(termOverrides, { overduePeriod: 'PT5S', payingRoles: ['customer'] })).toBe(true);
  });

  it.each([
    ['overdue', 'P7D'],
    ['constructor', 'P7D'],
    ['overduePeriod', '7 days'],
    ['overduePeriod', 'P0D'],
    ['overduePeriod', 'P'],
    ['overduePeriod', 'PT'],
    ['overduePeriod', 7],
    ['timeZone', 'Asia/Nowhere'],
    ['termAnchor', 'payment'],
    ['payingRoles', ['industrialResource']],
    ['payingRoles', ['customer', 'customer']],
    ['shortfallTolerance', -1],
    ['shortfallTolerance', 0.5],
    ['refundUnusedTerm', 'yes'],
    ['informationDue', 'P0D'],
    ['goodwillLimit', { amount: -1, currency: 'CNY' }],
    ['goodwillLimit', { amount: 50_000 }],
    ['automaticOutcomes', ['goodwill']],
    ['claimDecision', { target: 'P0D', reminders: [], escalations: [], pauses: [] }],
    ['claimDecision', { target: 'P5D', reminders: ['PT4H'], escalations: [], pauses: [] }],
    ['businessCalendar', { name: 'x', version: 1, timeZone: 'Asia/Nowhere', week: {}, years: {} }],
  ])('refuse %s = %j and name it', (name, value) => {
    const resolving = () => resolveAllTerms({ [name]: value });
    expect(resolving).toThrow(InvalidTerm);
    expect(resolving).toThrow(expect.objectContaining({ term: name }));
  });

  it('of claims and repairs stand in the same agreement, and a subscription does not carry them', () => {
    expect(resolveTerms({ informationDue: 'P3D' })).toEqual(resolveTerms());
    expect(resolveServiceTerms({ informationDue: 'P3D', windDown: 'P1D' }).informationDue).toBe('P3D');
    expect(() => resolveServiceTerms({ overdue: 'P7D' })).toThrow(InvalidTerm);
  });

  it('make a service level with the calendar of the years that it can need [W5]', () => {
    const level = levelOf('claimDecision', resolveServiceTerms(), '2027-03-01T02:00:00.000Z');
    expect(level).toMatchObject({ name: 'claimDecision', target: 'P5D', calendar: { timeZone: 'Asia/Shanghai' } });
    const years = Object.keys(level.calendar.years);
    expect([years.at(0), years.at(-1)]).toEqual(['2026', '2037']);
  });

  it('given to one contract are not touched by what another one does with its own', () => {
    const mine = resolveTerms();
    (mine.payingRoles as string[]).push('customer');
    expect(resolveTerms().payingRoles).toEqual(['manufacturer', 'serviceCenter']);
  });
});
