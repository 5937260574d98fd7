/** A row of a file of units: taken or refused by itself, with all that is wrong with it [W1]. */
import type { Day } from '../machines/calendar.ts';
import { namePattern } from '../machines/subscription-events.ts';
import { implausible } from '../machines/warranty/owners.ts';
import { startBases } from '../machines/warranty/policy.ts';
import type { NewUnit } from '../db/warranty.ts';
import { dayIn, readRows } from './csv-rows.ts';
import type { DayForm, Row, Values, Wrong } from './csv-rows.ts';

export const unitColumns = ['serial', 'model', 'batch', ...startBases] as const;
export type UnitColumn = (typeof unitColumns)[number];

/** `unit` is of no use where something was found wrong. */
export type UnitRowRead = Row<UnitColumn> & { readonly unit: NewUnit };

/** Reads row by row; see {@link readRows}. */
export async function* readUnits(
  text: string,
  columns: ReadonlyMap<UnitColumn, string>,
  form: DayForm,
  today: Day,
): AsyncGenerator<UnitRowRead> {
  for await (const row of readRows(text, columns, ['serial', 'model'])) {
    yield { ...row, unit: unitOf(row.values, form, today, row.wrong) };
  }
}

const name = new RegExp(namePattern);

function unitOf(values: Values<UnitColumn>, form: DayForm, today: Day, wrong: Wrong<UnitColumn>): NewUnit {
  for (const column of ['serial', 'model', 'batch'] as const) {
    if (column === 'batch' && values.batch === '') continue;
    if (!name.test(values[column]))
      wrong(column, 'must be 1 to 60 letters, digits, dots, dashes, slashes or underscores');
  }
  const dates: { [basis: string]: string } = {};
  for (const basis of startBases) {
    if (values[basis] === '') continue;
    const day = dayIn(values[basis], form);
    const problem = day === undefined ? `must be a day written as ${form}` : implausible(day, today);
    if (problem !== undefined) wrong(basis, problem);
    else dates[basis] = day!;
  }
  return { serial: values.serial, modelId: values.model, batch: values.batch === '' ? null : values.batch, dates };
}
