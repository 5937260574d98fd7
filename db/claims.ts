/** Claims as rows: what each is, its lines, decisions and evidence [W2, W6, W7]. */
import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type {
  CalendarDate,
  ClaimDecisionsTable,
  ClaimEvidenceTable,
  ClaimLinesTable,
  ClaimsTable,
  Instant,
  Json,
} from './schema.ts';

export type ClaimRow = Selectable<ClaimsTable>;
export type ClaimLineRow = Selectable<ClaimLinesTable>;
export type ClaimDecisionRow = Selectable<ClaimDecisionsTable>;
export type ClaimEvidenceRow = Selectable<ClaimEvidenceTable>;

export interface NewClaim {
  readonly id: string;
  readonly manufacturerId: string;
  readonly customerId: string | null;
  readonly clock: string | null;
  readonly serial: string;
  readonly modelId: string;
  readonly batch: string | null;
  readonly failedOn: CalendarDate;
  readonly region: string | null;
  readonly currency: string;
  readonly filedBy: ClaimRow['filed_by'];
  readonly recovers: string | null;
  readonly lines: readonly {
    readonly lineId: string;
    readonly component: string | null;
    readonly cause: string;
    readonly usage: Json;
  }[];
  readonly evidence: readonly string[];
  /** Whose files they are. */
  readonly claimant: string;
  readonly at: Instant;
}

/** @returns false when a claim of this id is there already */
export async function insertClaim(trx: Trx, claim: NewClaim): Promise<boolean> {
  const inserted = await trx
    .insertInto('claims')
    .values({
      id: claim.id,
      manufacturer_id: claim.manufacturerId,
      customer_id: claim.customerId,
      clock: claim.clock,
      serial: claim.serial,
      model_id: claim.modelId,
      batch: claim.batch,
      failed_on: claim.failedOn,
      region: claim.region,
      currency: claim.currency,
      opened_at: claim.at,
      filed_by: claim.filedBy,
      recovers: claim.recovers,
      state: 'assessing',
      round: 'decision',
      outcome: null,
      duplicate_of: null,
      dead_on_arrival: false,
      signals: JSON.stringify([]),
      information: JSON.stringify([]),
      state_at: claim.at,
      closed_at: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!inserted) return false;
  await trx
    .insertInto('claim_lines')
    .values(
      claim.lines.map(({ lineId, component, cause, usage }, index) => ({
        claim_id: claim.id,
        line_id: lineId,
        n: index + 1,
        component,
        cause,
        usage: JSON.stringify(usage),
        shares: null,
        reasons: JSON.stringify([]),
        needs: JSON.stringify([]),
        repeat_of: null,
        verdict: null,
        goodwill: 0,
        refusal: null,
        round: null,
        decided_by: null,
        approved_by: null,
        decided_at: null,
      })),
    )
    .execute();
  await insertClaimEvidence(trx, claim.id, claim.evidence, claim.claimant, claim.at);
  return true;
}

export async function insertClaimEvidence(
  trx: Trx,
  claimId: string,
  digests: readonly string[],
  accountId: string | null,
  at: Instant,
): Promise<void> {
  if (digests.length === 0) return;
  await trx
    .insertInto('claim_evidence')
    .values(digests.map((sha256) => ({ claim_id: claimId, sha256, account_id: accountId, added_at: at })))
    .onConflict((conflict) => conflict.columns(['claim_id', 'sha256']).doNothing())
    .execute();
}

export async function updateClaim(
  trx: Trx,
  id: string,
  claim: Pick<
    ClaimRow,
    'state' | 'round' | 'outcome' | 'duplicate_of' | 'dead_on_arrival' | 'state_at' | 'closed_at'
  > & { readonly signals: readonly string[]; readonly information: readonly string[] },
): Promise<void> {
  await trx
    .updateTable('claims')
    .set({
      ...claim,
      signals: JSON.stringify(claim.signals),
      information: JSON.stringify(claim.information),
    })
    .where('id', '=', id)
    .execute();
}

/** Takes a party that is being erased out of the claim. */
export async function forgetPartyOfClaim(trx: Trx, id: string, party: 'manufacturer' | 'customer'): Promise<void> {
  const column = party === 'manufacturer' ? 'manufacturer_id' : 'customer_id';
  await trx
    .updateTable('claims')
    .set({ [column]: null })
    .where('id', '=', id)
    .execute();
}

export type LineUpdate = Omit<ClaimLineRow, 'claim_id' | 'n' | 'usage' | 'shares' | 'reasons' | 'needs'> & {
  readonly usage: Json;
  readonly shares: Json | null;
  readonly reasons: readonly string[];
  readonly needs: readonly string[];
};

export async function updateClaimLine(trx: Trx, claimId: string, line: LineUpdate): Promise<void> {
  const { line_id, usage, shares, reasons, needs, ...rest } = line;
  await trx
    .updateTable('claim_lines')
    .set({
      ...rest,
      usage: JSON.stringify(usage),
      shares: shares === null ? null : JSON.stringify(shares),
      reasons: JSON.stringify(reasons),
      needs: JSON.stringify(needs),
    })
    .where('claim_id', '=', claimId)
    .where('line_id', '=', line_id)
    .execute();
}

export async function insertClaimDecision(
  trx: Trx,
  decision: Omit<ClaimDecisionRow, 'shares'> & { readonly shares: Json },
): Promise<void> {
  await trx
    .insertInto('claim_decisions')
    .values({ ...decision, shares: JSON.stringify(decision.shares) })
    .execute();
}

export function findClaim(db: Db, id: string): Promise<ClaimRow | undefined> {
  return db.selectFrom('claims').selectAll().where('id', '=', id).executeTakeFirst();
}

export interface ClaimPage {
  readonly state?: string;
  /** Claims that are not closed. */
  readonly open?: boolean;
  readonly serial?: string;
  readonly limit?: number;
}

/** Claims in which the account is a party, newest first. */
export function listClaims(db: Db, accountId: string | null, page: ClaimPage): Promise<ClaimRow[]> {
  return db
    .selectFrom('claims')
    .selectAll()
    .$if(accountId !== null, (query) =>
      query.where(({ or, eb }) => or([eb('manufacturer_id', '=', accountId!), eb('customer_id', '=', accountId!)])),
    )
    .$if(page.state !== undefined, (query) => query.where('state', '=', page.state!))
    .$if(page.open === true, (query) => query.where('closed_at', 'is', null))
    .$if(page.serial !== undefined, (query) => query.where('serial', '=', page.serial!))
    .orderBy('opened_at', 'desc')
    .orderBy('id')
    .$if(page.limit !== undefined, (query) => query.limit(page.limit!))
    .execute();
}

/** Earlier claims for the same unit: filed before this one, or at the same instant under a smaller id. */
export function listEarlierClaims(db: Db, claim: ClaimRow): Promise<ClaimRow[]> {
  return db
    .selectFrom('claims')
    .selectAll()
    .where('manufacturer_id', '=', claim.manufacturer_id)
    .where('serial', '=', claim.serial)
    .where(sql<boolean>`(opened_at, id) < (${claim.opened_at}::timestamptz, ${claim.id}::uuid)`)
    .orderBy('opened_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
}

/** Whether an earlier claim, of whatever unit and party, has one of these files. */
export async function isEvidenceKnown(db: Db, claim: ClaimRow, digests: readonly string[]): Promise<boolean> {
  if (digests.length === 0) return false;
  const found = await db
    .selectFrom('claim_evidence')
    .innerJoin('claims', 'claims.id', 'claim_evidence.claim_id')
    .select('claims.id')
    .where('sha256', 'in', digests)
    .where(sql<boolean>`(claims.opened_at, claims.id) < (${claim.opened_at}::timestamptz, ${claim.id}::uuid)`)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** By claim, in the order in which they were filed. */
export function listClaimLines(db: Db, claimIds: readonly string[]): Promise<ClaimLineRow[]> {
  if (claimIds.length === 0) return Promise.resolve([]);
  return db
    .selectFrom('claim_lines')
    .selectAll()
    .where('claim_id', 'in', claimIds)
    .orderBy('claim_id')
    .orderBy('n')
    .execute();
}

export function listClaimDecisions(db: Db, claimId: string): Promise<ClaimDecisionRow[]> {
  return db.selectFrom('claim_decisions').selectAll().where('claim_id', '=', claimId).orderBy('n').execute();
}

export function listClaimEvidence(db: Db, claimId: string): Promise<ClaimEvidenceRow[]> {
  return db
    .selectFrom('claim_evidence')
    .selectAll()
    .where('claim_id', '=', claimId)
    .orderBy('added_at')
    .orderBy('sha256')
    .execute();
}

/** Claims in which the account is a party and which are not closed. */
export function listOpenClaimsOf(db: Db, accountId: string): Promise<ClaimRow[]> {
  return db
    .selectFrom('claims')
    .selectAll()
    .where('closed_at', 'is', null)
    .where(({ or, eb }) => or([eb('manufacturer_id', '=', accountId), eb('customer_id', '=', accountId)]))
    .orderBy('id')
    .execute();
}

/** Claims of which the account is the last party, or that have let go of both: nobody else has them. */
export async function listClaimsOfNobodyElse(db: Db, accountId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('claims')
    .select('id')
    .where(({ or, and, eb }) =>
      or([
        and([eb('manufacturer_id', '=', accountId), eb('customer_id', 'is', null)]),
        and([eb('customer_id', '=', accountId), eb('manufacturer_id', 'is', null)]),
        and([eb('customer_id', '=', accountId), eb('manufacturer_id', '=', accountId)]),
        and([eb('customer_id', 'is', null), eb('manufacturer_id', 'is', null)]),
      ]),
    )
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * Takes an account out of its claims: those that nobody else has are deleted with their clocks, the others lose the party
 * [W7]. Runs in the erasure of the account.
 * @returns the claims that were deleted
 */
export async function deletePartyOfClaims(trx: Trx, accountId: string): Promise<string[]> {
  // An open claim has let go of it; one that is over still remembers its customer. A manufacturer, who is no person, stays in
  // what hundreds of thousands of claims remember: half a millisecond each.
  await sql`
    update instances set context = context || '{"customerId": null}'
    where id in (select 'claim-' || id from claims where customer_id = ${accountId})
      and context ->> 'customerId' = ${accountId}`.execute(trx);
  // First, so that of two parties that are erased at once the later one sees that nobody is left.
  for (const column of ['manufacturer_id', 'customer_id'] as const) {
    await trx
      .updateTable('claims')
      .set({ [column]: null })
      .where(column, '=', accountId)
      .execute();
  }
  const ids = await listClaimsOfNobodyElse(trx, accountId);
  if (ids.length > 0) {
    for (const table of ['clock_entries', 'clock_levels', 'clock_thresholds'] as const) {
      await trx.deleteFrom(table).where('subject_kind', '=', 'claim').where('subject_id', 'in', ids).execute();
    }
    await trx.deleteFrom('claims').where('id', 'in', ids).execute();
  }
  await trx.updateTable('claim_evidence').set({ account_id: null }).where('account_id', '=', accountId).execute();
  await trx.updateTable('clock_thresholds').set({ to_account: null }).where('to_account', '=', accountId).execute();
  return ids;
}
