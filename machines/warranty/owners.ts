/** Who has a unit after whom, and what a sale says about its cover: the first owner is the sale, each later one a transfer [W1]. */
import type { Day } from '../calendar.ts';
import { InvalidWarranty } from './check.ts';
import type { Unit } from './unit.ts';

/** Analysis takes what came before for a slip of the pen too [D1]. */
const FIRST_DAY = '1970-01-01';

/**
 * What a unit cannot have been through on this day.
 * @param today in the agreement's time zone
 * @returns nothing where the day can be
 */
export function implausible(day: Day, today: Day): string | undefined {
  if (day > today) return 'has not come yet';
  return day < FIRST_DAY ? `is before ${FIRST_DAY}` : undefined;
}

/**
 * @param path where the day of the next owner stands
 * @param today in the agreement's time zone
 * @throws {InvalidWarranty} for an {@link implausible} day, or when a unit would be handed on before its last owner had it; on
 *   the same day it may be
 */
export function checkNextOwner(path: string, since: Day, owners: readonly { readonly since: Day }[], today: Day): void {
  const problem = implausible(since, today);
  if (problem !== undefined) throw new InvalidWarranty(path, problem);
  const last = owners.at(-1);
  if (last && since < last.since) throw new InvalidWarranty(path, 'is before the day of the owner before');
}

export interface Sale {
  readonly on: Day;
  /** The day on which the platform learned of it. */
  readonly registeredOn: Day;
  /** Whether a document shows the day. */
  readonly isProven: boolean;
}

/** The days from which cover may count, once the unit is sold. What is known already stays: a sale adds, and moves nothing. */
export function datesAfterSale(known: Unit['dates'], { on, registeredOn, isProven }: Sale): Unit['dates'] {
  return { registration: registeredOn, ...(isProven ? { proofOfPurchase: on } : {}), ...known };
}
