import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { InvalidTerm, resolveTerms, termOverrides, termTable } from '../../machines/terms.ts';

describe('the terms', () => {
  it('have a default that their own schema takes, a clause and a description', () => {
    for (const [name, term] of Object.entries(termTable)) {
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
  ])('refuse %s = %j and name it', (name, value) => {
    const resolving = () => resolveTerms({ [name]: value });
    expect(resolving).toThrow(InvalidTerm);
    expect(resolving).toThrow(expect.objectContaining({ term: name }));
  });

  it('given to one contract are not touched by what another one does with its own', () => {
    const mine = resolveTerms();
    (mine.payingRoles as string[]).push('customer');
    expect(resolveTerms().payingRoles).toEqual(['manufacturer', 'serviceCenter']);
  });
});
