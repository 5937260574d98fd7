/** Products, units and warranties, and claims with their clocks [W1, W2, W5]. */
import type { CalendarDate, Instant, Json, Jsonb } from './schema-values.ts';

/** A kind of product, and what it is made of [W1]. Belongs to the manufacturer's account, as all of the following. */
export interface ProductModelsTable {
  account_id: string;
  /** Chosen by the manufacturer. */
  id: string;
  name: string;
  /** Of the form `Component` in machines/warranty/unit.ts. */
  components: Jsonb<Json>;
  created_at: Instant;
}

export interface WarrantyPoliciesTable {
  account_id: string;
  id: string;
  /** Of the form `Policy` in machines/warranty/policy.ts. Never changed. */
  policy: Jsonb<Json>;
  published_at: Instant;
}

export interface WarrantyCampaignsTable {
  account_id: string;
  id: string;
  /** Of the form `Campaign` in machines/warranty/policy.ts. Only its end is changed. */
  campaign: Jsonb<Json>;
  published_at: Instant;
}

/** One thing that was made. */
export interface UnitsTable {
  account_id: string;
  serial: string;
  model_id: string;
  batch: string | null;
  /** Days by start basis, see machines/warranty/policy.ts. */
  dates: Jsonb<{ readonly [basis: string]: string }>;
  /** Of the form `Replacement` in machines/warranty/unit.ts. */
  replacements: Jsonb<Json>;
  created_at: Instant;
}

/** Which repair a unit was last given in, or is being given in, beside the one that is repaired. What became of it, that repair says. */
export interface SpareUnitsTable {
  account_id: string;
  serial: string;
  repair_id: string;
  purpose: 'loaner' | 'replacement' | 'exchange';
}

/** Who had a unit from when: n = 1 is the sale, each later one a transfer. */
export interface UnitOwnersTable {
  account_id: string;
  serial: string;
  n: number;
  /** A customer's account; null: somebody of whom the platform knows nothing, or whose account is erased. */
  owner_id: string | null;
  since: CalendarDate;
  /** Where the owner has it: an ISO 3166-2 code; null where that is not known. */
  region: string | null;
  /** Kind and digest of the document that shows it. */
  proof: Jsonb<{ readonly kind: string; readonly sha256: string } | null>;
  /** Who gave the document, and has it among its evidence; null: nobody, or given before documents were uploaded. */
  proof_by: 'manufacturer' | 'customer' | null;
  /** Id of the command that said so. */
  command: string;
  recorded_at: Instant;
}

export interface WarrantyExtensionsTable {
  account_id: string;
  serial: string;
  id: string;
  /** Of the form `Extension` in machines/warranty/policy.ts. */
  extension: Jsonb<Json>;
  recorded_at: Instant;
}

/** What a claim is, in the words of its machine (machines/claim.ts). */
export interface ClaimsTable {
  id: string;
  /** Null once that party is erased, or where the manufacturer knows no account of its customer. */
  manufacturer_id: string | null;
  customer_id: string | null;
  clock: string | null;
  serial: string;
  model_id: string;
  batch: string | null;
  failed_on: CalendarDate;
  /** Where the unit is: an ISO 3166-2 code; null where that is not known. */
  region: string | null;
  /** Of its amounts. */
  currency: string;
  opened_at: Instant;
  filed_by: 'customer' | 'manufacturer';
  /** The claim whose cost this one recovers from a supplier. */
  recovers: string | null;
  state: string;
  round: string;
  outcome: string | null;
  duplicate_of: string | null;
  dead_on_arrival: boolean;
  signals: Jsonb<readonly string[]>;
  /** Codes of what the customer is asked for now. */
  information: Jsonb<readonly string[]>;
  state_at: Instant;
  closed_at: Instant | null;
}

export interface ClaimLinesTable {
  claim_id: string;
  line_id: string;
  n: number;
  component: string | null;
  cause: string;
  usage: Jsonb<Json>;
  /** Of each cost class, what coverage pays; null until it was asked. */
  shares: Jsonb<Json> | null;
  reasons: Jsonb<readonly string[]>;
  needs: Jsonb<readonly string[]>;
  repeat_of: string | null;
  verdict: string | null;
  goodwill: number;
  refusal: string | null;
  round: string | null;
  decided_by: string | null;
  approved_by: string | null;
  decided_at: Instant | null;
}

export interface ClaimDecisionsTable {
  claim_id: string;
  /** In the order of the decisions, from 1. */
  n: number;
  line_id: string;
  round: string;
  verdict: string;
  shares: Jsonb<Json>;
  goodwill: number;
  refusal: string | null;
  decided_by: string;
  approved_by: string | null;
  decided_at: Instant;
}

export interface ClaimEvidenceTable {
  claim_id: string;
  sha256: string;
  /** Whose file it is; null once that account is erased. */
  account_id: string | null;
  added_at: Instant;
}

interface OfClock {
  subject_kind: 'claim' | 'repair';
  subject_id: string;
  clock: string;
}

export interface ClockEntriesTable extends OfClock {
  n: number;
  at: Instant;
  kind: 'start' | 'pause' | 'resume' | 'stop';
  reason: string | null;
}

export interface ClockLevelsTable extends OfClock {
  /** Of the form `ServiceLevel` in machines/service-level.ts, as it was when the clock began. */
  level: Jsonb<Json>;
}

export interface ClockThresholdsTable extends OfClock {
  kind: 'reminder' | 'target' | 'escalation';
  duration: string;
  /** Who was told; null for the operator, or once that account is erased. */
  to_account: string | null;
  to_operator: boolean;
  reached_at: Instant;
}

export interface ServiceLevelsTable {
  account_id: string;
  name: 'claimDecision' | 'repairTurnaround';
  /** For the models of one policy; `''` for all others. */
  policy_id: string;
  level: Jsonb<Json>;
  published_at: Instant;
}
