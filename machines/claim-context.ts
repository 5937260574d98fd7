/** What a claim knows, and what follows from it: verdicts, who may decide, whether rules alone can [W2]. */
import type { Instant } from '../engine/machine.ts';
import type { AssessedLine, Assessment, LineFacts } from './activities.ts';
import type { Day } from './calendar.ts';
import type { ByClass, GrantedLine, RepairInput } from './claim-repair.ts';
import { costClasses } from './warranty/policy.ts';
import type { Share } from './warranty/promise.ts';
import type { OpenCode, ReasonCode } from './warranty/reasons.ts';
import type { ServiceLevel } from './service-level.ts';
import type { GrantedOutcome, ServiceTerms } from './service-terms.ts';

/** Stands in the reasons of a line while coverage could not be asked about it, or not after its facts changed. */
export const notAssessed = 'notAssessed';

/** The first decision, the one after an appeal or dispute, and that of the arbitration. */
export type Round = 'decision' | 'appeal' | 'arbitration';
export type Party = 'customer' | 'manufacturer';
export type Verdict = 'covered' | 'partlyCovered' | 'notCovered' | 'goodwill' | 'refused';
export type Refusal = 'duplicate' | 'fraud';

/** A claim that has come to nothing more: what it came to. */
export type ClaimOutcome =
  GrantedOutcome | 'rejection' | 'noFaultFound' | 'returnedUnrepaired' | 'lapsed' | 'withdrawn' | 'ended';

export type ClaimTerms = Pick<
  ServiceTerms,
  | 'automaticOutcomes'
  | 'informationDue'
  | 'goodwillLimit'
  | 'repeatPeriod'
  | 'appealPeriod'
  | 'arbitrationDue'
  | keyof RepairInput['terms']
>;

export interface ClaimInput {
  claimId: string;
  manufacturerId: string;
  customerId: string | null;
  serial: string;
  modelId: string;
  failedOn: Day;
  /** Where the unit is: an ISO 3166-2 code, e.g. `CN-GD`; left out where that is not known. */
  region?: string;
  lines: LineFacts[];
  /** SHA-256 of each file. */
  evidence: string[];
  terms: ClaimTerms;
  /** How periods of the agreement are counted [C2]. */
  counting: { timeZone: string; periodEnd: 'endOfDay' | 'sameInstant' };
  /** Of decisions, and of the turnaround of a repair [W5]. */
  levels: { decision: ServiceLevel; repair: ServiceLevel };
  /** Subscriptions that are suspended when the claim is filed. */
  suspensions: Suspension[];
}

export interface Suspension {
  party: Party;
  reason: string;
}

export interface LineDecision {
  verdict: Verdict;
  goodwill: number;
  refusal: Refusal | null;
  round: Round;
  decidedBy: string;
  approvedBy: string | null;
  at: Instant;
}

/** Goodwill above the limit, which waits for a second person; in the currency of the limit, as all amounts of a claim. */
export interface Offer {
  amount: number;
  decidedBy: string;
}

export interface ClaimLine extends LineFacts {
  shares: ByClass<Share> | null;
  reasons: (ReasonCode | typeof notAssessed)[];
  needs: OpenCode[];
  repeatOf: string | null;
  decision: LineDecision | null;
  /** The one of the round before: an appeal never brings less. */
  before: LineDecision | null;
  offer: Offer | null;
}

export interface ClaimContext extends Omit<ClaimInput, 'manufacturerId' | 'lines'> {
  manufacturerId: string | null;
  lines: ClaimLine[];
  duplicateOf: string | null;
  deadOnArrival: boolean;
  signals: Assessment['signals'];
  round: Round;
  /** Codes of what the customer is asked for. */
  asked: string[];
  chosen: GrantedOutcome | null;
  outcome: ClaimOutcome | null;
  /** The child that keeps the manufacturer's time now; null while the manufacturer owes nothing. */
  clock: string | null;
  clocks: number;
  repairs: number;
  /** When what is waited for is over, as long as nothing holds it. */
  dueAt: Instant | null;
  /** Milliseconds that were left when a suspension came; null while none stands. */
  left: number | null;
  /** How many decisions are recorded, and notices announced. */
  decisions: number;
  told: number;
}

/** A claim that has just been filed. */
export function newClaim(input: ClaimInput): ClaimContext {
  const { lines, ...filed } = input;
  return {
    ...filed,
    lines: lines.map((line) => ({
      ...line,
      shares: null,
      reasons: [],
      needs: [],
      repeatOf: null,
      decision: null,
      before: null,
      offer: null,
    })),
    duplicateOf: null,
    deadOnArrival: false,
    signals: [],
    round: 'decision',
    asked: [],
    chosen: null,
    outcome: null,
    clock: null,
    clocks: 0,
    repairs: 0,
    dueAt: null,
    left: null,
    decisions: 0,
    told: 0,
  };
}

/** Takes in what is known about lines; a line whose facts changed is open again, and what coverage said of it is no more. */
export function correct(lines: readonly ClaimLine[], facts: readonly LineFacts[]): ClaimLine[] {
  return lines.map((line) => {
    const now = facts.find(({ lineId }) => lineId === line.lineId);
    return now ? { ...line, ...now, shares: null, reasons: [], needs: [], decision: null, offer: null } : line;
  });
}

export function assess(context: ClaimContext, { lines, ...rest }: Assessment): Partial<ClaimContext> {
  const found = new Map(lines.map((line): [string, AssessedLine] => [line.lineId, line]));
  return { ...rest, lines: context.lines.map((line) => ({ ...line, ...found.get(line.lineId) })) };
}

/** Coverage could not be asked: what it said before stays, where the facts are those of before. */
export function withoutAssessment({ lines }: ClaimContext): Partial<ClaimContext> {
  return { lines: lines.map((line) => ({ ...line, reasons: [...new Set([...line.reasons, notAssessed] as const)] })) };
}

/** As far as nobody can ask, nothing is covered; but an appeal takes away nothing that was paid. */
export function canGoByCoverage({ shares, before }: ClaimLine): boolean {
  return shares !== null || before === null || !pays(before.verdict);
}

const isFull = ({ part, whole }: Share): boolean => part >= whole;
const isNothing = ({ part }: Share): boolean => part <= 0;

/** What coverage alone says about a line. */
export function coverageVerdict({ shares }: Pick<ClaimLine, 'shares'>): 'covered' | 'partlyCovered' | 'notCovered' {
  if (shares === null) return 'notCovered';
  const all = costClasses.map((one) => shares[one]);
  if (all.every(isNothing)) return 'notCovered';
  return all.every(isFull) ? 'covered' : 'partlyCovered';
}

export function lineOf({ lines }: ClaimContext, lineId: string): ClaimLine | undefined {
  return lines.find((line) => line.lineId === lineId);
}

export interface NewDecision {
  readonly goodwill?: number;
  readonly refusal?: Refusal | null;
  readonly decidedBy: string;
  readonly approvedBy?: string | null;
}

/** The decision on a line in the present round. */
export function decide(context: ClaimContext, line: ClaimLine, at: Instant, by: NewDecision): ClaimLine {
  const kept = by.goodwill === undefined ? line.before : null;
  const { goodwill = kept?.goodwill ?? 0, refusal = null, decidedBy, approvedBy = kept?.approvedBy ?? null } = by;
  const covered = goodwill > 0 ? 'goodwill' : coverageVerdict(line);
  const verdict: Verdict = refusal === null ? covered : 'refused';
  const decision = { verdict, goodwill: refusal === null ? goodwill : 0, refusal, decidedBy, approvedBy, at };
  return { ...line, offer: null, decision: { ...decision, round: context.round } };
}

/** The lines with one of them changed. */
export function withLine({ lines }: ClaimContext, changed: ClaimLine): ClaimLine[] {
  return lines.map((line) => (line.lineId === changed.lineId ? changed : line));
}

/** Who decided or approved the first time does not decide the appeal. */
export function mayDecide({ before }: ClaimLine, person: string): boolean {
  return ![before?.decidedBy, before?.approvedBy].some((one) => one != null && isSamePerson(one, person));
}

/** Another way of writing a name makes no second person. */
export function isSamePerson(one: string, other: string): boolean {
  const plain = (name: string) => name.normalize('NFKC').trim().toLowerCase();
  return plain(one) === plain(other);
}

/**
 * Whether an approval is of what is offered now, in the claim's currency. One that was taken before approvals named an
 * amount has none, and is of the offer as it stood.
 */
export function isOfferedNow(
  context: ClaimContext,
  { offer }: ClaimLine,
  { amount, currency }: { readonly amount?: number; readonly currency?: string },
): boolean {
  if (amount === undefined) return offer !== null;
  return amount === offer?.amount && currency === currencyOf(context);
}

/** An appeal brings no less than the decision before it: no smaller goodwill, no new refusal. */
export function isNoLess({ before }: ClaimLine, goodwill: number, refusal: Refusal | null): boolean {
  if (before === null) return true;
  return goodwill >= before.goodwill && (refusal === null || before.verdict === 'refused');
}

export function isDecided({ lines }: ClaimContext): boolean {
  return lines.every(({ decision }) => decision !== null);
}

/** Whether anything is paid for. */
export function isGranted({ lines }: ClaimContext): boolean {
  return lines.some(({ decision }) => decision !== null && pays(decision.verdict));
}

function pays(verdict: Verdict): boolean {
  return verdict === 'covered' || verdict === 'partlyCovered' || verdict === 'goodwill';
}

/** Everything that was claimed is paid in full: nothing is left to appeal. */
export function isInFull({ lines }: ClaimContext): boolean {
  return lines.every(({ decision }) => decision?.verdict === 'covered');
}

/** What rules alone come to; null where a person has to decide. */
export function automaticOutcome(context: ClaimContext): GrantedOutcome | 'rejection' | null {
  const { lines, signals, duplicateOf, round, deadOnArrival, terms } = context;
  const isClear = lines.every(({ needs, repeatOf, decision }) => needs.length === 0 && !repeatOf && decision === null);
  if (!isClear || signals.length > 0 || duplicateOf !== null || round !== 'decision') return null;
  const isPaid = lines.some((line) => coverageVerdict(line) !== 'notCovered');
  const wanted = deadOnArrival ? ('replacement' as const) : ('repair' as const);
  const outcome = isPaid ? wanted : ('rejection' as const);
  return terms.automaticOutcomes.includes(outcome) ? outcome : null;
}

const nothing: Share = { part: 0, whole: 1 };
/** Of a line that could not be assessed. */
export const noShares: ByClass<Share> = { parts: nothing, labour: nothing, shipping: nothing };

/** What the manufacturer pays for, for the repair order. */
export function grantedLines(context: ClaimContext): GrantedLine[] {
  const { lines } = context;
  const currency = currencyOf(context);
  return lines
    .filter(({ decision }) => decision !== null && decision.verdict !== 'refused')
    .map(({ lineId, component, cause, shares, decision }) => ({
      lineId,
      component,
      cause,
      shares: shares ?? noShares,
      goodwill: decision?.goodwill ?? 0,
      ...(decision?.goodwill ? { currency } : {}),
    }));
}

/** Of all its amounts. */
export function currencyOf({ terms }: Pick<ClaimContext, 'terms'>): string {
  return terms.goodwillLimit.currency;
}

export function repairIdOf({ claimId, repairs }: ClaimContext): string {
  return `${claimId}.${repairs}`;
}
