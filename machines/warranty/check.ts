/** Whether the data of a warranty can be meant: what contradicts itself is refused with its place, never guessed at [W1]. */
import { isDay } from '../calendar.ts';
import type { Day } from '../calendar.ts';
import { costClasses } from './policy.ts';
import type { Campaign, Cover, CoverByClass, Extension, Policy, Start, Usage } from './policy.ts';
import type { Question } from './question.ts';
import type { Component, Failure, Unit } from './unit.ts';

/** Data that cannot be meant. `path` is its place in the question, e.g. `policies[0].lines[2].cover.parts.months`. */
export class InvalidWarranty extends Error {
  override readonly name = 'InvalidWarranty';
  readonly path: string;
  /** Completes a sentence that begins with the place; names no value, since the data may be anybody's. */
  readonly why: string;
  constructor(path: string, why: string) {
    super(`${path} ${why}`);
    this.path = path;
    this.why = why;
  }
}

export function checkQuestion({ unit, policies, extensions, campaigns, failure }: Question): void {
  checkUnit(unit);
  checkFailure(failure, unit);
  unique('policies', policies);
  policies.forEach((policy, at) => checkPolicy(`policies[${at}]`, policy));
  unique('extensions', extensions);
  extensions.forEach((extension, at) => checkExtension(`extensions[${at}]`, extension, policies));
  unique('campaigns', campaigns);
  campaigns.forEach((campaign, at) => checkCampaign(`campaigns[${at}]`, campaign));
}

function checkUnit({ model, dates, transfers, replacements }: Unit): void {
  checkComponents('unit.model.components', model.components);
  for (const [basis, date] of Object.entries(dates)) day(`unit.dates.${basis}`, date);
  transfers.forEach((on, at) => day(`unit.transfers[${at}]`, on));
  unique('unit.replacements', replacements);
  replacements.forEach(({ component, on, cover, usage }, at) => {
    const path = `unit.replacements[${at}]`;
    known(`${path}.component`, component, model.components);
    day(`${path}.on`, on);
    checkCover(`${path}.cover`, cover);
    checkUsage(`${path}.usage`, usage);
  });
}

export function checkComponents(path: string, components: readonly Component[]): void {
  unique(path, components);
  components.forEach((component, at) => checkPlace(`${path}[${at}]`, component, components));
}

/** An assembly exists, and is not part of itself over any number of steps. */
function checkPlace(path: string, { id, partOf }: Component, components: readonly Component[]): void {
  let at = partOf;
  for (let steps = 0; at !== null; steps += 1) {
    const here = at;
    known(`${path}.partOf`, here, components);
    must(here !== id && steps < components.length, `${path}.partOf`, 'makes it part of itself');
    at = components.find((one) => one.id === here)?.partOf ?? null;
  }
}

function checkFailure({ on, usage, component }: Failure, { model }: Unit): void {
  day('failure.on', on);
  checkUsage('failure.usage', usage);
  if (component !== null) known('failure.component', component, model.components);
}

export function checkPolicy(path: string, { inForce, lines, deadOnArrival }: Policy): void {
  span(`${path}.inForce`, inForce.from, inForce.until);
  unique(`${path}.lines`, lines);
  lines.forEach((line, at) => {
    checkStart(`${path}.lines[${at}].start`, line.start);
    checkCover(`${path}.lines[${at}].cover`, line.cover);
    optionalCount(`${path}.lines[${at}].transfers`, line.transfers);
  });
  if (deadOnArrival === null) return;
  count(`${path}.deadOnArrival.days`, deadOnArrival.days);
  checkStart(`${path}.deadOnArrival.start`, deadOnArrival.start);
  optionalCount(`${path}.deadOnArrival.transfers`, deadOnArrival.transfers);
}

function checkStart(path: string, { rules, noLaterThan }: Start): void {
  must(rules.length > 0, `${path}.rules`, 'names no fact to count from');
  for (const { plus } of [...rules, ...noLaterThan]) {
    const isDays = plus === null || /^P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$/.test(plus);
    must(isDays, path, 'has a duration that is not of years, months, weeks and days as ISO 8601 writes them');
  }
}

function checkCover(path: string, cover: CoverByClass): void {
  for (const costClass of costClasses) {
    const one = cover[costClass];
    if (one !== undefined) checkTerm(`${path}.${costClass}`, one);
  }
}

function checkTerm(path: string, { months, usage, proRata }: Cover): void {
  optionalCount(`${path}.months`, months);
  if (usage !== null) amount(`${path}.usage.limit`, usage.limit);
  if (proRata === null) return;
  count(`${path}.proRata.fullMonths`, proRata.fullMonths);
  must(months !== null, `${path}.proRata`, 'pays by age, in a line without an end in time');
}

export function checkExtension(path: string, extension: Extension, policies: readonly Policy[]): void {
  const policy = policies.find((one) => one.id === extension.policy);
  if (policy === undefined) throw new InvalidWarranty(`${path}.policy`, 'names no policy that is there');
  extension.lines.forEach((line, at) => known(`${path}.lines[${at}]`, line, policy.lines));
  day(`${path}.boughtOn`, extension.boughtOn);
  count(`${path}.months`, extension.months);
  amount(`${path}.usage`, extension.usage);
  checkUsage(`${path}.usageAtPurchase`, extension.usageAtPurchase);
  optionalCount(`${path}.transfers`, extension.transfers);
}

export function checkCampaign(path: string, { serials, validFrom, validUntil }: Campaign): void {
  span(`${path}.validUntil`, validFrom, validUntil);
  serials.forEach(({ from, to }, at) => {
    const isRange = from.length === to.length && from <= to;
    must(isRange, `${path}.serials[${at}]`, 'is no range: both of the same length, and from the lower one');
  });
}

function checkUsage(path: string, usage: Usage): void {
  for (const [unit, reading] of Object.entries(usage)) amount(`${path}.${unit}`, reading);
}

function span(path: string, from: Day | null, until: Day | null): void {
  for (const one of [from, until]) if (one !== null) day(path, one);
  must(from === null || until === null || from <= until, path, 'ends before it begins');
}

function unique(path: string, items: readonly { readonly id: string }[]): void {
  const seen = new Set<string>();
  for (const { id } of items) {
    must(!seen.has(id), path, 'has a name that is there twice');
    seen.add(id);
  }
}

function known(path: string, id: string, items: readonly { readonly id: string }[]): void {
  if (items.some((one) => one.id === id)) return;
  throw new InvalidWarranty(path, 'names something that is not there');
}

function day(path: string, text: string): void {
  must(isDay(text), path, 'is not a calendar day as 2027-03-10');
}

function count(path: string, value: number): void {
  must(Number.isSafeInteger(value) && value >= 0, path, 'is not a whole number from zero');
}

function optionalCount(path: string, value: number | null): void {
  if (value !== null) count(path, value);
}

function amount(path: string, value: number): void {
  must(Number.isFinite(value) && value >= 0, path, 'is not a number from zero');
}

function must(holds: boolean, path: string, why: string): void {
  if (!holds) throw new InvalidWarranty(path, why);
}
