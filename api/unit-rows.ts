/** A row of a file of units: taken or refused by itself, with the field and what is wrong with it [W1]. */
import { startBases } from '../machines/warranty/policy.ts';
import type { NewUnit } from '../db/warranty.ts';
import { dayIn, readRows } from './csv-rows.ts';
import type { DayForm, RowProblem, Values } from './csv-rows.ts';

export const unitColumns = ['serial', 'model', 'batch', ...startBases] as const;
type UnitColumn = (typeof unitColumns)[number];

export type UnitRowRead = { readonly row: number } & ({ readonly unit: NewUnit } | { readonly problem: RowProblem });

/** Reads row by row; see {@link readRows}. */
export async function* readUnits(
  text: string,
  columns: ReadonlyMap<UnitColumn, string>,
  form: DayForm,
): AsyncGenerator<UnitRowRead> {
  for await (const { row, values } of readRows(text, columns, ['serial', 'model'])) {
    yield { row, ...unitOf(row, values, form) };
  }
}

const name = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,59}$/;

function unitOf(row: number, values: Values<UnitColumn>, form: DayForm): { unit: NewUnit } | { problem: RowProblem } {
  const wrong = (field: string, problem: string) => ({ problem: { row, field, problem } });
  for (const field of ['serial', 'model', 'batch'] as const) {
    if (field === 'batch' && values.batch === '') continue;
    if (!name.test(values[field]))
      return wrong(field, 'must be 1 to 60 letters, digits, dots, dashes, slashes or underscores');
  }
  const dates: { [basis: string]: string } = {};
  for (const basis of startBases) {
    if (values[basis] === '') continue;
    const day = dayIn(values[basis], form);
    if (day === undefined) return wrong(basis, `must be a day written as ${form}`);
    dates[basis] = day;
  }
  return {
    unit: { serial: values.serial, modelId: values.model, batch: values.batch === '' ? null : values.batch, dates },
  };
}
