/** What claims and repairs leave for data analysis, in the commit that decides them [D1]. */
import { findAccount } from '../db/accounts.ts';
import type { Account } from '../db/accounts.ts';
import { insertClaimFacts, insertRepairFacts } from '../db/analysis.ts';
import type { RepairFact } from '../db/analysis.ts';
import { findClaim, listClaimDecisions } from '../db/claims.ts';
import type { Trx } from '../db/database.ts';
import { listOrders } from '../db/orders.ts';
import { listParts, listQuotations } from '../db/repairs.ts';
import { listClocks } from '../db/service-clocks.ts';
import type { ClockRecord } from '../db/service-clocks.ts';
import { findUnit } from '../db/warranty.ts';
import { dayOf, latest } from '../machines/calendar.ts';
import type { RepairResult } from '../machines/claim-repair.ts';
import type { Effects } from '../machines/effects.ts';
import type { QuotedCost } from '../machines/quotation.ts';
import { serviceClock } from '../machines/service-level.ts';
import type { ClockEntry, ServiceLevel } from '../machines/service-level.ts';
import { grantedOutcomes } from '../machines/service-terms.ts';
import type { CostClass } from '../machines/warranty/policy.ts';
import type { Replacement } from '../machines/warranty/unit.ts';
import { countingOf } from '../records/coverage-question.ts';

/** Of accounts that have never ordered anything. */
const CURRENCY = 'CNY';

/** States in which a round is not over: what lines have by then may still change, and is no decision of the claim. */
const openRound = ['assessing', 'deciding', 'awaitingInformation'];

/**
 * Each line of a claim that is decided, as its latest round has it; an appeal, an arbitration or another outcome takes its
 * place. A claim that ends before its first round is over leaves nothing.
 */
export async function leaveClaimFacts(trx: Trx, claim: Effects['recordClaim']): Promise<void> {
  if (openRound.includes(claim.state)) return;
  const row = await findClaim(trx, claim.claimId);
  const latestOf = new Map((await listClaimDecisions(trx, claim.claimId)).map((one) => [one.line_id, one]));
  const decided = claim.lines.flatMap((line) => {
    const decision = latestOf.get(line.lineId);
    return decision ? [{ ...line, decision }] : [];
  });
  if (!row || decided.length < claim.lines.length) return;
  const manufacturer = await withUnit(trx, claim.manufacturerId, row.serial);
  if (!manufacturer) return;
  const decidedAt = latest(...decided.map(({ decision }) => decision.decided_at));
  const { timeZone } = await countingOf(trx, manufacturer);
  const isFirstRound = decided.every(({ decision }) => decision.round === 'decision');
  const levelKept = await isDecisionKept(trx, claim.claimId, isFirstRound ? 'decision' : 'appeal', decidedAt);
  const isPaid = claim.outcome === null || grantedOutcomes.some((one) => one === claim.outcome);
  await insertClaimFacts(
    trx,
    decided.map(({ lineId, component, cause, decision, repeatOf }) => ({
      accountId: manufacturer.id,
      claimId: claim.claimId,
      lineId,
      serial: row.serial,
      component,
      failedOn: row.failed_on,
      openedAt: row.opened_at,
      decidedAt,
      decidedOn: dayOf(decidedAt, timeZone),
      cause,
      outcome: claim.outcome ?? claim.chosen ?? 'rejection',
      verdict: decision.verdict,
      // What coverage pays is known when the repair is done, and then a fact of the repair.
      paid: isPaid ? decision.goodwill : 0,
      currency: row.currency,
      levelKept,
      repeatOf,
    })),
  );
}

/** A repair order that is closed, once. */
export async function leaveRepairFacts(trx: Trx, repair: Effects['recordRepair']): Promise<void> {
  const manufacturer = await withUnit(trx, repair.manufacturerId, repair.serial);
  const claim = await findClaim(trx, repair.claimId);
  if (!manufacturer || !claim || repair.outcome === null) return;
  const [quotations, parts, clocks] = await Promise.all([
    listQuotations(trx, repair.repairId),
    listParts(trx, repair.repairId),
    listClocks(trx, { kind: 'repair', id: repair.repairId }),
  ]);
  const accepted = quotations.findLast(({ state }) => agreed.includes(state));
  const quoted = accepted ?? quotations.at(-1);
  const { timeZone } = await countingOf(trx, manufacturer);
  const used = parts.filter(({ state }) => state === 'used');
  const isDone = repair.outcome === 'repaired' || (await isRepaired(trx, manufacturer.id, repair));
  await insertRepairFacts(trx, [
    {
      accountId: manufacturer.id,
      repairId: repair.repairId,
      claimId: repair.claimId,
      serial: repair.serial,
      component: used[0]?.component ?? null,
      authorisedAt: claim.state_at,
      receivedAt: clocks[0]?.entries[0]?.at ?? null,
      finishedAt: repair.at,
      finishedOn: dayOf(repair.at, timeZone),
      failedTests: repair.failedTests,
      outcome: repair.outcome,
      cost: spent((quoted?.costs ?? []) as unknown as readonly QuotedCost[], isDone, used.length > 0),
      charged: owing.includes(repair.outcome) ? (accepted?.total ?? 0) : 0,
      currency: quoted?.currency ?? (await currencyOf(trx, manufacturer.id)),
      levelKept: clocks[0] ? keptAt(clocks[0], repair.at) : null,
      parts: used.map(({ component }) => ({ part: component, quantity: 1 })),
    },
  ]);
}

/** States of a quotation under which work goes on: nothing is to be paid beyond what was accepted, or it is accepted. */
const agreed = ['free', 'accepted'];

/** Outcomes after which the customer owes what was accepted: after all others nothing. */
const owing: readonly RepairResult[] = ['repaired', 'replaced'];

/**
 * What was spent of what was quoted: all of it where the unit was repaired. Else shipping, since the unit travelled all the
 * same, and parts where any was used: labour that came to nothing is not known.
 */
function spent(costs: readonly QuotedCost[], isDone: boolean, isPartUsed: boolean): RepairFact['cost'] {
  const costOf = (one: CostClass) =>
    costs.filter(({ costClass }) => costClass === one).reduce((total, { amount }) => total + amount, 0);
  return {
    parts: isDone || isPartUsed ? costOf('parts') : 0,
    labour: isDone ? costOf('labour') : 0,
    shipping: costOf('shipping'),
  };
}

/** Whether its test was passed, as its warranties show: a unit that is lost afterwards has another outcome. */
async function isRepaired(
  trx: Trx,
  accountId: string,
  { repairId, serial }: Effects['recordRepair'],
): Promise<boolean> {
  const unit = await findUnit(trx, accountId, serial);
  const replacements = (unit?.replacements ?? []) as unknown as readonly Replacement[];
  return replacements.some(({ id }) => id.startsWith(`${repairId}.`));
}

/** The manufacturer while it lives and has the unit: one that is being erased leaves nothing. */
async function withUnit(trx: Trx, manufacturerId: string | null, serial: string): Promise<Account | undefined> {
  const account = manufacturerId === null ? undefined : await findAccount(trx, manufacturerId);
  if (!account || account.erased_at !== null) return undefined;
  return (await findUnit(trx, account.id, serial)) ? account : undefined;
}

async function currencyOf(trx: Trx, accountId: string): Promise<string> {
  return (await listOrders(trx, accountId)).at(-1)?.currency ?? CURRENCY;
}

/** Of the clock that ran for the decision, not for what followed from it; null where none ran, as when rules decided. */
async function isDecisionKept(
  trx: Trx,
  claimId: string,
  round: 'decision' | 'appeal',
  at: string,
): Promise<boolean | null> {
  const clocks = await listClocks(trx, { kind: 'claim', id: claimId });
  const clock = clocks.findLast((one) => one.clock.startsWith(round));
  return clock ? keptAt(clock, at) : null;
}

function keptAt({ level, entries }: ClockRecord, at: string): boolean {
  const audit = entries.map((one): ClockEntry => ({
    at: one.at,
    kind: one.kind,
    ...(one.reason === null ? {} : { reason: one.reason }),
  }));
  return serviceClock(audit, level as unknown as ServiceLevel, at).outcome !== 'breached';
}
