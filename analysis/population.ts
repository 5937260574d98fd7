/** The units behind the figures [D1]: how many were in use, and for how long, in each group. */
import { exposure, type Cohorts, type Period } from './exposure.ts';
import { Groups, type Dimension } from './groups.ts';

/** Days in a unit-year. */
export const YEAR_DAYS = 365.25;

export interface ModelCohorts extends Cohorts {
  readonly model: string;
  readonly batch: string | null;
}

export interface Population {
  readonly cohorts: readonly ModelCohorts[];
  /** What models are made of, as far as it is asked for: a component can fail in units of models that have it only. */
  readonly components: Components | null;
}

/** Components by model; null stands for those that nobody named. */
export type Components = ReadonlyMap<string, ReadonlySet<string | null>>;

export interface InUse {
  units: number;
  unitDays: number;
}

/**
 * @param most groups, see {@link Groups}
 * @throws TooManyGroups
 */
export function inUse(population: Population, period: Period, by: readonly Dimension[], most: number): Groups<InUse> {
  const groups = new Groups<InUse>(by, () => ({ units: 0, unitDays: 0 }), most);
  const split = { age: by.includes('age'), month: by.includes('month') };
  for (const cohorts of population.cohorts) {
    const components = componentsIn(population, cohorts.model, by);
    if (components.length === 0) continue;
    for (const { age, month, units, unitDays } of exposure(cohorts, period, split)) {
      for (const component of components) {
        const group = {
          model: cohorts.model,
          batch: cohorts.batch,
          component,
          age,
          ...(month === null ? {} : { month }),
        };
        const total = groups.of(group);
        total.units += units;
        total.unitDays += unitDays;
      }
    }
  }
  return groups;
}

/** Once for each component where they are told apart, else once; not at all where the model has none of those asked for. */
export function componentsIn(
  { components }: Population,
  model: string,
  by: readonly Dimension[],
): readonly (string | null)[] {
  if (components === null) return [null];
  const those = [...(components.get(model) ?? [])];
  return by.includes('component') ? those : those.slice(0, 1);
}

/**
 * Which components count: those that the models are described with and those that failures name, of the ones asked for.
 * @returns null where components are neither told apart nor asked for: then every unit counts
 */
export function componentsAskedFor(
  described: ReadonlyMap<string, readonly string[]>,
  rows: readonly { readonly model?: string; readonly component?: string | null }[],
  asked: readonly string[],
  by: readonly Dimension[],
): Components | null {
  if (asked.length === 0 && !by.includes('component')) return null;
  const components = new Map<string, Set<string | null>>();
  const add = (model: string, component: string | null): void => {
    if (asked.length > 0 && (component === null || !asked.includes(component))) return;
    const known = components.get(model);
    if (known) known.add(component);
    else components.set(model, new Set([component]));
  };
  for (const [model, those] of described) for (const component of those) add(model, component);
  for (const { model, component } of rows) if (model !== undefined && component !== undefined) add(model, component);
  return components;
}
