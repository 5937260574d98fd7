/**
 * What the machines ask the world and wait for: names, questions and answers. Each has one body of the same name in
 * activities/, idempotent by its invocation key. A business outcome is part of the answer; an exception means retry.
 */
import { activity } from '../engine/machine.ts';
import type { Instant, Json } from '../engine/machine.ts';
import type { Edition, Role } from './agreement.ts';
import type { EndReason, OrderKind } from './effects.ts';

export interface IssueOrder {
  accountId: string;
  orderId: string;
  kind: OrderKind;
  role: Role;
  edition: Edition | null;
  years: number;
  /** Contract time of the request: the price list in effect then is the one that counts [C8]. */
  at: Instant;
}

export interface IssuedOrder {
  priceListId: string;
  /** Price of one year, in minor units. */
  unitPrice: number;
  currency: string;
  reference: string;
  counterpartyId: string;
}

export type NoticeKind =
  'renewalNotice' | 'overdueWarning' | 'registrationOverdueWarning' | 'windDownStatement' | 'activated' | 'renewed';

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

type Account = { accountId: string };

/** Question and answer of each activity, by its name. */
export interface Activities {
  assignAccountNumber: [Account, { number: string }];
  issueOrder: [IssueOrder, IssuedOrder];
  postNotice: [PostNotice, PostedNotice];
  matchReference: [MatchReference, MatchedReference];
  /** Answers when every receipt for an order of the account is decided on; one that is on its way is waited for. */
  awaitReceipts: [Account, { decided: true }];
  stopAccountWorkflows: [Account, Counts];
  fenceAccount: [Account, Counts];
  eraseSessionsAndFiles: [Account, Counts];
  deleteAccountRows: [Account, Counts];
  destroyAccountKey: [Account, Counts];
  deleteAccountExecutions: [Account, Counts];
  issueCertificate: [IssueCertificate, IssuedCertificate];
}

/** The actor logic of an activity, for `setup({ actors })`. */
export function ask<Name extends keyof Activities>(name: Name) {
  return activity<Activities[Name][0], Activities[Name][1]>(name);
}
