/** Whether repairs hold [D1]. */
import { share, type Bounded } from './bounds.ts';
import { sums, type Dimension, type Group } from './groups.ts';

export interface RepairCount extends Group {
  readonly repairs: number;
  readonly failedTests: number;
  /** Repaired long enough ago to know whether the unit came again within the term. */
  readonly judged: number;
  readonly fixedFirstTime: number;
  readonly cameAgain: number;
}

interface Part {
  readonly repairs: number;
  readonly share: Bounded | null;
}

export interface RepairQuality {
  readonly repairs: number;
  readonly failedTests: number;
  readonly judged: number;
  readonly firstTimeFix: Part;
  readonly repeats: Part;
}

/** @throws TooManyGroups */
export function repairQuality(
  counts: readonly RepairCount[],
  by: readonly Dimension[],
  most: number,
): { group: Group; value: RepairQuality }[] {
  const fields = ['repairs', 'failedTests', 'judged', 'fixedFirstTime', 'cameAgain'] as const;
  return sums(counts, by, fields, most)
    .entries()
    .map(({ group, value: { repairs, failedTests, judged, fixedFirstTime, cameAgain } }) => ({
      group,
      value: {
        repairs,
        failedTests,
        judged,
        firstTimeFix: { repairs: fixedFirstTime, share: share(fixedFirstTime, judged) },
        repeats: { repairs: cameAgain, share: share(cameAgain, judged) },
      },
    }));
}
