/** What a party sees of a claim: its own part, and what both have in common [W2, V8]. */
import type { Static } from 'typebox';
import type { Account } from '../db/accounts.ts';
import { listClaimDecisions, listClaimEvidence, listClaimLines } from '../db/claims.ts';
import type { ClaimLineRow, ClaimRow } from '../db/claims.ts';
import { findInstance } from '../db/instances.ts';
import { listClocks } from '../db/service-clocks.ts';
import { claimSubject } from '../db/vault.ts';
import { numbersOf } from './account-numbers.ts';
import type { ClaimLineView, ClaimListed, ClaimView } from './claim-fields.ts';
import { clockView } from './clock-view.ts';
import { contractNow } from './contract-time.ts';
import type { Deps } from './deps.ts';
import { standingOf } from './standing.ts';

export const claimInstanceId = (claimId: string): string => `claim-${claimId}`;

/** Who looks: a party, or the operator, who sees what the manufacturer sees. */
export type Viewer = Account | 'operator';

export async function listedClaim({ db }: Pick<Deps, 'db'>, claim: ClaimRow): Promise<Static<typeof ClaimListed>> {
  const instance = await findInstance(db, claimInstanceId(claim.id));
  const numberOf = await numbersOf(db, [claim.manufacturer_id]);
  return {
    claimId: claim.id,
    manufacturer: numberOf(claim.manufacturer_id),
    serial: claim.serial,
    model: claim.model_id,
    failedOn: claim.failed_on,
    openedAt: claim.opened_at,
    state: claim.state,
    words: instance ? standingOf(instance) : 'Filed; the claim is about to start',
    round: claim.round,
    outcome: claim.outcome,
    closedAt: claim.closed_at,
  };
}

export async function claimView(
  deps: Pick<Deps, 'db' | 'vault' | 'now'>,
  claim: ClaimRow,
  viewer: Viewer,
): Promise<Static<typeof ClaimView>> {
  const { db, now } = deps;
  const isInside = viewer === 'operator' || viewer.id === claim.manufacturer_id;
  const at = (await contractNow(db, claim.clock, now())).toISOString();
  const [listed, numberOf, instance, lines, decisions, evidence, clocks] = await Promise.all([
    listedClaim(deps, claim),
    numbersOf(db, [claim.customer_id]),
    findInstance(db, claimInstanceId(claim.id)),
    listClaimLines(db, [claim.id]),
    listClaimDecisions(db, claim.id),
    listClaimEvidence(db, claim.id),
    listClocks(db, { kind: 'claim', id: claim.id }),
  ]);
  return {
    ...listed,
    batch: claim.batch,
    region: claim.region,
    currency: claim.currency,
    customer: numberOf(claim.customer_id),
    nextDueAt: instance?.next_due_at ?? null,
    information: [...claim.information],
    duplicateOf: claim.duplicate_of,
    deadOnArrival: claim.dead_on_arrival,
    signals: isInside ? [...claim.signals] : [],
    recovers: claim.recovers,
    description: viewer === 'operator' ? null : await descriptionOf(deps, claim),
    evidence: evidence.map(({ sha256, added_at: addedAt }) => ({ sha256, addedAt })),
    lines: lines.map((line) => lineView(line, isInside)),
    decisions: decisions.map(({ n, line_id, round, verdict, goodwill, refusal, decided_at }) => ({
      n,
      lineId: line_id,
      round,
      verdict,
      goodwill,
      refusal,
      decidedAt: decided_at,
    })),
    clocks: clocks.map((clock) => clockView(clock, at)),
  };
}

async function descriptionOf({ db, vault }: Pick<Deps, 'db' | 'vault'>, claim: ClaimRow): Promise<string | null> {
  const kept = await vault.get(db, claimSubject(claim.id), 'description');
  return typeof kept === 'string' ? kept : null;
}

/** Who decided, and what is offered but not approved, is the manufacturer's own business. */
function lineView(line: ClaimLineRow, isInside: boolean): Static<typeof ClaimLineView> {
  return {
    lineId: line.line_id,
    component: line.component,
    cause: line.cause,
    usage: line.usage as { [unit: string]: number },
    shares: line.shares as Static<typeof ClaimLineView>['shares'],
    reasons: [...line.reasons],
    needs: [...line.needs],
    repeatOf: line.repeat_of,
    verdict: line.verdict,
    goodwill: isInside || line.verdict !== null ? line.goodwill : 0,
    refusal: line.refusal,
    decidedBy: isInside ? line.decided_by : null,
    approvedBy: isInside ? line.approved_by : null,
    decidedAt: line.decided_at,
  };
}
