/** Claims: their records, what coverage and earlier claims say about them, and whether a repair may be ordered [W1–W3]. */
import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { findAccount, lockAccountRow } from '../db/accounts.ts';
import {
  findClaim,
  forgetPartyOfClaim,
  insertClaimDecision,
  insertClaimEvidence,
  isEvidenceKnown,
  listClaimLines,
  listEarlierClaims,
  updateClaim,
  updateClaimLine,
} from '../db/claims.ts';
import type { ClaimLineRow, ClaimRow } from '../db/claims.ts';
import type { Db } from '../db/database.ts';
import { findInstance } from '../db/instances.ts';
import { insertNotice } from '../db/notices.ts';
import { insertMail } from '../db/outbox.ts';
import { findUnit } from '../db/warranty.ts';
import type { Json } from '../engine/machine.ts';
import type { AssessClaim, AssessedLine, Assessment, FraudSignal, LineFacts } from '../machines/activities.ts';
import { dayAfter } from '../machines/calendar.ts';
import { entitlements } from '../machines/entitlements.ts';
import { InvalidWarranty } from '../machines/warranty/check.ts';
import { coverage } from '../machines/warranty/coverage.ts';
import { costClasses, usageUnits } from '../machines/warranty/policy.ts';
import { isOpen } from '../machines/warranty/reasons.ts';
import type { ReasonCode } from '../machines/warranty/reasons.ts';
import { questionAbout } from '../records/coverage-question.ts';
import type { ActivityDeps } from './deps.ts';
import type { HandlersOf } from './effects.ts';
import { leaveClaimFacts } from './facts.ts';
import type { BodiesOf } from './invocation.ts';

export const claimEffects: HandlersOf<'recordClaim' | 'recordClaimDecision' | 'recordClaimEvidence' | 'announceClaim'> =
  {
    recordClaim: async ({ trx }, claim) => {
      const { claimId, state, round, outcome, signals, information, at } = claim;
      if (claim.manufacturerId === null) await forgetPartyOfClaim(trx, claimId, 'manufacturer');
      if (claim.customerId === null) await forgetPartyOfClaim(trx, claimId, 'customer');
      await updateClaim(trx, claimId, {
        state,
        round,
        outcome,
        duplicate_of: claim.duplicateOf,
        dead_on_arrival: claim.deadOnArrival,
        signals,
        information,
        state_at: at,
        closed_at: claim.isClosed ? at : null,
      });
      for (const line of claim.lines) {
        const { decision } = line;
        await updateClaimLine(trx, claimId, {
          line_id: line.lineId,
          component: line.component,
          cause: line.cause,
          usage: line.usage as Json,
          shares: line.shares as unknown as Json,
          reasons: line.reasons,
          needs: line.needs,
          repeat_of: line.repeatOf,
          verdict: decision?.verdict ?? null,
          goodwill: decision?.goodwill ?? line.offer?.amount ?? 0,
          refusal: decision?.refusal ?? null,
          round: decision?.round ?? null,
          decided_by: decision?.decidedBy ?? line.offer?.decidedBy ?? null,
          approved_by: decision?.approvedBy ?? null,
          decided_at: decision?.at ?? null,
        });
      }
      await leaveClaimFacts(trx, claim);
    },
    recordClaimDecision: async ({ trx }, { claimId, n, lineId, decision, shares }) => {
      await insertClaimDecision(trx, {
        claim_id: claimId,
        n,
        line_id: lineId,
        round: decision.round,
        verdict: decision.verdict,
        shares,
        goodwill: decision.goodwill,
        refusal: decision.refusal,
        decided_by: decision.decidedBy,
        approved_by: decision.approvedBy,
        decided_at: decision.at,
      });
    },
    recordClaimEvidence: async ({ trx }, { claimId, digests, accountId, at }) => {
      await insertClaimEvidence(trx, claimId, digests, accountId, at);
    },
    announceClaim: async ({ trx }, { claimId, accountId, what, n, at }) => {
      const account = await lockAccountRow(trx, accountId);
      // Who is gone has no page to announce it on.
      if (!account || account.erased_at !== null) return;
      const params = { claimId, what };
      const { isNew, notice } = await insertNotice(trx, {
        id: randomUUID(),
        accountId,
        kind: 'claim',
        params,
        key: `claim ${claimId} ${n}`,
        postedAt: at,
        deliveredAt: at,
      });
      if (!isNew) return;
      const mail = { id: `mail-${notice.id}`, accountId, noticeId: notice.id, template: 'claim', params };
      await insertMail(trx, { ...mail, now: new Date().toISOString() });
    },
  };

export function claimActivities({ db }: Pick<ActivityDeps, 'db'>): BodiesOf<'assessClaim' | 'askRepairEntitlement'> {
  return {
    assessClaim: async (question) => {
      try {
        return await assess(db, question);
      } catch (error) {
        // The same data contradicts itself however often it is asked.
        throw error instanceof InvalidWarranty ? cannotAssess(error.message) : error;
      }
    },
    askRepairEntitlement: async ({ manufacturerId }) => {
      const manufacturer = await findAccount(db, manufacturerId);
      if (!manufacturer || manufacturer.role === null || manufacturer.erased_at !== null) return { isEntitled: false };
      const instance = await findInstance(db, `subscription-${manufacturerId}`);
      const { role, edition } = manufacturer;
      const { functions } = entitlements({ role, edition, tags: instance?.tags ?? [] });
      return { isEntitled: functions.includes('repairServices') };
    },
  };
}

/** A person decides then [W2]. */
function cannotAssess(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(why, 'CannotAssess');
}

async function assess(db: Db, question: AssessClaim): Promise<Assessment> {
  const claim = await findClaim(db, question.claimId);
  if (!claim) throw cannotAssess('The claim is not recorded');
  const earlier = await listEarlierClaims(db, claim);
  const linesOf = new Map<string, ClaimLineRow[]>(
    Object.entries(
      Object.groupBy(
        await listClaimLines(
          db,
          earlier.map(({ id }) => id),
        ),
        ({ claim_id }) => claim_id,
      ),
    ) as [string, ClaimLineRow[]][],
  );
  const past = earlier.map((one): Past => ({ claim: one, lines: linesOf.get(one.id) ?? [] }));
  const { lines, deadOnArrival } = await covered(db, question);
  return {
    lines: lines.map((line, n) => ({ ...line, repeatOf: repeated(question, question.lines[n]!, past) })),
    duplicateOf: duplicated(question, past),
    deadOnArrival,
    signals: await signalsOf(db, claim, question, past),
  };
}

interface Past {
  readonly claim: ClaimRow;
  readonly lines: readonly ClaimLineRow[];
}

/** What coverage says about each line. */
async function covered(db: Db, { manufacturerId, serial, failedOn, lines }: AssessClaim) {
  const manufacturer = await findAccount(db, manufacturerId);
  const unit = await findUnit(db, manufacturerId, serial);
  if (!manufacturer || !unit) throw cannotAssess('The unit of the claim is not recorded');
  let deadOnArrival = false;
  const assessed: Omit<AssessedLine, 'repeatOf'>[] = [];
  for (const { lineId, component, cause, usage } of lines) {
    const answer = coverage(await questionAbout(db, manufacturer, unit, { on: failedOn, component, cause, usage }));
    deadOnArrival ||= answer.deadOnArrival;
    const codes = new Set<ReasonCode>();
    for (const one of costClasses) {
      for (const { source, reasons } of answer.classes[one].findings) {
        const { by } = answer.classes[one];
        const decides = by === null || (by.kind === source.kind && by.id === source.id);
        if (decides) for (const { code } of reasons) codes.add(code);
      }
    }
    assessed.push({
      lineId,
      shares: {
        parts: answer.classes.parts.share,
        labour: answer.classes.labour.share,
        shipping: answer.classes.shipping.share,
      },
      reasons: [...codes],
      needs: [...codes].filter(isOpen),
    });
  }
  return { lines: assessed, deadOnArrival };
}

/** The latest repair of the same component that did not last. */
function repeated({ failedOn, repeatPeriod }: AssessClaim, line: LineFacts, past: readonly Past[]): string | null {
  const isRepeat = ({ claim, lines }: Past): boolean => {
    if (claim.outcome !== 'repair' || line.component === null) return false;
    const done = claim.state_at.slice(0, 10);
    return lines.some(({ component }) => component === line.component) && failedOn <= dayAfter(done, repeatPeriod);
  };
  return past.find(isRepeat)?.claim.id ?? null;
}

/** An earlier claim for the same failure: the same day, and a component in common. */
function duplicated({ failedOn, lines }: AssessClaim, past: readonly Past[]): string | null {
  const components = new Set(lines.map(({ component }) => component));
  const isSame = ({ claim, lines: known }: Past): boolean =>
    claim.failed_on === failedOn &&
    claim.outcome !== 'withdrawn' &&
    known.some(({ component }) => components.has(component));
  return past.find(isSame)?.claim.id ?? null;
}

async function signalsOf(
  db: Db,
  claim: ClaimRow,
  { lines, evidence, failedOn }: AssessClaim,
  past: readonly Past[],
): Promise<FraudSignal[]> {
  const signals: FraudSignal[] = [];
  if (past.some((one) => one.claim.closed_at === null)) signals.push('serialInOpenClaim');
  if (await isEvidenceKnown(db, claim, evidence)) signals.push('evidenceReused');
  const before = past.filter((one) => one.claim.failed_on <= failedOn).flatMap((one) => one.lines);
  const isBackwards = usageUnits.some((unit) => {
    const known = before.map(({ usage }) => (usage as LineFacts['usage'])[unit] ?? 0);
    return lines.some(({ usage }) => usage[unit] !== undefined && usage[unit] < Math.max(0, ...known));
  });
  if (isBackwards) signals.push('usageBackwards');
  return signals;
}
