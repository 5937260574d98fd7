/** Repair orders, service centers and exchanged units [W4, W6]. */
import type { GeneratedAlways } from 'kysely';
import type { Instant, Json, Jsonb } from './schema-values.ts';

/** A repair order, in the words of its machine (machines/repair.ts). */
export interface RepairsTable {
  /** `<claim id>.<n>`. */
  id: string;
  claim_id: string;
  /** 1 for the first repair of its claim. */
  n: number;
  clock: string | null;
  /** Null once that party is erased, where there is none, or while no center is asked. */
  manufacturer_id: string | null;
  customer_id: string | null;
  center_id: string | null;
  rma: string | null;
  serial: string;
  model_id: string;
  state: string;
  place: string;
  finding: string | null;
  failed_tests: number;
  outcome: string | null;
  ordered_at: Instant;
  state_at: Instant;
  closed_at: Instant | null;
}

/** Every RMA number ever given out. Rows stay for ever, which is what makes a number impossible to reuse. */
export interface RmaNumbersTable {
  number: string;
  repair_id: string;
}

/** Which centers were asked, and what they said. */
export interface RepairAssignmentsTable {
  n: GeneratedAlways<number>;
  repair_id: string;
  center_id: string | null;
  state: string;
  at: Instant;
}

export interface RepairQuotationsTable {
  repair_id: string;
  n: number;
  currency: string;
  /** Of the form `QuotedCost[]` in machines/quotation.ts. */
  costs: Jsonb<Json>;
  total: number;
  state: string;
  at: Instant;
}

/** What the customer owes the manufacturer, in minor units. */
export interface RepairChargesTable {
  repair_id: string;
  kind: 'quotation' | 'unreturnedUnit' | 'unreturnedLoaner';
  amount: number;
  currency: string;
  at: Instant;
}

export interface RepairPartsTable {
  repair_id: string;
  part_id: string;
  component: string;
  state: string;
  at: Instant;
}

/** What a service center says of itself. */
export interface ServiceCentersTable {
  account_id: string;
  /** ISO 3166-2 code, e.g. `CN-GD`. */
  region: string;
  /** How many orders it has at once. */
  capacity: number;
  declared_at: Instant;
}

/** Which models a service center can repair. */
export interface ServiceCenterModelsTable {
  account_id: string;
  manufacturer_id: string;
  model_id: string;
}

/** Service centers that a manufacturer (`account_id`) gives its repairs to. */
export interface AuthorisedCentersTable {
  account_id: string;
  center_id: string;
  authorised_at: Instant;
}

/** A unit that took the place of another one, with its facts. */
export interface UnitExchangesTable {
  account_id: string;
  serial: string;
  new_serial: string;
  repair_id: string;
  exchanged_at: Instant;
}
