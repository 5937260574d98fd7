/** What is known about one unit, and what is claimed about it [W1]. No personal data: an owner is only a change of owner. */
import type { Day } from '../calendar.ts';
import type { Cause, CoverByClass, ExcludedCause, StartBasis, Usage } from './policy.ts';

export interface Component {
  readonly id: string;
  /** The assembly that it is part of; null: of the unit itself. */
  readonly partOf: string | null;
}

export interface ProductModel {
  readonly id: string;
  readonly components: readonly Component[];
}

/** A component that was replaced carries its own warranty beside what is left of the unit's [W6]. */
export interface Replacement {
  readonly id: string;
  readonly component: string;
  readonly on: Day;
  /** Readings when it was replaced: its limits count from there. */
  readonly usage: Usage;
  /** As it was promised at the repair; a later change of policy does not touch it. */
  readonly cover: CoverByClass;
  readonly excludes: readonly ExcludedCause[];
}

/** A unit that was swapped for another one hands its facts on: the new serial number carries the old one's. */
export interface Unit {
  readonly serial: string;
  readonly batch: string | null;
  readonly model: ProductModel;
  readonly dates: { readonly [Basis in StartBasis]?: Day };
  /** Days on which it changed its owner. */
  readonly transfers: readonly Day[];
  readonly replacements: readonly Replacement[];
}

export interface Failure {
  readonly on: Day;
  readonly usage: Usage;
  /** null while nobody knows which component failed. */
  readonly component: string | null;
  readonly cause: Cause;
}
