/**
 * The money of one account, receipt by receipt. Of every receipt `amount = applied + credit + refundDue`, always: money
 * is applied to an order, kept as credit for the next one, or owed back [C6].
 */
import { prorate, sum } from './money.ts';
import type { Minor } from './money.ts';

export interface Allocation {
  readonly orderId: string;
  readonly amount: Minor;
}

export interface Entry {
  readonly receiptId: string;
  /** The order that the payer named. */
  readonly orderId: string;
  readonly amount: Minor;
  readonly currency: string;
  readonly allocations: readonly Allocation[];
  readonly credit: Minor;
  readonly refundDue: Minor;
}

/** Receipts in the order in which they were taken. */
export type Ledger = readonly Entry[];

/** Credit of one receipt, offered to an order or taken by it. */
export interface Part {
  readonly receiptId: string;
  readonly amount: Minor;
}

/** A new receipt: all of it is credit until an order takes it. */
export function take(
  ledger: Ledger,
  receipt: { receiptId: string; orderId: string; amount: Minor; currency: string },
): Ledger {
  const { receiptId, orderId, amount, currency } = receipt;
  return [...ledger, { receiptId, orderId, amount, currency, allocations: [], credit: amount, refundDue: 0 }];
}

export function applied(entry: Entry): Minor {
  return sum(entry.allocations.map((one) => one.amount));
}

export function credit(ledger: Ledger, currency: string): Minor {
  return sum(ledger.filter((entry) => entry.currency === currency).map((entry) => entry.credit));
}

export function refundDue(ledger: Ledger): Minor {
  return sum(ledger.map((entry) => entry.refundDue));
}

/** The credit that an order in this currency may take, oldest first. */
export function offers(ledger: Ledger, currency: string): Part[] {
  return ledger
    .filter((entry) => entry.currency === currency && entry.credit > 0)
    .map((entry) => ({ receiptId: entry.receiptId, amount: entry.credit }));
}

/** What an order takes of the offers: never more than is outstanding. */
export function takeParts(offered: readonly Part[], outstanding: Minor): Part[] {
  const taken: Part[] = [];
  let left = outstanding;
  for (const part of offered) {
    const amount = Math.min(left, part.amount);
    if (amount > 0) taken.push({ receiptId: part.receiptId, amount });
    left -= amount;
  }
  return taken;
}

/** Moves the parts from credit to the order. */
export function allocate(ledger: Ledger, orderId: string, parts: readonly Part[]): Ledger {
  return ledger.map((entry) => {
    const amount = sum(parts.filter((part) => part.receiptId === entry.receiptId).map((part) => part.amount));
    if (amount === 0) return entry;
    return { ...entry, allocations: [...entry.allocations, { orderId, amount }], credit: entry.credit - amount };
  });
}

/** Gives what was applied to an order back to credit: the order is cancelled. */
export function release(ledger: Ledger, orderId: string): Ledger {
  return ledger.map((entry) => {
    const back = sum(entry.allocations.filter((one) => one.orderId === orderId).map((one) => one.amount));
    if (back === 0) return entry;
    const allocations = entry.allocations.filter((one) => one.orderId !== orderId);
    return { ...entry, allocations, credit: entry.credit + back };
  });
}

/** How much of an order goes back: the share `unused` of `whole`, in milliseconds or minor units. */
export interface Use {
  readonly orderId: string;
  readonly unused: number;
  readonly whole: number;
}

/**
 * The end of the account: credit, and what was applied to terms beyond their use, is owed back. Terms not named in
 * `uses` were not begun, so that all that was applied to them goes back.
 */
export function settle(ledger: Ledger, uses: readonly Use[]): Ledger {
  return ledger.map((entry) => {
    const kept = entry.allocations.flatMap((one): Allocation[] => {
      const use = uses.find((candidate) => candidate.orderId === one.orderId);
      const amount = use ? one.amount - prorate(one.amount, use.unused, use.whole) : 0;
      return amount > 0 ? [{ orderId: one.orderId, amount }] : [];
    });
    const keptAmount = sum(kept.map((one) => one.amount));
    return { ...entry, allocations: kept, credit: 0, refundDue: entry.amount - keptAmount };
  });
}
