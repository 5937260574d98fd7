import { describe, expect, it } from 'vitest';
import { InvalidWarranty } from '../../machines/warranty/check.ts';
import { checkNextOwner, datesAfterSale } from '../../machines/warranty/owners.ts';

describe('the next owner of a unit', () => {
  const today = '2027-06-01';

  it('has it from the day of the owner before or later, and the first from any day', () => {
    const owners = [{ since: '2026-05-20' }, { since: '2027-01-10' }];
    expect(() => checkNextOwner('body.on', '1999-12-31', [], today)).not.toThrow();
    expect(() => checkNextOwner('body.on', '2027-01-10', owners, today)).not.toThrow();
    expect(() => checkNextOwner('body.on', '2027-01-11', owners, today)).not.toThrow();
    const early = () => checkNextOwner('body.on', '2027-01-09', owners, today);
    expect(early).toThrow(InvalidWarranty);
    expect(early).toThrow('body.on is before the day of the owner before');
  });

  it('has it from today at the latest', () => {
    expect(() => checkNextOwner('body.on', today, [], today)).not.toThrow();
    expect(() => checkNextOwner('body.on', '2027-06-02', [], today)).toThrow('body.on has not come yet');
    expect(() => checkNextOwner('body.on', '1970-01-01', [], today)).not.toThrow();
    expect(() => checkNextOwner('body.on', '1969-12-31', [], today)).toThrow('body.on is before 1970-01-01');
  });
});

describe('a sale', () => {
  const sale = { on: '2026-05-20', registeredOn: '2026-06-01' };

  it('says the day of its registration, and of the purchase where a document shows it', () => {
    const shipment = { shipment: '2026-04-01' };
    expect(datesAfterSale(shipment, { ...sale, isProven: true })).toEqual({
      shipment: '2026-04-01',
      proofOfPurchase: '2026-05-20',
      registration: '2026-06-01',
    });
    expect(datesAfterSale(shipment, { ...sale, isProven: false })).toEqual({
      shipment: '2026-04-01',
      registration: '2026-06-01',
    });
  });

  it('moves no day that was known before', () => {
    const known = { proofOfPurchase: '2026-05-01', registration: '2026-05-02' };
    expect(datesAfterSale(known, { ...sale, isProven: true })).toEqual(known);
  });
});
