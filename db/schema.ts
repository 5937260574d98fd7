/**
 * The tables, as Kysely sees them. Migrations create them; this file says what each row means.
 *
 * Instants are ISO strings in UTC with milliseconds in both directions, money is integer minor units, and no column but
 * those of `vault_entries` holds personal data.
 */
import type { ColumnType, GeneratedAlways } from 'kysely';

/** JSON as it is stored: what `JSON.parse` gives back. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** An instant, `2027-03-10T16:00:00.000Z`: the driver is told to read timestamps this way. */
export type Instant = string;

/** A calendar date, `2027-03-10`. */
export type CalendarDate = string;

/** Read as JSON, written as text: `JSON.stringify` it, because the driver takes a bare array for a Postgres array. */
type Jsonb<T> = ColumnType<T, string, string>;

export type Role = 'manufacturer' | 'customer' | 'serviceCenter';
export type Edition = 'standard' | 'professional' | 'enterprise';

/** Never deleted: once `erased_at` is set the row is the tombstone at which late writers stop. */
export interface AccountsTable {
  id: string;
  /** Assigned on activation (U2). */
  number: string | null;
  role: Role | null;
  edition: Edition | null;
  /** The agreement version that the account registered under. */
  agreement_version: string | null;
  /** Name of the test clock that the account is attached to; null: real time. */
  clock: string | null;
  token_hash: string | null;
  created_at: Instant;
  erased_at: Instant | null;
}

/** Every number ever given out. Rows stay for ever, which is what makes a number impossible to reuse (U2). */
export interface AccountNumbersTable {
  number: string;
  account_id: string;
  assigned_at: Instant;
}

/** The party on the company's side. */
export interface Counterparty {
  readonly id: string;
  readonly name: string;
  readonly address?: string;
}

export interface BankAccount {
  readonly receivingUnit: string;
  readonly bank: string;
  readonly accountNumber: string;
}

export interface AgreementVersionsTable {
  version: string;
  text: string;
  text_hash: string;
  /** Overrides of the terms (machines/terms.ts). */
  terms: Jsonb<{ readonly [term: string]: Json }>;
  counterparty: Jsonb<Counterparty>;
  bank_account: Jsonb<BankAccount>;
  effective_at: Instant;
}

export interface PriceListsTable {
  id: string;
  role: Role;
  edition: Edition | null;
  currency: string;
  /** Price of one year in minor units. */
  yearly_amount: number;
  effective_from: Instant;
  effective_until: Instant | null;
  /** Set: a price for this account alone, taken before the general ones (C8). */
  account_id: string | null;
  created_at: Instant;
}

export interface ConfirmationsTable {
  account_id: string;
  version: string;
  text_hash: string;
  confirmed_at: Instant;
}

/**
 * Every payment reference ever given out, with the price that its order was made with. Survives erasure without the
 * account, so that money with an old reference is recognised as money for a closed account.
 */
export interface PaymentReferencesTable {
  reference: string;
  order_id: string | null;
  account_id: string | null;
  account_number: string | null;
  clock: string | null;
  price_list_id: string;
  unit_price: number;
  currency: string;
  /** Id of the counterparty in the account's agreement version when the order was issued. */
  counterparty_id: string | null;
  issued_at: Instant;
}

export type OrderStatus = 'open' | 'partlyPaid' | 'paid' | 'cancelled';

export interface OrdersTable {
  id: string;
  account_id: string;
  kind: 'registration' | 'renewal';
  years: number;
  unit_price: number;
  total: number;
  currency: string;
  price_list_id: string;
  counterparty_id: string | null;
  reference: string;
  issued_at: Instant;
  due_at: Instant;
  status: OrderStatus;
  received: number;
  status_at: Instant;
}

export interface OrderAllocationsTable {
  n: GeneratedAlways<number>;
  account_id: string;
  order_id: string;
  receipt_id: string;
  amount: number;
  allocated_at: Instant;
}

export interface AccountCreditsTable {
  account_id: string;
  balance: number;
  currency: string;
  recorded_at: Instant;
}

/** The ledger of receipts. Survives erasure: then without account, order and vault, but with what is owed back. */
export interface ReceiptsTable {
  id: string;
  source: 'operator' | 'bank' | 'statement';
  /** Hash of source and bank transaction; unique for ever, so the same transfer counts once (C6). */
  bank_transaction_hash: string;
  /** What the bank needs to send the money back; cleared at erasure when nothing is owed, and once it is refunded. */
  bank_transaction_id: string | null;
  amount: number;
  currency: string;
  /** The payment reference read from the transfer's text, never the text. */
  reference: string | null;
  booked_on: CalendarDate;
  clock: string | null;
  state: string;
  account_id: string | null;
  /** The account's number, once the account is erased. */
  account_number: string | null;
  order_id: string | null;
  applied: number;
  credited: number;
  refund_due: number;
  /** Hash of the bank transaction that sent the money back. */
  refund_transaction: string | null;
  reason: string | null;
  recorded_at: Instant;
}

export interface ServiceTermsTable {
  account_id: string;
  n: number;
  order_id: string | null;
  years: number;
  starts_at: Instant;
  ends_at: Instant;
  recorded_at: Instant;
}

/** Announcements. `account_id` null: on the public page (A6). */
export interface NoticesTable {
  id: string;
  account_id: string | null;
  kind: string;
  params: Jsonb<{ readonly [name: string]: Json | undefined }>;
  /** Idempotency key: posting twice is posting once. */
  posted_key: string;
  posted_at: Instant;
  /** Contract time at which the machine learned of the posting; what the waiting periods count from. */
  delivered_at: Instant | null;
  deletes_at: Instant | null;
  certificate_number: string | null;
  /** Facts about the e-mail copy, in real time. */
  mail_sent_at: Instant | null;
  mail_message_id: string | null;
  mail_error: string | null;
}

export interface StatementsTable {
  n: GeneratedAlways<number>;
  account_id: string;
  paid: number;
  owed: number;
  refunded: number;
  currency: string;
  stated_at: Instant;
}

export interface AccountEndsTable {
  account_id: string;
  reason: string;
  clause: string;
  ended_at: Instant;
}

export interface FilesTable {
  account_id: string;
  /** SHA-256 of the stored (encrypted) bytes; the name of the file on disk. */
  digest: string;
  size: number;
  stored_at: Instant;
}

/** Personal data, encrypted under the subject's key, which is not in this database. */
export interface VaultEntriesTable {
  /** The account's id, or `receipt:<id>`. */
  subject: string;
  name: string;
  account_id: string | null;
  nonce: Buffer;
  /** AES-256-GCM ciphertext followed by its 16-byte tag. */
  ciphertext: Buffer;
}

/** What an instance waits for, as the engine reports it. */
export interface Deadline {
  readonly at: Instant;
  readonly event: string;
  readonly label: string;
  /** What the waiting state refers to: clause ids. */
  readonly references: readonly string[];
}

/** The state of every durable instance as of its last commit. */
export interface InstancesTable {
  id: string;
  machine: string;
  version: string;
  /** The account whose data this is; null for receipts and erasures, which outlive it. */
  tenant: string | null;
  clock: string | null;
  status: 'active' | 'done' | 'error' | 'stopped';
  value: Jsonb<Json>;
  tags: Jsonb<readonly string[]>;
  context: Jsonb<Json>;
  output: Jsonb<Json | null>;
  deadlines: Jsonb<readonly Deadline[]>;
  next_due_at: Instant | null;
  words: string;
  /** What the active states cite: clause ids. */
  references: Jsonb<readonly string[]>;
  /** State values of the machines inside, by actor path. */
  children: Jsonb<{ readonly [path: string]: { readonly status: string; readonly value: Json } }>;
  sequence: number;
  /** Contract time of the last commit. */
  updated_at: Instant;
}

export interface AuditTable {
  instance: string;
  sequence: number;
  tenant: string | null;
  machine: string;
  version: string;
  digest: string;
  /** Contract time. */
  at: Instant;
  /** Real time. */
  recorded_at: Instant;
  causes: Jsonb<Json>;
  from: Jsonb<Json | null>;
  to: Jsonb<Json>;
  /** Leaf states (dotted paths) and tags that the step went through and left again. */
  passed: Jsonb<{ readonly states: readonly string[]; readonly tags: readonly string[] }>;
  status: InstancesTable['status'];
  tags: Jsonb<readonly string[]>;
  words: string;
  /** What the states it led to cite: clause ids. */
  references: Jsonb<readonly string[]>;
  effects: Jsonb<readonly string[]>;
  emitted: Jsonb<readonly Json[]>;
  /** Who was sent what. */
  messages: Jsonb<readonly { readonly machine: string; readonly id: string; readonly event: string | null }[]>;
}

export interface OutboxTable {
  /** `<instance>.<sequence>.<index>` for messages of machines; how the receiver knows it again. */
  id: string;
  position: GeneratedAlways<number>;
  kind: 'message' | 'mail';
  sender: string;
  sender_machine: string | null;
  receiver: string;
  receiver_machine: string | null;
  payload: Jsonb<Json>;
  tenant: string | null;
  clock: string | null;
  attempts: number;
  /** Real time. */
  next_attempt_at: Instant;
  last_error: string | null;
  created_at: Instant;
}

/** A test clock. Accounts are attached by name when they register. */
export interface ClocksTable {
  name: string;
  /** Contract time that all attached accounts have reached. */
  at: Instant;
  /** Real time of the last advance. */
  advanced_at: Instant;
  created_at: Instant;
}

export interface CertificatesTable {
  number: string;
  account_id: string;
  account_number: string | null;
  reason: string | null;
  clause: string | null;
  counts: Jsonb<{ readonly [what: string]: number } | null>;
  decided_at: Instant | null;
  erased_at: Instant | null;
  /** SHA-256 of the canonical JSON of the certificate without this field. */
  hash: string | null;
  /** Contract time of the warning that named it, or of the erasure. */
  reserved_at: Instant;
}

/** One execution in Temporal: a workflow id and one of its runs. */
export interface ExecutionId {
  readonly workflowId: string;
  readonly runId: string;
}

/** What a running erasure must still know after the rows it came from are gone. Emptied when it is done. */
export interface ErasuresTable {
  account_id: string;
  executions: Jsonb<readonly ExecutionId[]>;
  /** Subjects whose keys must be destroyed. */
  subjects: Jsonb<readonly string[]>;
  counts: Jsonb<{ readonly [what: string]: number }>;
}

export interface Database {
  accounts: AccountsTable;
  account_numbers: AccountNumbersTable;
  agreement_versions: AgreementVersionsTable;
  price_lists: PriceListsTable;
  confirmations: ConfirmationsTable;
  payment_references: PaymentReferencesTable;
  orders: OrdersTable;
  order_allocations: OrderAllocationsTable;
  account_credits: AccountCreditsTable;
  receipts: ReceiptsTable;
  service_terms: ServiceTermsTable;
  notices: NoticesTable;
  statements: StatementsTable;
  account_ends: AccountEndsTable;
  files: FilesTable;
  vault_entries: VaultEntriesTable;
  instances: InstancesTable;
  audit: AuditTable;
  outbox: OutboxTable;
  clocks: ClocksTable;
  certificates: CertificatesTable;
  erasures: ErasuresTable;
}
