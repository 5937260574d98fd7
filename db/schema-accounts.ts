/** Accounts: their contracts, money, notices, files and vault. */
import type { GeneratedAlways } from 'kysely';
import type { CalendarDate, Edition, Instant, Json, Jsonb, Role } from './schema-values.ts';

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

export type OrderStatus = 'open' | 'partlyPaid' | 'paid' | 'cancelled' | 'lapsed';

export interface OrdersTable {
  id: string;
  account_id: string;
  /** Of its contract: the one that recorded it. */
  step: number;
  kind: 'registration' | 'renewal' | 'upgrade';
  edition: Edition | null;
  /** Of an upgrade: the edition that it is an upgrade from. */
  replaces: Edition | null;
  /** 0 of an upgrade. */
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

/** The account's nth change of edition: what was asked for, and what became of it. */
export interface EditionChangesTable {
  account_id: string;
  n: number;
  /** Number of the subscription's step that asked for it. */
  step: number;
  kind: 'upgrade' | 'downgrade';
  from_edition: Edition;
  to_edition: Edition;
  order_id: string | null;
  state: 'requested' | 'agreed' | 'done' | 'withdrawn' | 'lapsed' | 'unpriced';
  effective_at: Instant | null;
  requested_at: Instant;
  state_at: Instant;
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

/** Evidence that an account uploaded: a row of every file in its folder that counts. */
export interface FilesTable {
  account_id: string;
  /** SHA-256 of the stored (encrypted) bytes; the name of the file on disk. */
  digest: string;
  /** SHA-256 of the bytes as they were uploaded; by this everybody names it. */
  sha256: string;
  /** Found by the content. */
  media_type: string;
  /** Bytes as they were uploaded. */
  size: number;
  /** Contract time. */
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

export interface AccountSuspensionsTable {
  account_id: string;
  /** A code. */
  reason: string;
  since: Instant;
  lifted_at: Instant | null;
}

/** A command that wrote rows and went through no contract. Kept as long as the account. */
export interface DoneCommandsTable {
  account_id: string;
  /** Made from caller, account and key: see api/idempotency.ts. */
  command: string;
  /** SHA-256 of what was asked, base64url. */
  digest: string;
  /** Contract time. */
  done_at: Instant;
}
