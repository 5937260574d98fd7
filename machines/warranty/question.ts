/** The one thing that coverage is asked [W1]. */
import type { Counting } from '../calendar.ts';
import type { Campaign, Extension, Policy } from './policy.ts';
import type { Failure, Unit } from './unit.ts';

/** All that is asked; the answer depends on nothing else. */
export interface Question {
  readonly unit: Unit;
  readonly policies: readonly Policy[];
  readonly extensions: readonly Extension[];
  readonly campaigns: readonly Campaign[];
  readonly failure: Failure;
  readonly counting: Counting;
}
