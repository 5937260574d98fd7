import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReference, makeReference, parseReference, printedReference } from '../../machines/reference.ts';

const bytes = fc.uint8Array({ minLength: 12, maxLength: 12 });
const reference = makeReference(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));

describe('a payment reference', () => {
  it('is a creditor reference as ISO 11649 defines it [C3]', () => {
    // The example by which the standard is usually explained.
    expect(parseReference('RF18 0000 5390 0754 7034')).toBe('RF180000539007547034');
    expect(reference).toMatch(/^RF\d{18}$/);
    expect(isReference(reference)).toBe(true);
    expect(() => makeReference(new Uint8Array(11))).toThrow(RangeError);
  });

  it('is found in what a payer writes around it, spaced or hyphenated [C6]', () => {
    fc.assert(
      fc.property(bytes, (random) => {
        const made = makeReference(random);
        const printed = printedReference(made);
        expect(parseReference(`Invoice for ${printed.toLowerCase()}, thank you`)).toBe(made);
        expect(parseReference(`/REF/${printed.replaceAll(' ', '-')}//`)).toBe(made);
        expect(parseReference(made)).toBe(made);
      }),
    );
  });

  it('is not mistaken when one character is wrong or two are swapped [C6]', () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 2, max: 19 }), fc.nat(9).map(String), (random, at, other) => {
        const made = makeReference(random);
        const wrong = made.slice(0, at) + other + made.slice(at + 1);
        expect(parseReference(wrong)).toBe(wrong === made ? made : null);
        const swapped = made.slice(0, at) + (made[at + 1] ?? '') + (made[at] ?? '') + made.slice(at + 2);
        if (swapped !== made && swapped.length === made.length) expect(isReference(swapped)).toBe(false);
      }),
    );
  });

  it('is none where nothing, something else, or two different ones are written [C6]', () => {
    const other = makeReference(new Uint8Array(12).fill(7));
    expect(parseReference('')).toBeNull();
    expect(parseReference('RF12 no reference here')).toBeNull();
    expect(parseReference(`${reference} and ${other}`)).toBeNull();
    expect(parseReference(`${reference} and again ${reference}`)).toBe(reference);
  });
});
