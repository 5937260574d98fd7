/**
 * What a manufacturer promises, as data: policies by component and cost class, extensions that a customer buys, and
 * campaigns (recalls) [W1]. Every number of a warranty is in here; the code has none.
 */
import type { Day } from '../calendar.ts';

/** What a repair costs, each covered by itself. */
export const costClasses = ['parts', 'labour', 'shipping'] as const;
export type CostClass = (typeof costClasses)[number];

export const usageUnits = ['hours', 'cycles', 'km'] as const;
export type UsageUnit = (typeof usageUnits)[number];

/** Facts from which cover may count. */
export const startBases = ['shipment', 'receipt', 'installation', 'proofOfPurchase', 'registration'] as const;
export type StartBasis = (typeof startBases)[number];

/** Why a unit failed, as far as it is known. */
export type Cause = 'defect' | 'wear' | 'misuse' | 'accident' | 'unauthorisedRepair' | 'unknown';

/** A cause that a line may leave out. */
export type ExcludedCause = Exclude<Cause, 'unknown'>;

/** Covered up to and including this reading of the counter. */
export interface UsageLimit {
  readonly unit: UsageUnit;
  readonly limit: number;
}

/** After its full months, a line pays less with every day or month begun, down to nothing at its end. */
export interface ProRata {
  readonly fullMonths: number;
  readonly per: 'day' | 'month';
}

/** How long and how far one cost class is covered; the earlier of both ends it. */
export interface Cover {
  /** null: no end in time. */
  readonly months: number | null;
  /** null: however much it is used. */
  readonly usage: UsageLimit | null;
  /** null: in full until the end. */
  readonly proRata: ProRata | null;
}

/** Cost classes that are left out are not covered. */
export type CoverByClass = { readonly [Class in CostClass]?: Cover };

/** Components, with all that is part of them; or the whole unit but for some. */
export interface Scope {
  readonly components: readonly string[] | 'all';
  readonly except: readonly string[];
}

/** A day known of the unit and, when that fact only stands in for another, how much later cover counts from. */
export interface StartRule {
  readonly basis: StartBasis;
  /** ISO 8601 with date parts, e.g. `P90D` after shipment where the day of receipt is unknown. */
  readonly plus: string | null;
}

/** From when a line counts. */
export interface Start {
  /** The first of these whose fact is known. */
  readonly rules: readonly StartRule[];
  /** It counts no later than from the first known of these: "12 months from installation, at most 18 from shipment". */
  readonly noLaterThan: readonly StartRule[];
}

/** What all lines have, whatever they promise. */
interface Conditions {
  readonly excludes: readonly ExcludedCause[];
  /** How many changes of owner it survives; null: any number. */
  readonly transfers: number | null;
}

export interface PolicyLine extends Scope, Conditions {
  /** Unique in its policy. */
  readonly id: string;
  readonly start: Start;
  readonly cover: CoverByClass;
}

/** A unit that fails so early counts as never having worked: covered in full, whatever component failed. */
export interface DeadOnArrival extends Conditions {
  readonly days: number;
  readonly start: Start;
  readonly classes: readonly CostClass[];
}

export interface Policy {
  readonly id: string;
  readonly models: readonly string[];
  /** For units whose cover starts in these days, both included; null: without this end. */
  readonly inForce: { readonly from: Day | null; readonly until: Day | null };
  readonly lines: readonly PolicyLine[];
  readonly deadOnArrival: DeadOnArrival | null;
}

/** More months or usage for lines of a policy, bought for one unit; for failures from the day of purchase on. */
export interface Extension {
  readonly id: string;
  readonly policy: string;
  readonly lines: readonly string[];
  readonly classes: readonly CostClass[];
  readonly boughtOn: Day;
  /** `onTop`: added to the line's own months and limit. `fromPurchase`: counted by itself from the day of purchase. */
  readonly counts: 'onTop' | 'fromPurchase';
  readonly months: number;
  /** In the line's own unit; without effect on a line that has no limit. */
  readonly usage: number;
  /** Readings at the purchase, for what counts from there. */
  readonly usageAtPurchase: Usage;
  /** How many changes of owner after the purchase it survives; null: any number. */
  readonly transfers: number | null;
}

/** Readings of a unit's counters, as far as they are known. */
export type Usage = { readonly [Unit in UsageUnit]?: number };

/** Serial numbers from one to another of the same length, both included, compared as text. */
export interface SerialRange {
  readonly from: string;
  readonly to: string;
}

/** A recall or a campaign of good will: a component of some units, however old they are and however much used. */
export interface Campaign extends Scope {
  readonly id: string;
  readonly models: readonly string[];
  readonly serials: readonly SerialRange[];
  readonly batches: readonly string[];
  /** Days of failure for which it is open, both included; null: until it is withdrawn. */
  readonly validFrom: Day;
  readonly validUntil: Day | null;
  readonly classes: readonly CostClass[];
  readonly excludes: readonly ExcludedCause[];
}
