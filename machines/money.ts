/** Money is an integer of minor units (fen, cents) beside an ISO 4217 code; nothing here knows decimals. */

/** Minor units: a safe integer. */
export type Minor = number;

/** Throws unless this is a whole number of minor units, zero or more. */
export function minor(amount: number): Minor {
  if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`Not an amount in minor units: ${amount}`);
  return amount;
}

export function sum(amounts: readonly Minor[]): Minor {
  return minor(amounts.reduce((total, amount) => total + amount, 0));
}

/** Years at a yearly price [C4]; throws when the product is beyond what an integer holds exactly. */
export function times(amount: Minor, count: number): Minor {
  return minor(minor(amount) * count);
}

/** The share `part / whole` of an amount, rounded down to the minor unit, exact for any size. */
export function prorate(amount: Minor, part: number, whole: number): Minor {
  if (whole <= 0 || part <= 0) return 0;
  if (part >= whole) return minor(amount);
  return Number((BigInt(minor(amount)) * BigInt(Math.trunc(part))) / BigInt(Math.trunc(whole)));
}
