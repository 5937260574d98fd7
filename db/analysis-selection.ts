/** What is asked about facts, as parts of SQL: groups and conditions [D1]. */
import { sql, type RawBuilder } from 'kysely';
import type { CalendarDate } from './schema.ts';

export type Dimension = 'model' | 'component' | 'batch' | 'age' | 'month';

/** What is asked about. Empty lists: everything; `from` null: from the beginning. Both days are included. */
export interface Selection {
  readonly accountId: string;
  readonly models: readonly string[];
  readonly components: readonly string[];
  readonly batches: readonly string[];
  readonly from: CalendarDate | null;
  readonly to: CalendarDate;
}

/** Where a row belongs; of the dimensions, those that were asked for. `age` in months, `month` since year 0. */
export interface Grouped {
  readonly model: string;
  readonly component?: string | null;
  readonly batch?: string | null;
  readonly age?: number | null;
  readonly month?: number;
}

/** A month of age is a twelfth of 365.25 days: 487/16. */
const ageInMonths = sql`age_days * 16 / 487`;
export const dayNumber = (column: string) => sql`(${sql.ref(column)} - date '1970-01-01')`;

/** Days before are mistakes; they are treated as if they were not known. */
export const isCounted = sql`in_use_from >= date '1970-01-01'`;
/** As the index says it that finds them. */
export const isNotCounted = sql`(in_use_from is null or in_use_from < date '1970-01-01')`;

/** The model is always among the columns: what a model is made of decides which units a component can fail in. */
export function grouping(dimensions: readonly Dimension[], month: string) {
  const columns: Record<Dimension, RawBuilder<unknown>> = {
    model: sql`model_id`,
    component: sql`component`,
    batch: sql`batch`,
    age: ageInMonths,
    month: sql.ref(month),
  };
  const all = ['model' as const, ...dimensions.filter((one) => one !== 'model')];
  return {
    select: sql.join(all.map((one) => sql`${columns[one]} as ${sql.ref(one)}`)),
    by: sql.join(all.map((_, index) => sql.lit(index + 1))),
    names: sql.join(all.map((one) => sql.ref(one))),
  };
}

/** @param since first day, instead of `from`; null: none */
export function where({ accountId, models, components, batches, from, to }: Selection, day: string, since = from) {
  const conditions = [sql`account_id = ${accountId}`, sql`${sql.ref(day)} <= ${to}`];
  if (since !== null) conditions.push(sql`${sql.ref(day)} >= ${since}`);
  for (const [column, values] of [
    ['model_id', models],
    ['component', components],
    ['batch', batches],
  ] as const) {
    if (values.length > 0) conditions.push(sql`${sql.ref(column)} = any(${values})`);
  }
  return sql.join(conditions, sql` and `);
}

export function firstOf({ components }: Selection, dimensions: readonly Dimension[]) {
  return components.length > 0 || dimensions.includes('component') ? sql`first_of_component` : sql`first_of_unit`;
}
