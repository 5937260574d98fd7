/**
 * The tables, as Kysely sees them. Migrations create them; this file says what each row means.
 *
 * Instants are ISO strings in UTC with milliseconds in both directions, money is integer minor units, and no column but
 * those of `vault_entries` holds personal data.
 */
import type {
  AccountCreditsTable,
  AccountEndsTable,
  AccountNumbersTable,
  AccountSuspensionsTable,
  AccountsTable,
  AgreementVersionsTable,
  ConfirmationsTable,
  DoneCommandsTable,
  EditionChangesTable,
  FilesTable,
  NoticesTable,
  OrderAllocationsTable,
  OrdersTable,
  PaymentReferencesTable,
  PriceListsTable,
  ReceiptsTable,
  ServiceTermsTable,
  StatementsTable,
  VaultEntriesTable,
} from './schema-accounts.ts';
import type {
  AuditTable,
  CertificatesTable,
  ClocksTable,
  ErasuresTable,
  InstancesTable,
  OutboxTable,
} from './schema-instances.ts';
import type {
  ClaimDecisionsTable,
  ClaimEvidenceTable,
  ClaimLinesTable,
  ClaimsTable,
  ClockEntriesTable,
  ClockLevelsTable,
  ClockThresholdsTable,
  ProductModelsTable,
  ServiceLevelsTable,
  UnitOwnersTable,
  SpareUnitsTable,
  UnitsTable,
  WarrantyCampaignsTable,
  WarrantyExtensionsTable,
  WarrantyPoliciesTable,
} from './schema-warranty.ts';
import type {
  ClaimFactsTable,
  FactNamesTable,
  PartFactsTable,
  RepairFactsTable,
  PartCountsTable,
  UnitCohortsTable,
} from './schema-analysis.ts';
import type {
  AuthorisedCentersTable,
  RepairAssignmentsTable,
  RepairChargesTable,
  RepairPartsTable,
  RepairQuotationsTable,
  RepairsTable,
  RmaNumbersTable,
  ServiceCenterModelsTable,
  ServiceCentersTable,
  UnitExchangesTable,
} from './schema-repairs.ts';

export type * from './schema-values.ts';
export type * from './schema-accounts.ts';
export type * from './schema-instances.ts';
export type * from './schema-warranty.ts';
export type * from './schema-analysis.ts';
export type * from './schema-repairs.ts';

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
  done_commands: DoneCommandsTable;
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
  part_counts: PartCountsTable;
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
  spare_units: SpareUnitsTable;
}
