/** What claims and repairs cost [D1]. Amounts in minor units of one currency. */
import type { Period } from './exposure.ts';
import { Groups, type Dimension, type Group, type Key } from './groups.ts';
import { inUse, YEAR_DAYS, type Population } from './population.ts';

export interface RepairCost extends Group {
  readonly currency: string;
  readonly repairs: number;
  readonly parts: number;
  readonly labour: number;
  readonly shipping: number;
  readonly charged: number;
}

export interface ClaimCost extends Group {
  readonly currency: string;
  readonly lines: number;
  readonly paid: number;
}

export interface Costs {
  /** Of finished repairs. */
  readonly repairs: number;
  readonly parts: number;
  readonly labour: number;
  readonly shipping: number;
  readonly total: number;
  /** What customers pay of it. */
  readonly charged: number;
  readonly perRepair: number | null;
  /** In use at some time in the period. */
  readonly units: number;
  readonly perUnit: number | null;
  readonly perUnitYear: number | null;
  /** Of decided claim lines. */
  readonly lines: number;
  readonly paid: number;
}

/** @throws TooManyGroups */
export function costs(
  repairs: readonly RepairCost[],
  claims: readonly ClaimCost[],
  population: Population,
  { period, by, most }: { period: Period; by: readonly Dimension[]; most: number },
): { group: Group; value: Costs }[] {
  const keys: readonly Key[] = [...by, 'currency'];
  const none = () => ({ repairs: 0, parts: 0, labour: 0, shipping: 0, charged: 0, lines: 0, paid: 0 });
  const groups = new Groups(keys, none, most);
  for (const row of repairs) {
    const sum = groups.of(row);
    for (const field of ['repairs', 'parts', 'labour', 'shipping', 'charged'] as const) sum[field] += row[field];
  }
  for (const row of claims) {
    const sum = groups.of(row);
    for (const field of ['lines', 'paid'] as const) sum[field] += row[field];
  }
  const used = inUse(population, period, by, Infinity);
  return groups.entries().map(({ group, value }) => {
    const { units, unitDays } = used.of(group);
    const total = value.parts + value.labour + value.shipping;
    return {
      group,
      value: {
        repairs: value.repairs,
        parts: value.parts,
        labour: value.labour,
        shipping: value.shipping,
        total,
        charged: value.charged,
        perRepair: per(total, value.repairs),
        units,
        perUnit: per(total, units),
        perUnitYear: per(total, unitDays / YEAR_DAYS),
        lines: value.lines,
        paid: value.paid,
      },
    };
  });
}

function per(amount: number, of: number): number | null {
  return of > 0 ? amount / of : null;
}
