/**
 * Everything that could cover a unit, in one form: the lines of its policies with the extensions bought on top of them,
 * dead on arrival, extensions that count by themselves, campaigns, and the warranties of replaced components [W1].
 */
import { dayAfter, lastDay } from '../calendar.ts';
import type { Day } from '../calendar.ts';
import { costClasses } from './policy.ts';
import type { Campaign, CostClass, Cover, DeadOnArrival, ExcludedCause, Extension, Policy } from './policy.ts';
import type { PolicyLine, Scope, SerialRange, Start, StartRule } from './policy.ts';
import { full, promise } from './promise.ts';
import type { Promised } from './promise.ts';
import type { Question } from './question.ts';
import type { ReasonCode } from './reasons.ts';
import type { Replacement, Unit } from './unit.ts';

export interface Source {
  readonly kind: 'policyLine' | 'deadOnArrival' | 'extension' | 'campaign' | 'replacement';
  readonly id: string;
  /** `policy/line` where the source is a line or extends one. */
  readonly line: string | null;
}

/** One way of being covered. */
export interface Line {
  readonly source: Source;
  /** What speaks for or against it whatever failed. */
  readonly codes: readonly ReasonCode[];
  readonly scope: Scope;
  readonly excludes: readonly ExcludedCause[];
  /** First covered day; null when nothing is known that it could count from. */
  readonly from: Day | null;
  readonly promised: { readonly [Class in CostClass]?: Promised };
}

const wholeUnit: Scope = { components: 'all', except: [] };

export function linesOf(question: Question): Line[] {
  const { policies, campaigns, unit } = question;
  return [
    ...policies.flatMap((policy) => policy.lines.flatMap((line) => ofPolicyLine(question, policy, line))),
    ...policies.flatMap((policy) =>
      policy.deadOnArrival === null ? [] : [ofDeadOnArrival(question, policy, policy.deadOnArrival)],
    ),
    ...campaigns.map((campaign) => ofCampaign(question, campaign)),
    ...unit.replacements.map((replacement) => ofReplacement(question, replacement)),
  ];
}

/** The line itself with what is on top of it, and the extensions that are lines of their own or add nothing. */
function ofPolicyLine(question: Question, policy: Policy, line: PolicyLine): Line[] {
  const own = question.extensions.filter((one) => one.policy === policy.id && one.lines.includes(line.id));
  const isOnTop = (one: Extension) => one.counts === 'onTop' && extensionCodes(question, one).length === 0;
  const name = `${policy.id}/${line.id}`;
  const extended = extendedLine(question, policy, line, own.filter(isOnTop));
  const others = own
    .filter((one) => !isOnTop(one))
    .map((one): Line => {
      const source: Source = { kind: 'extension', id: one.id, line: name };
      const codes = [...modelCodes(policy.models, question.unit), ...extensionCodes(question, one)];
      if (one.counts === 'onTop') return { ...extendedLine(question, policy, line, [one]), source, codes };
      return { scope: line, excludes: line.excludes, source, codes, ...countedFromPurchase(question, line, one) };
    });
  return [{ ...extended, source: { kind: 'policyLine', id: name, line: name } }, ...others];
}

function extendedLine(
  question: Question,
  policy: Policy,
  line: PolicyLine,
  extensions: readonly Extension[],
): Omit<Line, 'source'> {
  const start = startOf(line.start, question.unit);
  return {
    codes: [...policyCodes(question, policy, start), ...transferCodes(question, line.transfers, null)],
    scope: line,
    excludes: line.excludes,
    from: start === null ? null : start.from,
    promised: byClass((costClass) => {
      const cover = line.cover[costClass];
      if (cover === undefined) return undefined;
      const own = extensions.filter((one) => one.classes.includes(costClass));
      const promised = promise(extendedCover(cover, own), start?.anchor ?? null, question);
      return { ...promised, extensions: own.map((one) => one.id).toSorted() };
    }),
  };
}

function countedFromPurchase(
  question: Question,
  line: PolicyLine,
  { id, boughtOn, classes, months, usage, usageAtPurchase }: Extension,
): Pick<Line, 'from' | 'promised'> {
  return {
    from: boughtOn,
    promised: byClass((costClass) => {
      if (!classes.includes(costClass)) return undefined;
      const limit = line.cover[costClass]?.usage ?? null;
      const cover = { months, usage: limit === null ? null : { ...limit, limit: usage }, proRata: null };
      return { ...promise(cover, boughtOn, question), usedBefore: usageAtPurchase, extensions: [id] };
    }),
  };
}

function ofDeadOnArrival(question: Question, policy: Policy, { start, ...rules }: DeadOnArrival): Line {
  const began = startOf(start, question.unit);
  const until = began === null ? null : lastDay(began.anchor, `P${rules.days}D`, question.counting.periodEnd);
  const codes = [...policyCodes(question, policy, began), ...transferCodes(question, rules.transfers, null)];
  return {
    source: { kind: 'deadOnArrival', id: policy.id, line: null },
    codes: ['deadOnArrival', ...codes],
    scope: wholeUnit,
    excludes: rules.excludes,
    from: began === null ? null : began.from,
    promised: inFull(rules.classes, until),
  };
}

function ofCampaign({ unit }: Question, campaign: Campaign): Line {
  const isNamed =
    campaign.serials.some((range) => isWithin(unit.serial, range)) ||
    (unit.batch !== null && campaign.batches.includes(unit.batch));
  return {
    source: { kind: 'campaign', id: campaign.id, line: null },
    codes: ['campaign', ...modelCodes(campaign.models, unit), ...(isNamed ? [] : (['otherUnit'] as const))],
    scope: campaign,
    excludes: campaign.excludes,
    from: campaign.validFrom,
    promised: inFull(campaign.classes, campaign.validUntil),
  };
}

function ofReplacement(question: Question, replacement: Replacement): Line {
  const { on, component, cover, excludes, usage } = replacement;
  return {
    source: { kind: 'replacement', id: replacement.id, line: null },
    codes: ['replacement'],
    scope: { components: [component], except: [] },
    excludes,
    from: on,
    promised: byClass((costClass) => {
      const own = cover[costClass];
      return own === undefined ? undefined : { ...promise(own, on, question), usedBefore: usage };
    }),
  };
}

interface Began {
  /** The day of the fact itself: what fails between it and the assumed start has been in use, and is covered. */
  readonly from: Day;
  /** The day from which months count. */
  readonly anchor: Day;
}

function startOf({ rules, noLaterThan }: Start, unit: Unit): Began | null {
  const own = firstKnown(rules, unit);
  const cap = firstKnown(noLaterThan, unit);
  if (own === null || cap === null) return own ?? cap;
  return own.anchor <= cap.anchor ? own : cap;
}

function firstKnown(rules: readonly StartRule[], unit: Unit): Began | null {
  for (const { basis, plus } of rules) {
    const day = unit.dates[basis];
    if (day !== undefined) return { from: day, anchor: plus === null ? day : dayAfter(day, plus) };
  }
  return null;
}

function policyCodes({ unit }: Question, { models, inForce }: Policy, start: Began | null): ReasonCode[] {
  const codes = modelCodes(models, unit);
  if (start === null) return codes;
  const isEarly = inForce.from !== null && start.anchor < inForce.from;
  const isLate = inForce.until !== null && start.anchor > inForce.until;
  return isEarly || isLate ? [...codes, 'notInForce'] : codes;
}

function modelCodes(models: readonly string[], unit: Unit): ReasonCode[] {
  return models.includes(unit.model.id) ? [] : ['otherModel'];
}

function extensionCodes(question: Question, { boughtOn, transfers }: Extension): ReasonCode[] {
  if (boughtOn > question.failure.on) return ['boughtLater'];
  return transferCodes(question, transfers, boughtOn);
}

/** A change of owner counts from the day on which it happened. */
function transferCodes({ unit, failure }: Question, allowed: number | null, since: Day | null): ReasonCode[] {
  const count = unit.transfers.filter((day) => day <= failure.on && (since === null || day > since)).length;
  return allowed !== null && count > allowed ? ['transferred'] : [];
}

function extendedCover(cover: Cover, extensions: readonly Extension[]): Cover {
  const add = (base: number, of: 'months' | 'usage') => extensions.reduce((total, one) => total + one[of], base);
  return {
    ...cover,
    months: cover.months === null ? null : add(cover.months, 'months'),
    usage: cover.usage === null ? null : { ...cover.usage, limit: add(cover.usage.limit, 'usage') },
  };
}

function inFull(classes: readonly CostClass[], until: Day | null): Line['promised'] {
  return byClass((costClass) =>
    classes.includes(costClass) ? { until, usage: null, usedBefore: null, share: full, extensions: [] } : undefined,
  );
}

function byClass(of: (costClass: CostClass) => Promised | undefined): Line['promised'] {
  const promised: { [Class in CostClass]?: Promised } = {};
  for (const costClass of costClasses) {
    const one = of(costClass);
    if (one !== undefined) promised[costClass] = one;
  }
  return promised;
}

function isWithin(serial: string, { from, to }: SerialRange): boolean {
  return serial.length === from.length && serial >= from && serial <= to;
}
