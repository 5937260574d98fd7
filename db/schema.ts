/**
 * The tables, as Kysely sees them. Migrations create them; this file says what each row means.
 *
 * Instants are ISO strings in UTC with milliseconds in both directions, money is integer minor units, and no column but
 * those of `vault_entries` holds personal data.
 */
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

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

export type OrderStatus = 'open' | 'partlyPaid' | 'paid' | 'cancelled' | 'lapsed';

export interface OrdersTable {
  id: string;
  account_id: string;
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
  kind: 'upgrade' | 'downgrade';
  from_edition: Edition;
  to_edition: Edition;
  order_id: string | null;
  state: 'requested' | 'agreed' | 'done' | 'withdrawn' | 'lapsed';
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
  /** Id of the command that made it, and the body of that command as canonical JSON; null for what no command made. */
  command: Generated<string | null>;
  asked: Generated<string | null>;
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

export interface AccountSuspensionsTable {
  account_id: string;
  /** A code. */
  reason: string;
  since: Instant;
  lifted_at: Instant | null;
}

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
  charged: number;
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

/** How many units of a model and batch came into use on a day. Kept by triggers on `units`. */
export interface UnitCohortsTable {
  account_id: string;
  model_id: string;
  batch: string | null;
  /** Null: units of which no day is known. */
  in_use_from: CalendarDate | null;
  units: number;
}

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

export interface Database {
  accounts: AccountsTable;
  account_numbers: AccountNumbersTable;
  agreement_versions: AgreementVersionsTable;
  price_lists: PriceListsTable;
  confirmations: ConfirmationsTable;
  payment_references: PaymentReferencesTable;
  orders: OrdersTable;
  order_allocations: OrderAllocationsTable;
  edition_changes: EditionChangesTable;
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
  product_models: ProductModelsTable;
  warranty_policies: WarrantyPoliciesTable;
  warranty_campaigns: WarrantyCampaignsTable;
  units: UnitsTable;
  unit_owners: UnitOwnersTable;
  warranty_extensions: WarrantyExtensionsTable;
  claims: ClaimsTable;
  claim_lines: ClaimLinesTable;
  claim_decisions: ClaimDecisionsTable;
  claim_evidence: ClaimEvidenceTable;
  clock_entries: ClockEntriesTable;
  clock_levels: ClockLevelsTable;
  clock_thresholds: ClockThresholdsTable;
  service_levels: ServiceLevelsTable;
  account_suspensions: AccountSuspensionsTable;
  fact_names: FactNamesTable;
  claim_facts: ClaimFactsTable;
  repair_facts: RepairFactsTable;
  part_facts: PartFactsTable;
  unit_cohorts: UnitCohortsTable;
  repairs: RepairsTable;
  rma_numbers: RmaNumbersTable;
  repair_assignments: RepairAssignmentsTable;
  repair_quotations: RepairQuotationsTable;
  repair_charges: RepairChargesTable;
  repair_parts: RepairPartsTable;
  service_centers: ServiceCentersTable;
  service_center_models: ServiceCenterModelsTable;
  authorised_centers: AuthorisedCentersTable;
  unit_exchanges: UnitExchangesTable;
}
