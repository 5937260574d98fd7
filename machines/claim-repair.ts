/** What a claim and the repair that it orders say to each other [W3, W4, W6]. Both are workflows of their own. */
import type { GrantedOutcome, ServiceTerms } from './service-terms.ts';
import type { ServiceLevel } from './service-level.ts';
import type { CostClass, Cause } from './warranty/policy.ts';
import type { Share } from './warranty/promise.ts';

export type ByClass<Value> = { [Class in CostClass]: Value };

/** What a line of a decided claim has the manufacturer pay. */
export interface GrantedLine {
  lineId: string;
  component: string | null;
  cause: Cause;
  /** Of each cost class, the share that coverage pays. */
  shares: ByClass<Share>;
  /** What the manufacturer pays beyond that, at most, in minor units. */
  goodwill: number;
  /** Of the goodwill; left out where there is none. */
  currency?: string;
}

/** The input of a repair order: sent by its claim with the start message, id `repair-<repairId>`. */
export interface RepairInput {
  repairId: string;
  claimId: string;
  /** 1 for the first repair of the claim, 2 for the one after a dispute. */
  n: number;
  manufacturerId: string;
  /** Null once the customer is erased, or where none has an account. */
  customerId: string | null;
  serial: string;
  modelId: string;
  /** Where the unit is: an ISO 3166-2 code, e.g. `CN-GD`; left out where that is not known. */
  region?: string;
  lines: GrantedLine[];
  terms: Pick<
    ServiceTerms,
    'assignmentDue' | 'shippingDue' | 'quotationValidity' | 'advanceReturnDue' | 'loanerReturnDue' | 'repairWarranty'
  >;
  /** Of the turnaround, from the receipt of the unit until it is shipped back. */
  level: ServiceLevel;
  /** Reasons for which a party's subscription is suspended now. */
  suspensions: { party: 'customer' | 'manufacturer'; reason: string }[];
}

/**
 * How a repair ended. `repaired`, `replaced` (a unit was given for it), `noFaultFound` (returned as it came), `declined` (the
 * customer did not pay what is not covered; returned unrepaired), `beyondRepair` (the claim chooses replacement or refund),
 * `notSent` (the unit never came), `withdrawn`, `stopped` (a party is gone).
 */
export const repairResults = [
  'repaired',
  'replaced',
  'noFaultFound',
  'declined',
  'beyondRepair',
  'notSent',
  'withdrawn',
  'stopped',
] as const;
export type RepairResult = (typeof repairResults)[number];

/** Outcomes that the claim may choose when the unit is beyond repair. */
export const insteadOfRepair = ['replacement', 'refund'] as const satisfies readonly GrantedOutcome[];
