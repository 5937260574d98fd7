/**
 * What the machines ask the world and wait for: names, questions and answers. Each has one body of the same name in
 * activities/, idempotent by its invocation key. A business outcome is part of the answer; an exception means retry.
 */
import { activity } from '../engine/machine.ts';
import type { Instant, Json } from '../engine/machine.ts';
import type { Edition, Role } from './agreement.ts';
import type { Day } from './calendar.ts';
import type { ByClass } from './claim-repair.ts';
import type { EndReason, OrderKind } from './effects.ts';
import type { Cause, Usage } from './warranty/policy.ts';
import type { Share } from './warranty/promise.ts';
import type { OpenCode, ReasonCode } from './warranty/reasons.ts';

export interface IssueOrder {
  accountId: string;
  orderId: string;
  kind: OrderKind;
  role: Role;
  edition: Edition | null;
  /** Of an upgrade: the edition in effect, whose price is taken off [E2]. */
  replaces: Edition | null;
  /** 0 of an upgrade. */
  years: number;
  /** Contract time of the request: the price list in effect then is the one that counts [C8]. */
  at: Instant;
}

/** Whether an upgrade can be ordered: both editions have a price in effect, in one currency [E2, C8]. */
export type AskUpgradePrice = Pick<IssueOrder, 'accountId' | 'role' | 'edition' | 'replaces' | 'at'>;

export interface IssuedOrder {
  priceListId: string;
  /** Price of one year, in minor units; of an upgrade the difference for one year, never below zero. */
  unitPrice: number;
  currency: string;
  reference: string;
  counterpartyId: string;
}

export type NoticeKind =
  | 'renewalNotice'
  | 'overdueWarning'
  | 'registrationOverdueWarning'
  | 'windDownStatement'
  | 'activated'
  | 'renewed'
  | 'editionChanged';

export interface PostNotice {
  accountId: string;
  kind: NoticeKind;
  params: Json;
}

export interface PostedNotice {
  noticeId: string;
  /** Of the two warnings: the number of the certificate that the erasure will have. */
  certificateNumber?: string | null;
}

export interface MatchReference {
  reference: string | null;
  currency: string;
}

export type UnmatchedReason = 'noReference' | 'unknownReference' | 'wrongCurrency' | 'closedAccount';

export type MatchedReference =
  { matched: true; accountId: string; orderId: string } | { matched: false; reason: UnmatchedReason };

/** What one step of an erasure did, by name, for the certificate. */
export type Counts = { [what: string]: number };

export interface IssueCertificate {
  accountId: string;
  accountNumber: string | null;
  certificateNumber: string | null;
  reason: EndReason;
  clause: string;
  decidedAt: Instant;
  counts: Counts;
}

export interface IssuedCertificate {
  certificateNumber: string;
  /** Lower-case hex SHA-256 of the certificate's canonical JSON. */
  hash: string;
}

/** What is known of the failure of one line of a claim. */
export interface LineFacts {
  lineId: string;
  /** Null while nobody knows which component failed. */
  component: string | null;
  cause: Cause;
  usage: Usage;
}

export interface AssessClaim {
  claimId: string;
  manufacturerId: string;
  serial: string;
  failedOn: Day;
  lines: LineFacts[];
  /** SHA-256 of each file. */
  evidence: string[];
  /** How soon after a repair a failure of the same component is a repeat failure. */
  repeatPeriod: string;
  at: Instant;
}

/** An earlier open claim names the serial number; an earlier claim has the same file; a counter reads less than before. */
export type FraudSignal = 'serialInOpenClaim' | 'evidenceReused' | 'usageBackwards';

export interface AssessedLine {
  lineId: string;
  /** Of each cost class, what coverage pays (machines/warranty/coverage.ts). */
  shares: ByClass<Share>;
  reasons: ReasonCode[];
  /** Facts that could still bring more cover. */
  needs: OpenCode[];
  /** The claim whose repair did not last. */
  repeatOf: string | null;
}

export interface Assessment {
  lines: AssessedLine[];
  /** An earlier claim for the same failure. */
  duplicateOf: string | null;
  deadOnArrival: boolean;
  signals: FraudSignal[];
}

export interface ChooseServiceCenter {
  manufacturerId: string | null;
  modelId: string;
  /** Where the unit is, as far as that is known: an ISO 3166-2 code. */
  region: string | null;
  /** Centers that are not asked again. */
  declined: readonly string[];
}

export interface AskCenterEntitlement {
  centerId: string | null;
  /** Who has to have authorised it. */
  manufacturerId: string | null;
}

type Account = { accountId: string };

/** Question and answer of each activity, by its name. */
export interface Activities {
  assignAccountNumber: [Account, { number: string }];
  issueOrder: [IssueOrder, IssuedOrder];
  askUpgradePrice: [AskUpgradePrice, { isPriced: boolean }];
  postNotice: [PostNotice, PostedNotice];
  matchReference: [MatchReference, MatchedReference];
  /** Answers when every receipt for an order of the account is decided on; one that is on its way is waited for. */
  awaitReceipts: [Account, { decided: true }];
  /** The number under which the unit travels; never given to another repair. */
  assignRmaNumber: [{ repairId: string }, { rma: string }];
  /** Whether the center may do repairs for the manufacturer now: authorised, and its service is on [W4, E2]. */
  askCenterEntitlement: [AskCenterEntitlement, { isEntitled: boolean }];
  /** The authorised center that can and has the least to do; null when there is none. */
  chooseServiceCenter: [ChooseServiceCenter, { centerId: string | null }];
  stopAccountWorkflows: [Account, Counts];
  fenceAccount: [Account, Counts];
  eraseSessionsAndFiles: [Account, Counts];
  deleteAccountRows: [Account, Counts];
  destroyAccountKey: [Account, Counts];
  deleteAccountExecutions: [Account, Counts];
  issueCertificate: [IssueCertificate, IssuedCertificate];
  assessClaim: [AssessClaim, Assessment];
  /** Whether the manufacturer may order repairs now: its edition includes them, and its service is on [W3, E2]. */
  askRepairEntitlement: [{ manufacturerId: string }, { isEntitled: boolean }];
}

/** The actor logic of an activity, for `setup({ actors })`. */
export function ask<Name extends keyof Activities>(name: Name) {
  return activity<Activities[Name][0], Activities[Name][1]>(name);
}
