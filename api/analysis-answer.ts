/** How the figures of data analysis are shown: as JSON, or as a table for a spreadsheet [D1]. */
import { stringify } from 'csv-stringify/sync';
import { Type } from 'typebox';
import { CONFIDENCE } from '../analysis/bounds.ts';
import { monthText, type Group, type Key } from '../analysis/groups.ts';
import type { Selection } from '../db/analysis-selection.ts';
import { Day, Nullable } from './fields.ts';

/** Figures beyond this many digits say nothing. */
const DIGITS = 6;

export const BoundedView = Type.Object(
  { value: Type.Number(), low: Type.Number(), high: Type.Number() },
  { description: `With bounds of ${CONFIDENCE * 100} % confidence` },
);

const GroupView = Type.Object({
  part: Type.Optional(Type.String()),
  model: Type.Optional(Type.String()),
  component: Type.Optional(Nullable(Type.String({ description: 'null: not known' }))),
  batch: Type.Optional(Nullable(Type.String({ description: 'null: made in no batch' }))),
  age: Type.Optional(Nullable(Type.Integer({ description: 'Full months of 365.25 / 12 days' }))),
  month: Type.Optional(Type.String({ description: 'YYYY-MM' })),
  currency: Type.Optional(Type.String()),
});
const Period = Type.Object({ from: Nullable(Day('null: from the beginning')), to: Day('Last day') });

/** @param Values of one group */
export function answerOf(Values: Type.TSchema, example: object) {
  return Type.Object(
    {
      period: Period,
      comparedWith: Nullable(Period),
      groupBy: Type.Array(Type.String()),
      confidence: Type.Number({ description: 'Of all bounds' }),
      notCounted: Type.Object(
        { units: Type.Integer(), failures: Type.Integer() },
        { description: 'Nobody knows from when these units are in use' },
      ),
      rows: Type.Array(
        Type.Object({
          group: GroupView,
          values: Nullable(Values),
          compared: Nullable(Values),
        }),
      ),
    },
    {
      examples: [
        {
          period: { from: '2026-01-01', to: '2026-12-31' },
          comparedWith: null,
          groupBy: ['model'],
          confidence: CONFIDENCE,
          notCounted: { units: 0, failures: 0 },
          rows: [{ group: { model: 'SD-18V' }, values: example, compared: null }],
        },
      ],
    },
  );
}

export interface Figures {
  readonly group: Group;
  readonly value: object;
}

export interface ShownRow {
  readonly group: { readonly [key: string]: string | number | null };
  readonly values: object | null;
  readonly compared: object | null;
}

/** Each group once, with its figures of both periods. */
export function rowsOf(now: readonly Figures[], earlier: readonly Figures[] | null): ShownRow[] {
  const rows = new Map<string, { group: ShownRow['group']; values: object | null; compared: object | null }>();
  const rowOf = (group: Group) => {
    const shown = groupView(group);
    const key = JSON.stringify(shown);
    const row = rows.get(key) ?? { group: shown, values: null, compared: null };
    rows.set(key, row);
    return row;
  };
  for (const { group, value } of now) rowOf(group).values = rounded(value) as object;
  for (const { group, value } of earlier ?? []) rowOf(group).compared = rounded(value) as object;
  return [...rows.values()];
}

function groupView({ month, ...group }: Group): ShownRow['group'] {
  return { ...group, ...(month === undefined ? {} : { month: monthText(month) }) };
}

function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, rounded(one)]));
}

export function periodView({ from, to }: Selection): { from: string | null; to: string } {
  return { from, to };
}

export interface Table {
  readonly header: readonly string[];
  readonly records: readonly (readonly unknown[])[];
}

/** @param Values whose fields are the columns, those inside others with a dot between */
export function tableOf(
  rows: readonly ShownRow[],
  { keys, Values, isCompared }: { keys: readonly Key[]; Values: Type.TSchema; isCompared: boolean },
): Table {
  const columns = columnsOf(Values);
  return {
    header: [...keys, ...columns, ...(isCompared ? columns.map((name) => `compared.${name}`) : [])],
    records: rows.map(({ group, values, compared }) => [
      ...keys.map((key) => group[key] ?? null),
      ...columns.map((name) => valueAt(values, name)),
      ...(isCompared ? columns.map((name) => valueAt(compared, name)) : []),
    ]),
  };
}

/** RFC 4180 with a header. What a spreadsheet would take for a formula is quoted as text. */
export function csvOf({ header, records }: Table): string {
  return stringify([header, ...records], {
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: { number: String, boolean: String },
  });
}

interface Shape {
  readonly properties?: { readonly [name: string]: Shape };
  readonly anyOf?: readonly Shape[];
}

function columnsOf(schema: Shape): string[] {
  const { properties } = schema.anyOf?.find((one) => one.properties !== undefined) ?? schema;
  return Object.entries(properties ?? {}).flatMap(([name, of]) => {
    const inside = columnsOf(of);
    return inside.length === 0 ? [name] : inside.map((one) => `${name}.${one}`);
  });
}

/** What is at a path with dots; nothing where something on the way is none. */
export function valueAt(values: object | null, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as { [name: string]: unknown } | null | undefined)?.[name], values);
}
