/** How often what was promised about time was kept [D1, W5]. */
import { share, type Bounded } from './bounds.ts';
import { Groups, type Dimension, type Group } from './groups.ts';

export interface LevelCount extends Group {
  readonly counted: number;
  readonly kept: number;
}

interface Kept {
  /** With a service level. */
  readonly counted: number;
  readonly kept: number;
  readonly share: Bounded | null;
}

export interface ServiceLevels {
  readonly decisions: Kept;
  readonly repairs: Kept;
}

/** @throws TooManyGroups */
export function serviceLevels(
  decisions: readonly LevelCount[],
  repairs: readonly LevelCount[],
  by: readonly Dimension[],
  most: number,
): { group: Group; value: ServiceLevels }[] {
  const none = () => ({ decisions: { counted: 0, kept: 0 }, repairs: { counted: 0, kept: 0 } });
  const groups = new Groups(by, none, most);
  for (const [of, rows] of [
    ['decisions', decisions],
    ['repairs', repairs],
  ] as const) {
    for (const row of rows) {
      const sum = groups.of(row)[of];
      sum.counted += row.counted;
      sum.kept += row.kept;
    }
  }
  const shown = ({ counted, kept }: { counted: number; kept: number }): Kept => ({
    counted,
    kept,
    share: share(kept, counted),
  });
  return groups.entries().map(({ group, value }) => ({
    group,
    value: { decisions: shown(value.decisions), repairs: shown(value.repairs) },
  }));
}
