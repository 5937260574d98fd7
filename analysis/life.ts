/** How long units live until they first fail [D1]: a Weibull fit for each group. */
import type { Bounded } from './bounds.ts';
import { earliestOf } from './exposure.ts';
import { Groups, monthOf, dayText, type Dimension, type Group } from './groups.ts';
import { componentsIn, type Population } from './population.ts';
import {
  fitWeibull,
  lifeAt,
  scaleBounds,
  shapeBounds,
  total,
  type Lifetimes,
  type Refusal,
  type Times,
  type Weibull,
} from './weibull.ts';

/** First failures: from which day the unit was in use, and at what age in days it failed. Parallel lists. */
export interface FirstFailures extends Group {
  readonly days: Int32Array;
  readonly ages: Int32Array;
}

export interface Life {
  readonly units: number;
  readonly failed: number;
  readonly fit: { readonly shape: Bounded; readonly scaleDays: Bounded; readonly b10Days: Bounded } | null;
  /** Why there is no fit. */
  readonly refused: Refusal | null;
}

/** How many units of each age in days have failed, or have not yet. */
export interface Ages {
  readonly failed: Float64Array;
  readonly unfailed: Float64Array;
}

interface AgesAsked {
  /** The last day on which units are seen. */
  readonly until: number;
  readonly by: readonly Dimension[];
  readonly most: number;
}

/** @throws TooManyGroups */
export function ages(failures: readonly FirstFailures[], population: Population, asked: AgesAsked): Groups<Ages> {
  const { until, by, most } = asked;
  // For the age of the oldest unit.
  const room = until - population.cohorts.reduce((day, cohorts) => earliestOf(cohorts, day), until) + 1;
  const make = () => ({ failed: new Float64Array(room), unfailed: new Float64Array(room) });
  const groups = new Groups<Ages>(by, make, most);
  for (const { model, batch, days, units } of population.cohorts) {
    for (const component of componentsIn(population, model, by)) {
      const at = byPresentAge(groups, { model, batch, component }, { until, by, room });
      for (let index = 0; index < days.length; index += 1) {
        const age = until - days[index]!;
        const { unfailed } = at(age);
        unfailed[age] = unfailed[age]! + units[index]!;
      }
    }
  }
  for (const row of failures) {
    const at = byPresentAge(groups, row, { until, by, room });
    for (let index = 0; index < row.days.length; index += 1) {
      const age = until - row.days[index]!;
      const { failed, unfailed } = at(age);
      failed[row.ages[index]!]! += 1;
      unfailed[age]! -= 1;
    }
  }
  return groups;
}

/** @returns where units belong by their age today: all together unless months are told apart */
function byPresentAge(
  groups: Groups<Ages>,
  of: Group,
  { until, by, room }: { until: number; by: readonly Dimension[]; room: number },
): (age: number) => Ages {
  if (!by.includes('month')) {
    const all = groups.of(of);
    return () => all;
  }
  const known = Array.from<Ages | undefined>({ length: room });
  return (age) => (known[age] ??= groups.of({ ...of, month: monthOf(dayText(until - age)) }));
}

/** A unit fails in the middle of a day, and is seen to live to the end of the last one. */
export function lifetimes({ failed, unfailed }: Ages): Lifetimes {
  return { failed: timesOf(failed, 0.5), unfailed: timesOf(unfailed, 1) };
}

function timesOf(byAge: Float64Array, later: number): Times {
  const times = new Float64Array(byAge.length);
  const units = new Float64Array(byAge.length);
  let count = 0;
  for (let age = 0; age < byAge.length; age += 1) {
    if (byAge[age]! <= 0) continue;
    times[count] = age + later;
    units[count] = byAge[age]!;
    count += 1;
  }
  return { times: times.subarray(0, count), units: units.subarray(0, count) };
}

/**
 * A fit for each group; there may be hundreds.
 * @param groups of {@link ages}
 * @param pause called after some milliseconds of work, so that others have their turn
 * @returns an unknown group has too few failures
 */
export async function fits(
  groups: Groups<Ages>,
  by: readonly Dimension[],
  pause: () => Promise<void>,
): Promise<Groups<{ fit: Weibull | Refusal }>> {
  const found = new Groups<{ fit: Weibull | Refusal }>(by, () => ({ fit: 'tooFewFailures' }));
  for (const [index, { group, value }] of groups.entries().entries()) {
    found.of(group).fit = fitWeibull(lifetimes(value));
    if (index % FITS_IN_A_TURN === 0) await pause();
  }
  return found;
}

const FITS_IN_A_TURN = 16;

/** @throws TooManyGroups */
export function lives(
  failures: readonly FirstFailures[],
  population: Population,
  options: AgesAsked,
): { group: Group; value: Life }[] {
  const groups = ages(failures, population, options);
  if (options.by.length === 0) groups.of({});
  return groups.entries().map(({ group, value }) => {
    const times = lifetimes(value);
    const failed = total(times.failed);
    const fit = fitWeibull(times);
    const isFit = typeof fit !== 'string';
    return {
      group,
      value: {
        units: failed + total(times.unfailed),
        failed,
        fit: isFit ? described(fit) : null,
        refused: isFit ? null : fit,
      },
    };
  });
}

function described(fit: Weibull): NonNullable<Life['fit']> {
  return { shape: shapeBounds(fit), scaleDays: scaleBounds(fit), b10Days: lifeAt(fit, 0.1) };
}
