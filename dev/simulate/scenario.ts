/** A scenario that has been read and checked. */
import type { Role, Verb } from './verb.ts';

export interface PartyPlan {
  readonly name: string;
  readonly role: Exclude<Role, 'operator'>;
  /** Of a manufacturer. */
  readonly edition: string | null;
  /** Of a service center: where it is, how many orders it takes at once, and the manufacturers that give it repairs. */
  readonly region: string;
  readonly capacity: number;
  readonly repairsFor: readonly string[];
  /** In service from the beginning, or by a step of its own. */
  readonly isLater: boolean;
}

export interface UnitPlan {
  readonly serial: string;
  readonly maker: string;
  readonly soldTo: string | null;
  /** Day of the sale; the shipment was a month before. */
  readonly on: string;
}

export interface Step {
  readonly line: number;
  /** A duration from the step before, or an instant; null: at once. */
  readonly at: string | null;
  /** A party or the operator; null for a step that only moves the clock. */
  readonly who: string | null;
  readonly phrase: string;
  readonly verb: Verb | null;
  readonly with: { readonly [field: string]: unknown };
  /** Whose account the operator's step is about. */
  readonly of: string | null;
  /** Name of the claim that it is about; null: the one that was filed last. */
  readonly claim: string | null;
  /** Which repair of the claim. */
  readonly repair: number;
  readonly as: string | null;
  readonly clause: string;
  /** The step is expected to be refused so. */
  readonly refused: { readonly problem: string; readonly field: string | null } | null;
  /** What the answer has to be like. */
  readonly that: unknown;
  /** What the answer must not have. */
  readonly without: readonly string[];
  /** Line of a part of the step, by JSON pointer such as `/that/state`. */
  lineOf(pointer: string): number;
}

export interface Scenario {
  readonly file: string;
  readonly story: string;
  /** Contract time at which it begins. */
  readonly begins: string;
  readonly parties: readonly PartyPlan[];
  readonly units: readonly UnitPlan[];
  readonly steps: readonly Step[];
}
