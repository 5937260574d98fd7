/**
 * What a repair costs the customer [W4]: of each cost, what neither coverage nor goodwill pays. Exact integers; where a share
 * does not come out even, the customer is charged the smaller amount.
 */
import type { GrantedLine } from './claim-repair.ts';
import { prorate, sum } from './money.ts';
import type { Minor } from './money.ts';
import type { CostClass } from './warranty/policy.ts';

export interface Cost {
  /** The granted line of the claim that it belongs to; null for what the center found beside it. */
  lineId: string | null;
  costClass: CostClass;
  amount: Minor;
}

export interface QuotedCost extends Cost {
  /** `covered + goodwill + charged` is the amount. */
  covered: Minor;
  goodwill: Minor;
  charged: Minor;
}

export interface Quotation {
  /** From 1; a later one replaces those before it as a whole. */
  n: number;
  currency: string;
  costs: QuotedCost[];
  total: Minor;
}

/** Goodwill of a line goes to its costs in their order, until it is used up. */
export function quote(lines: readonly GrantedLine[], costs: readonly Cost[]): QuotedCost[] {
  const left = new Map(lines.map(({ lineId, goodwill }) => [lineId, goodwill]));
  return costs.map((cost) => {
    const line = lines.find(({ lineId }) => lineId === cost.lineId);
    const uncovered = line === undefined ? cost.amount : uncoveredOf(cost.amount, line.shares[cost.costClass]);
    const goodwill = line === undefined ? 0 : Math.min(uncovered, left.get(line.lineId) ?? 0);
    if (line !== undefined) left.set(line.lineId, (left.get(line.lineId) ?? 0) - goodwill);
    return { ...cost, covered: cost.amount - uncovered, goodwill, charged: uncovered - goodwill };
  });
}

function uncoveredOf(amount: Minor, { part, whole }: GrantedLine['shares'][CostClass]): Minor {
  return part >= whole ? 0 : prorate(amount, whole - Math.max(0, part), whole);
}

/** What the customer is charged in all. */
export function totalOf(costs: readonly QuotedCost[]): Minor {
  return sum(costs.map(({ charged }) => charged));
}
