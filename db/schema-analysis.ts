/** Facts for data analysis [D1]. */
import type { Generated, GeneratedAlways } from 'kysely';
import type { CalendarDate, Instant } from './schema-values.ts';

/** Numbers of the names in facts, for analysis [D1]. Given by triggers, see migration 0007. */
export interface FactNamesTable {
  number: GeneratedAlways<number>;
  account_id: string;
  name: string;
}

/** The numbers of a fact's names; null where the name is. */
interface NumberedFactTable {
  model_number: GeneratedAlways<number>;
  component_number: GeneratedAlways<number | null>;
  batch_number: GeneratedAlways<number | null>;
}

/** What the decision of a claim line leaves for analysis [D1]. No personal data; amounts in minor units. */
export interface ClaimFactsTable extends NumberedFactTable {
  account_id: string;
  claim_id: string;
  line_id: string;
  serial: string;
  model_id: string;
  component: string | null;
  batch: string | null;
  /** Of the unit, see `unit_in_use_from` in migration 0007. Follows corrections of the unit's days. */
  in_use_from: CalendarDate | null;
  failed_on: CalendarDate;
  opened_at: Instant;
  decided_at: Instant;
  /** In the agreement's time zone. */
  decided_on: CalendarDate;
  cause: string;
  outcome: string;
  verdict: string;
  paid: number;
  currency: string;
  /** Whether the decision kept its service level; null where none was promised. */
  level_kept: boolean | null;
  /** The earlier claim for the same failure. */
  repeat_of: string | null;
  /** Counts as a failure of the product; kept up to date by db/analysis.ts, as the following two. */
  is_failure: boolean;
  first_of_unit: Generated<boolean>;
  /** The unit's first failure of this component. */
  first_of_component: Generated<boolean>;
  currency_number: GeneratedAlways<number>;
  age_days: GeneratedAlways<number | null>;
  /** Months since year 0: year × 12 + month − 1. */
  failed_month: GeneratedAlways<number>;
  decided_month: GeneratedAlways<number>;
}

/** What a finished repair order leaves for analysis [D1]. */
export interface RepairFactsTable extends NumberedFactTable {
  account_id: string;
  repair_id: string;
  claim_id: string | null;
  serial: string;
  model_id: string;
  component: string | null;
  batch: string | null;
  in_use_from: CalendarDate | null;
  authorised_at: Instant;
  /** Null: the unit never came. */
  received_at: Instant | null;
  finished_at: Instant;
  finished_on: CalendarDate;
  /** Failed tests before the one that passed. */
  failed_tests: number;
  outcome: string;
  parts_cost: number;
  labour_cost: number;
  shipping_cost: number;
  /** What the customer pays of it, by the quotation that was accepted. */
  charged: number;
  currency: string;
  level_kept: boolean | null;
  /** Full days until the unit had its next claim or repair; null: none yet. Kept up to date by db/analysis.ts. */
  again_after_days: number | null;
  currency_number: GeneratedAlways<number>;
  turnaround_minutes: GeneratedAlways<number | null>;
  age_days: GeneratedAlways<number | null>;
  finished_month: GeneratedAlways<number>;
}

export interface PartFactsTable extends NumberedFactTable {
  account_id: string;
  repair_id: string;
  part: string;
  model_id: string;
  component: string | null;
  batch: string | null;
  used_on: CalendarDate;
  quantity: number;
  part_number: GeneratedAlways<number>;
}

/** How many parts were used in a month. Kept by a trigger on `part_facts`. */
export interface PartCountsTable {
  account_id: string;
  /** Its first day. */
  month: CalendarDate;
  model_number: number;
  component_number: number | null;
  part_number: number;
  quantity: number;
}

/** How many units of a model and batch came into use on a day. Kept by triggers on `units`. */
export interface UnitCohortsTable {
  account_id: string;
  model_id: string;
  batch: string | null;
  /** Null: units of which no day is known. */
  in_use_from: CalendarDate | null;
  units: number;
}
