/**
 * Whether a failure is covered [W1]: for each cost class yes or no, how much, by which line and until when, with what
 * speaks for and against every line. A failure is covered by the best line that covers it, so one policy more never takes
 * cover away, and the order of the data does not matter.
 */
import { endOfDay } from '../calendar.ts';
import type { Day } from '../calendar.ts';
import type { Instant } from '../../engine/machine.ts';
import { checkQuestion } from './check.ts';
import { assembliesOf } from './components.ts';
import { linesOf } from './lines.ts';
import type { Line, Source } from './lines.ts';
import { costClasses } from './policy.ts';
import type { CostClass, Scope } from './policy.ts';
import type { Promised, Share } from './promise.ts';
import type { Question } from './question.ts';
import { isOpen, reason } from './reasons.ts';
import type { OpenCode, Reason, ReasonCode } from './reasons.ts';
import type { Failure } from './unit.ts';

/** One line, judged for one cost class. */
export interface Finding {
  readonly source: Source;
  readonly covers: boolean;
  /** A line covers when none of them is against it and none is open. */
  readonly reasons: readonly Reason[];
  /** Extensions that the line includes. */
  readonly extensions: readonly string[];
  readonly from: Day | null;
  /** Last covered day; null: no end, or nothing is known that it could count from. */
  readonly until: Day | null;
  /** In the limit's unit, zero when used up; null: no limit, or the reading is not known. */
  readonly usageLeft: number | null;
  /** What the line pays when it covers. */
  readonly share: Share;
}

export interface ClassCoverage {
  readonly covered: boolean;
  /** `0/1` when not covered, `1/1` in full. */
  readonly share: Share;
  /** The line that covers: the one that pays most, of those the one that ends last. */
  readonly by: Source | null;
  /** Last covered day of that line, and 24:00 of it; null: no end, or not covered. */
  readonly until: Day | null;
  readonly endsAt: Instant | null;
  readonly usageLeft: number | null;
  /** Facts that could still bring more cover than this: what to ask for. */
  readonly needs: readonly OpenCode[];
  /** Every line that was looked at, by kind and id. */
  readonly findings: readonly Finding[];
}

export interface Coverage {
  readonly classes: { readonly [Class in CostClass]: ClassCoverage };
  /** The unit counts as never having worked: it may be replaced instead of repaired. */
  readonly deadOnArrival: boolean;
}

const nothing: Share = { part: 0, whole: 1 };

/**
 * Throws {@link InvalidWarranty} for data that contradicts itself, naming the field. Days are calendar days in the
 * agreement's time zone; months count as the agreement counts them [C2].
 */
export function coverage(question: Question): Coverage {
  checkQuestion(question);
  const lines = linesOf(question).toSorted((a, b) => compare(keyOf(a.source), keyOf(b.source)));
  const of = (costClass: CostClass) => ofClass(lines, costClass, question);
  const classes = { parts: of('parts'), labour: of('labour'), shipping: of('shipping') };
  return { classes, deadOnArrival: costClasses.some((costClass) => isDeadOnArrival(classes[costClass])) };
}

function isDeadOnArrival({ findings }: ClassCoverage): boolean {
  return findings.some(({ covers, source }) => covers && source.kind === 'deadOnArrival');
}

function ofClass(lines: readonly Line[], costClass: CostClass, question: Question): ClassCoverage {
  const findings = lines.map((line) => judge(line, costClass, question));
  const [best] = findings.filter(({ covers }) => covers).toSorted(better);
  const share = best?.share ?? nothing;
  const until = best?.until ?? null;
  return {
    covered: best !== undefined,
    share,
    by: best?.source ?? null,
    until,
    endsAt: until === null ? null : endOfDay(until, question.counting.timeZone),
    usageLeft: best?.usageLeft ?? null,
    needs: neededFor(findings.filter((finding) => compareShares(finding.share, share) > 0)),
    findings,
  };
}

/** Of lines that only wait for facts, those facts. */
function neededFor(findings: readonly Finding[]): OpenCode[] {
  const hopeful = findings.filter(({ covers, reasons }) => !covers && reasons.every((one) => one.speaks !== 'against'));
  const codes = hopeful.flatMap(({ reasons }) => reasons.map(({ code }) => code).filter(isOpen));
  return [...new Set(codes)].toSorted();
}

function judge(line: Line, costClass: CostClass, { unit, failure }: Question): Finding {
  const promised = line.promised[costClass];
  const codes: ReasonCode[] = [
    ...line.codes,
    ...scopeCodes(line.scope, failure.component, assembliesOf(unit.model, failure.component)),
    ...causeCodes(line, failure),
  ];
  if (promised !== undefined && promised.extensions.length > 0 && line.source.kind === 'policyLine')
    codes.push('extended');
  if (promised === undefined) codes.push('classNotCovered');
  else codes.push(...termCodes(line, promised, failure), ...usageCodes(promised, failure));
  const reasons = codes.map(reason);
  return {
    source: line.source,
    covers: reasons.every(({ speaks }) => speaks === 'for'),
    reasons,
    extensions: promised?.extensions ?? [],
    from: line.from,
    until: promised?.until ?? null,
    usageLeft: promised === undefined ? null : leftOf(promised, failure),
    share: promised?.share ?? nothing,
  };
}

/** `chain`: the failed component and the assemblies that it is in. */
function scopeCodes(scope: Scope, component: string | null, chain: readonly string[]): ReasonCode[] {
  const { components, except } = scope;
  if (component === null) return components === 'all' && except.length === 0 ? [] : ['componentUnknown'];
  const isNamed = components === 'all' || chain.some((one) => components.includes(one));
  return isNamed && !chain.some((one) => except.includes(one)) ? [] : ['otherComponent'];
}

function causeCodes({ excludes }: Line, { cause }: Failure): ReasonCode[] {
  if (cause === 'unknown') return excludes.length === 0 ? [] : ['causeUnknown'];
  return excludes.includes(cause) ? ['causeExcluded'] : [];
}

function termCodes({ from }: Line, { until, share }: Promised, failure: Failure): ReasonCode[] {
  if (from === null) return ['startUnknown'];
  if (failure.on < from) return ['beforeStart'];
  if (until === null) return ['unlimitedTerm'];
  if (failure.on > until) return ['expired'];
  return share.part < share.whole ? ['withinTerm', 'proRata'] : ['withinTerm'];
}

function usageCodes(promised: Promised, failure: Failure): ReasonCode[] {
  if (promised.usage === null) return ['unlimitedUsage'];
  const used = usedOf(promised, failure);
  if (used === null) return ['usageUnknown'];
  return used > promised.usage.limit ? ['usageExceeded'] : ['withinUsage'];
}

function leftOf(promised: Promised, failure: Failure): number | null {
  const used = usedOf(promised, failure);
  return promised.usage === null || used === null ? null : Math.max(0, promised.usage.limit - used);
}

/** What the limit is compared with; null when a reading is missing. */
function usedOf({ usage, usedBefore }: Promised, failure: Failure): number | null {
  if (usage === null) return null;
  const now = failure.usage[usage.unit];
  const before = usedBefore === null ? 0 : usedBefore[usage.unit];
  return now === undefined || before === undefined ? null : now - before;
}

/** What pays more, then ends later, then leaves more usage comes first; the rest is settled by name. */
function better(one: Finding, other: Finding): number {
  return (
    compareShares(other.share, one.share) ||
    compareOpenEnds(other.until, one.until) ||
    compareOpenEnds(other.usageLeft, one.usageLeft) ||
    compare(keyOf(one.source), keyOf(other.source))
  );
}

function compareShares(one: Share, other: Share): number {
  return one.part * other.whole - other.part * one.whole;
}

/** null is later than any day and more than any number. */
function compareOpenEnds<T extends string | number>(one: T | null, other: T | null): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return compare(one, other);
}

function compare<T extends string | number>(one: T, other: T): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function keyOf({ kind, id, line }: Source): string {
  return JSON.stringify([kind, id, line]);
}
