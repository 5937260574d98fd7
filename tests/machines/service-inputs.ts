/** What claims and repair orders begin with where they are tested, and what is answered about a line. */
import type { AssessedLine, LineFacts } from '../../machines/activities.ts';
import type { ClaimInput } from '../../machines/claim-context.ts';
import type { ByClass, GrantedLine, RepairInput } from '../../machines/claim-repair.ts';
import { levelOf } from '../../machines/service-terms.ts';
import type { ServiceTerms } from '../../machines/service-terms.ts';
import { resolveServiceTerms } from '../../machines/terms.ts';
import type { Share } from '../../machines/warranty/promise.ts';

export const full: Share = { part: 1, whole: 1 };
export const half: Share = { part: 1, whole: 2 };
export const nothing: Share = { part: 0, whole: 1 };

export const claimId = 'c0000000-0000-4000-8000-000000000001';

const ofEverything = (share: Share): ByClass<Share> => ({ parts: share, labour: share, shipping: share });

/** A claim that is filed at a moment, of these lines. */
export function claimInputAt(at: string, lines: LineFacts[], terms: ServiceTerms = resolveServiceTerms()): ClaimInput {
  return {
    claimId,
    manufacturerId: 'manufacturer',
    customerId: 'customer',
    serial: 'SD18-000123',
    modelId: 'SD-18V',
    failedOn: '2027-03-05',
    lines,
    evidence: [],
    terms,
    counting: { timeZone: 'Asia/Shanghai', periodEnd: 'endOfDay' },
    levels: { decision: levelOf('claimDecision', terms, at), repair: levelOf('repairTurnaround', terms, at) },
    suspensions: [],
  };
}

/** What an assessment says of a line of which so much of everything is covered. */
export function assessedLine(
  { lineId }: LineFacts,
  share: Share,
  { needs = [], repeatOf = null }: Partial<Pick<AssessedLine, 'needs' | 'repeatOf'>> = {},
): AssessedLine {
  return { lineId, shares: ofEverything(share), reasons: ['withinTerm'], needs, repeatOf };
}

/** The display is covered but for its labour, of which half is; 50.00 of goodwill on top. */
export const displayLine: GrantedLine = {
  lineId: 'l1',
  component: 'display',
  cause: 'defect',
  shares: { parts: full, labour: half, shipping: nothing },
  goodwill: 5000,
  currency: 'CNY',
};

/** An order of the display's repair at a moment. */
export function repairInputAt(at: string, terms: ServiceTerms = resolveServiceTerms()): RepairInput {
  return {
    repairId: 'r1',
    claimId: 'c1',
    n: 1,
    manufacturerId: 'manufacturer',
    customerId: 'customer',
    serial: 'SN-1',
    modelId: 'm1',
    lines: [displayLine],
    terms,
    level: levelOf('repairTurnaround', terms, at),
    suspensions: [],
  };
}
