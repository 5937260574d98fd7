/** A file of claims: rows of the same `claim` are its lines, others are claims of one line [W2]. */
import { causes } from '../machines/claim-events.ts';
import { usageUnits } from '../machines/warranty/policy.ts';
import type { ClaimForm } from './claim-intake.ts';
import { dayIn, decimalIn, readRows } from './csv-rows.ts';
import type { DayForm, DecimalForm, RowProblem, Values } from './csv-rows.ts';
import { regionPattern } from './fields.ts';

export const claimColumns = [
  'claim',
  'manufacturer',
  'serial',
  'failedOn',
  'region',
  'component',
  'cause',
  ...usageUnits,
  'description',
] as const;
type ClaimColumn = (typeof claimColumns)[number];

export interface ClaimOfFile {
  /** The row of its first line. */
  readonly row: number;
  /** What the file calls it, or its row. */
  readonly name: string;
  readonly form: ClaimForm;
}

export interface ClaimFile {
  readonly rows: number;
  readonly claims: readonly ClaimOfFile[];
  readonly problems: readonly RowProblem[];
}

interface Reading {
  readonly days: DayForm;
  readonly decimals: DecimalForm;
}

/**
 * Reads the whole file: a claim one of whose rows cannot be read is not filed in part.
 * @throws UnreadableFile
 */
export async function readClaims(
  text: string,
  columns: ReadonlyMap<ClaimColumn, string>,
  reading: Reading,
): Promise<ClaimFile> {
  const claims = new Map<string, ClaimOfFile>();
  const problems: RowProblem[] = [];
  const spoilt = new Set<string>();
  let rows = 0;
  for await (const { row, values } of readRows(text, columns, ['serial', 'failedOn'])) {
    rows += 1;
    const name = values.claim === '' ? `row ${row}` : values.claim;
    const read = formOf(row, values, reading);
    const before = claims.get(name);
    if ('problem' in read) problems.push(read.problem);
    else if (before && differs(before.form, read.form))
      problems.push({
        row,
        field: 'claim',
        problem: `differs from row ${before.row} in unit, day, region or manufacturer`,
      });
    else {
      const lines = [...(before?.form.lines ?? []), ...read.form.lines];
      claims.set(name, { row: before?.row ?? row, name, form: { ...read.form, ...before?.form, lines } });
      continue;
    }
    spoilt.add(name);
  }
  return { rows, claims: [...claims.values()].filter(({ name }) => !spoilt.has(name)), problems };
}

function differs(one: ClaimForm, other: ClaimForm): boolean {
  return (['serial', 'failedOn', 'manufacturer', 'region'] as const).some((field) => one[field] !== other[field]);
}

function formOf(
  row: number,
  values: Values<ClaimColumn>,
  { days, decimals }: Reading,
): { form: ClaimForm } | { problem: RowProblem } {
  const wrong = (field: string, problem: string) => ({ problem: { row, field, problem } });
  const { serial, region, component, cause, manufacturer, description } = values;
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]{0,59}$/.test(serial)) return wrong('serial', 'is no serial number');
  if (component !== '' && !/^[A-Za-z0-9][A-Za-z0-9._/-]{0,59}$/.test(component))
    return wrong('component', 'is no name of a component');
  if (manufacturer !== '' && !/^\d{1,20}$/.test(manufacturer)) return wrong('manufacturer', 'is no account number');
  const failedOn = dayIn(values.failedOn, days);
  if (failedOn === undefined) return wrong('failedOn', `must be a day written as ${days}`);
  if (region !== '' && !new RegExp(regionPattern).test(region)) return wrong('region', 'is no ISO 3166-2 code');
  const known = causes.find((one) => one === (cause === '' ? 'unknown' : cause));
  if (!known) return wrong('cause', `must be one of ${causes.join(', ')}`);
  const usage: { [unit: string]: number } = {};
  for (const unit of usageUnits) {
    if (values[unit] === '') continue;
    const reading = decimalIn(values[unit], decimals);
    if (reading === undefined) return wrong(unit, `must be a number written as ${decimals}`);
    usage[unit] = reading;
  }
  return {
    form: {
      ...(manufacturer === '' ? {} : { manufacturer }),
      serial,
      failedOn,
      ...(region === '' ? {} : { region }),
      lines: [{ component: component === '' ? null : component, cause: known, usage }],
      ...(description === '' ? {} : { description: description.slice(0, 5000) }),
    },
  };
}
