/**
 * Files as companies have them: columns in any order and under any name, days and decimals as their country writes them. What
 * a row means, its reader says.
 */
import { parse } from 'csv-parse';
import { isDay } from '../machines/calendar.ts';

/** How days are written: the letters stand for digits. */
export const dayForms = ['YYYY-MM-DD', 'DD.MM.YYYY', 'DD/MM/YYYY', 'MM/DD/YYYY', 'YYYY/MM/DD'] as const;
export type DayForm = (typeof dayForms)[number];

/** How decimals are written, by an example: twelve hundred thirty-four and a half. */
export const decimalForms = ['1234.5', '1,234.5', '1.234,5', '1 234,5'] as const;
export type DecimalForm = (typeof decimalForms)[number];

/** What is wrong with a row. `row`: as a spreadsheet counts, the header being row 1. */
export interface RowProblem {
  readonly row: number;
  readonly field: string;
  readonly problem: string;
}

/** The file cannot be read as rows, or has not the columns that are needed. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/** `serial=Seriennummer;model=Typ`: ours, then the file's. */
export function columnsOf<Column extends string>(
  known: readonly Column[],
  mapping: string | undefined,
): Map<Column, string> {
  const columns = new Map<Column, string>(known.map((column) => [column, column]));
  for (const part of (mapping ?? '').split(';').filter((one) => one !== '')) {
    const [ours = '', theirs = ''] = part.split('=').map((one) => one.trim());
    const column = known.find((one) => one === ours);
    if (!column || theirs === '') {
      throw new UnreadableFile(`columns are given as 'serial=Serial no;…', with any of ${known.join(', ')}`);
    }
    columns.set(column, theirs);
  }
  return columns;
}

export type Values<Column extends string> = { readonly [Name in Column]: string };

/**
 * Reads row by row; a column that the file has not is empty everywhere.
 * @throws UnreadableFile before the first row, or where the quotes of the file do not fit together
 */
export async function* readRows<Column extends string>(
  text: string,
  columns: ReadonlyMap<Column, string>,
  needed: readonly Column[],
): AsyncGenerator<{ readonly row: number; readonly values: Values<Column> }> {
  if (text.includes('\uFFFD')) throw new UnreadableFile('it is not UTF-8: save it as CSV UTF-8');
  const rows = parse(text, {
    bom: true,
    delimiter: delimiterOf(text),
    skip_empty_lines: true,
    trim: true,
    relax_column_count: true,
    info: true,
  });
  let header: readonly string[] | undefined;
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (header === undefined) {
        header = record;
        mustHave(header, columns, needed);
        continue;
      }
      yield { row: info.lines, values: valuesOf(record, header, columns) };
    }
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    const { lines } = error as { lines?: number };
    throw new UnreadableFile(`the quotes or columns of line ${lines ?? '?'} do not fit together`, { cause: error });
  }
  if (header === undefined) throw new UnreadableFile('it has no header row');
}

/** The one that the header has most of: a comma may be a decimal's in the rows. */
function delimiterOf(text: string): string {
  const [header = ''] = text.trimStart().split(/\r?\n/u, 1);
  const plain = header.replaceAll(/"[^"]*"/gu, '');
  const count = (delimiter: string) => plain.split(delimiter).length;
  return [',', ';', '\t'].toSorted((one, other) => count(other) - count(one))[0]!;
}

function mustHave<Column extends string>(
  header: readonly string[],
  columns: ReadonlyMap<Column, string>,
  needed: readonly Column[],
): void {
  const missing = needed.filter((column) => !header.includes(columns.get(column)!));
  if (missing.length === 0) return;
  throw new UnreadableFile(
    `it has no column for ${missing.join(' and ')}: name it in the query, e.g. columns=${missing[0]}=…`,
  );
}

function valuesOf<Column extends string>(
  record: readonly string[],
  header: readonly string[],
  columns: ReadonlyMap<Column, string>,
): Values<Column> {
  const values = [...columns].map(([ours, theirs]) => [ours, record[header.indexOf(theirs)] ?? '']);
  return Object.fromEntries(values) as Values<Column>;
}

/** @returns as `2027-03-10`; nothing when it is no such day */
export function dayIn(text: string, form: DayForm): string | undefined {
  const shape = new RegExp(
    `^${form.replaceAll('.', '\\.').replace('YYYY', '(?<y>\\d{4})').replace('MM', '(?<m>\\d{1,2})').replace('DD', '(?<d>\\d{1,2})')}$`,
  );
  const { y, m, d } = shape.exec(text)?.groups ?? {};
  const day = `${y}-${m?.padStart(2, '0')}-${d?.padStart(2, '0')}`;
  return isDay(day) ? day : undefined;
}

const groupings: Record<DecimalForm, readonly [group: string, point: string]> = {
  '1234.5': ['', '.'],
  '1,234.5': [',', '.'],
  '1.234,5': ['.', ','],
  '1 234,5': [' ', ','],
};

/** @returns nothing when it is no number in this form; groups of three only where groups may be */
export function decimalIn(text: string, form: DecimalForm): number | undefined {
  const [group, point] = groupings[form];
  const plain = text.replaceAll(/[\u00a0\u202f]/gu, ' ');
  const escaped = (character: string) => (character === '.' ? '\\.' : character);
  const whole = group === '' ? '\\d+' : `(\\d+|\\d{1,3}(${escaped(group)}\\d{3})+)`;
  if (!new RegExp(`^${whole}(${escaped(point)}\\d+)?$`).test(plain)) return undefined;
  return Number(plain.replaceAll(group === '' ? '\u0000' : group, '').replace(point, '.'));
}
