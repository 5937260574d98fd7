/** What is asked about facts, as parts of SQL: groups and conditions [D1]. */
import { sql, type RawBuilder } from 'kysely';
import type { CalendarDate } from './schema.ts';

export type Dimension = 'model' | 'component' | 'batch' | 'age' | 'month';
/** What facts are told apart by besides the dimensions. */
type Key = Dimension | 'currency' | 'part';

/** What is asked about. Empty lists: everything; `from` null: from the beginning. Both days are included. */
export interface Selection {
  readonly accountId: string;
  readonly models: readonly string[];
  readonly components: readonly string[];
  readonly batches: readonly string[];
  readonly from: CalendarDate | null;
  readonly to: CalendarDate;
}

/** Where a row belongs, by what was asked for. `age` in months, `month` since year 0. */
export interface Grouped {
  readonly model?: string;
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

interface Counting {
  readonly from: RawBuilder<unknown>;
  /** The column of the month, where there is one. */
  readonly month?: string;
  readonly condition: RawBuilder<unknown>;
  readonly counts: { readonly [name: string]: RawBuilder<unknown> };
}

/**
 * Facts counted by group, with no row where there are none. Groups are told apart by the numbers of names, which are faster
 * to compare and to read than the names; these are put back where the groups are. A component comes with its model: what a
 * model is made of decides which units a component can fail in.
 */
export function byGroup<Row>(keys: readonly Key[], { from, month, condition, counts }: Counting): RawBuilder<Row> {
  const all = keys.includes('component') ? [...new Set<Key>(['model', ...keys])] : keys;
  const namesOf = (key: Key) => `names_of_${key}`;
  const [isNamed, columns] = [(key: Key) => key !== 'age' && key !== 'month', Object.entries(counts)];
  const columnOf = (key: Key) => {
    if (key === 'age') return ageInMonths;
    return key === 'month' ? sql.ref(month ?? '') : sql.ref(`${key}_number`);
  };
  const told = all.map((key) => sql`${columnOf(key)} as ${sql.ref(key)}`);
  const shown = all.map((key) =>
    isNamed(key) ? sql`${sql.ref(`${namesOf(key)}.name`)} as ${sql.ref(key)}` : sql.ref(`counted.${key}`),
  );
  const joins = all
    .filter(isNamed)
    .map(
      (key) =>
        sql`left join fact_names ${sql.ref(namesOf(key))} on ${sql.ref(`${namesOf(key)}.number`)} = ${sql.ref(`counted.${key}`)}`,
    );
  return sql<Row>`
    select ${sql.join([...shown, ...columns.map(([name]) => sql.ref(`counted.${name}`))])}
    from (
      select ${sql.join([...told, ...columns.map(([name, count]) => sql`${count} as ${sql.ref(name)}`)])}
      from ${from} where ${condition}
      group by ${all.length === 0 ? sql`()` : sql.join(all.map((_, index) => sql.lit(index + 1)))} having count(*) > 0
    ) counted ${sql.join(joins, sql` `)}`;
}

/** @param since first day, instead of `from`; null: none */
export function where(selection: Selection, day: string, since = selection.from) {
  const { accountId, models, components, batches } = selection;
  const conditions = [inPeriod(selection, day, since)];
  for (const [column, values] of [
    ['model_number', models],
    ['component_number', components],
    ['batch_number', batches],
  ] as const) {
    if (values.length === 0) continue;
    const numbers = sql`select number from fact_names where account_id = ${accountId} and name = any(${values})`;
    conditions.push(sql`${sql.ref(column)} = any(array(${numbers}))`);
  }
  return sql.join(conditions, sql` and `);
}

/** Units of a selection, whatever their components, that came into use until its end. */
export function whereUnits(selection: Selection) {
  return sql.join([inPeriod(selection, 'in_use_from', null), ofUnits(selection)], sql` and `);
}

export function ofUnits({ models, batches }: Selection) {
  const conditions = [sql`true`];
  if (models.length > 0) conditions.push(sql`model_id = any(${models})`);
  if (batches.length > 0) conditions.push(sql`batch = any(${batches})`);
  return sql.join(conditions, sql` and `);
}

function inPeriod({ accountId, to }: Selection, day: string, since: CalendarDate | null) {
  const from = since === null ? sql`` : sql` and ${sql.ref(day)} >= ${since}`;
  return sql`account_id = ${accountId} and ${sql.ref(day)} <= ${to}${from}`;
}

export function firstOf({ components }: Selection, dimensions: readonly Dimension[]) {
  return components.length > 0 || dimensions.includes('component') ? sql`first_of_component` : sql`first_of_unit`;
}
