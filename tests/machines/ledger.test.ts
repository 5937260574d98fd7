import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allocate,
  applied,
  credit,
  offers,
  refundDue,
  release,
  settle,
  take,
  takeParts,
} from '../../machines/ledger.ts';
import type { Ledger } from '../../machines/ledger.ts';
import { minor, prorate, sum, times } from '../../machines/money.ts';

const receive = (ledger: Ledger, receiptId: string, amount: number, currency = 'CNY') =>
  take(ledger, { receiptId, orderId: 'o1', amount, currency });

describe('the ledger', () => {
  it('keeps a receipt as credit until an order takes it [C6]', () => {
    const ledger = receive(receive([], 'r1', 300), 'r2', 500);
    expect(credit(ledger, 'CNY')).toBe(800);
    const taken = takeParts(offers(ledger, 'CNY'), 600);
    expect(taken).toEqual([
      { receiptId: 'r1', amount: 300 },
      { receiptId: 'r2', amount: 300 },
    ]);
    const after = allocate(ledger, 'o1', taken);
    expect(credit(after, 'CNY')).toBe(200);
    expect(after.map(applied)).toEqual([300, 300]);
  });

  it('offers an order credit in its own currency only [C6]', () => {
    const ledger = receive(receive([], 'r1', 300, 'USD'), 'r2', 500);
    expect(offers(ledger, 'CNY')).toEqual([{ receiptId: 'r2', amount: 500 }]);
  });

  it('gives what was applied to a cancelled order back to credit [C6]', () => {
    const paid = allocate(receive([], 'r1', 300), 'o1', [{ receiptId: 'r1', amount: 250 }]);
    expect(credit(release(paid, 'o1'), 'CNY')).toBe(300);
    expect(release(paid, 'o2')).toEqual(paid);
  });

  it('owes back at the end what no begun term used [A5, C6]', () => {
    let ledger = receive([], 'r1', 1_000);
    ledger = allocate(ledger, 'begun', [{ receiptId: 'r1', amount: 400 }]);
    ledger = allocate(ledger, 'notBegun', [{ receiptId: 'r1', amount: 350 }]);
    const settled = settle(ledger, [{ orderId: 'begun', unused: 0, whole: 365 }]);
    expect(refundDue(settled)).toBe(600);
    expect(settled.map(applied)).toEqual([400]);
    expect(refundDue(settle(ledger, [{ orderId: 'begun', unused: 100, whole: 365 }]))).toBe(600 + 109);
  });

  it('conserves money whatever is taken, applied, released and settled [C6]', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('receive' as const), amount: fc.integer({ min: 1, max: 1e12 }) }),
      fc.record({ kind: fc.constant('order' as const), order: fc.nat(3), outstanding: fc.nat(1e12) }),
      fc.record({ kind: fc.constant('cancel' as const), order: fc.nat(3) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.nat(3), fc.nat(1000), (steps, begun, unused) => {
        let ledger: Ledger = [];
        let received = 0;
        for (const [index, one] of steps.entries()) {
          if (one.kind === 'receive') {
            ledger = receive(ledger, `r${index}`, one.amount);
            received += one.amount;
          } else if (one.kind === 'order') {
            const parts = takeParts(offers(ledger, 'CNY'), one.outstanding);
            expect(sum(parts.map((part) => part.amount))).toBe(Math.min(one.outstanding, credit(ledger, 'CNY')));
            ledger = allocate(ledger, `o${one.order}`, parts);
          } else ledger = release(ledger, `o${one.order}`);
        }
        const total = (entries: Ledger) => sum(entries.map((one) => applied(one) + one.credit + one.refundDue));
        expect(total(ledger)).toBe(received);
        const settled = settle(ledger, [{ orderId: `o${begun}`, unused, whole: 1000 }]);
        expect(total(settled)).toBe(received);
        expect(credit(settled, 'CNY')).toBe(0);
        for (const entry of settled) expect(entry.refundDue).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('money', () => {
  it('is whole minor units, zero or more', () => {
    expect(minor(0)).toBe(0);
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53]) expect(() => minor(wrong)).toThrow(RangeError);
    expect(() => times(Number.MAX_SAFE_INTEGER, 2)).toThrow(RangeError);
    expect(times(99, 3)).toBe(297);
  });

  it('is prorated exactly, rounded down, for any size', () => {
    expect(prorate(100, 1, 3)).toBe(33);
    expect(prorate(9_007_199_254_740_991, 31_535_999_999, 31_536_000_000)).toBe(9_007_199_254_455_374);
    expect([prorate(100, 0, 3), prorate(100, 3, 3), prorate(100, 5, 3), prorate(100, 1, 0)]).toEqual([0, 100, 100, 0]);
  });
});
