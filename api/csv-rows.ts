/**
 * Files as companies have them: columns in any order and under any name, days and decimals as their country writes them. What
 * a row means, its reader says.
 */
import { parse } from 'csv-parse';
import { Type, type Static } from 'typebox';
import { isDay } from '../machines/calendar.ts';

/** How days are written: the letters stand for digits. */
export const dayForms = ['YYYY-MM-DD', 'DD.MM.YYYY', 'DD/MM/YYYY', 'MM/DD/YYYY', 'YYYY/MM/DD'] as const;
export type DayForm = (typeof dayForms)[number];

/** How decimals are written, by an example: twelve hundred thirty-four and a half. */
export const decimalForms = ['1234.5', '1,234.5', '1.234,5', '1 234,5'] as const;
export type DecimalForm = (typeof decimalForms)[number];

/** What is wrong with a row, by the words of its own file. */
export const RowProblem = Type.Object({
  line: Type.Integer({ description: 'Of the file, the header being line 1; where a row begins that has several' }),
  column: Type.String({ description: 'As the header calls it' }),
  problem: Type.String(),
});
export type RowProblem = Static<typeof RowProblem>;

/** Says what is wrong with a column, by our name of it. */
export type Wrong<Column extends string> = (column: Column, problem: string) => void;

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

export interface Row<Column extends string> {
  readonly line: number;
  readonly values: Values<Column>;
  /** All that was found wrong with it so far. */
  readonly problems: RowProblem[];
  readonly wrong: Wrong<Column>;
}

const TOO_LONG = 'is followed by more cells than the header has: quote what has the delimiter in it';

/**
 * Reads row by row; a column that the file has not is empty everywhere, unless it was named, and so is what a row leaves out at its
 * end. Cells beyond the header's are wrong unless they are empty: something before them has a delimiter in it.
 * @throws UnreadableFile before the first row, or where the quotes of the file do not fit together
 */
export async function* readRows<Column extends string>(
  text: string,
  columns: ReadonlyMap<Column, string>,
  needed: readonly Column[],
): AsyncGenerator<Row<Column>> {
  if (text.includes('\uFFFD')) throw new UnreadableFile('it is not UTF-8: save it as CSV UTF-8');
  const rows = parse(text, {
    bom: true,
    delimiter: delimiterOf(text),
    skip_empty_lines: true,
    trim: true,
    relax_column_count: true,
    info: true,
    raw: true,
  });
  let header: readonly string[] | undefined;
  try {
    for await (const { record, raw, info } of rows as AsyncIterable<Parsed>) {
      if (header === undefined) {
        header = record;
        mustHave(header, columns, needed);
        continue;
      }
      const row = rowOf(info.lines - breaksIn(raw), valuesOf(record, header, columns), columns);
      const { length } = header;
      if (record.slice(length).some((cell) => cell !== ''))
        row.problems.push({ line: row.line, column: header.at(-1)!, problem: TOO_LONG });
      yield row;
    }
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    const { lines } = error as { lines?: number };
    throw new UnreadableFile(`the quotes or columns of line ${lines ?? '?'} do not fit together`, { cause: error });
  }
  if (header === undefined) throw new UnreadableFile('it has no header row');
}

interface Parsed {
  readonly record: string[];
  readonly raw: string;
  readonly info: { readonly lines: number };
}

const breaksIn = (raw: string): number => raw.trim().split(/\r\n|\n|\r/u).length - 1;

function rowOf<Column extends string>(
  line: number,
  values: Values<Column>,
  columns: ReadonlyMap<Column, string>,
): Row<Column> {
  const problems: RowProblem[] = [];
  const wrong: Wrong<Column> = (column, problem) => {
    problems.push({ line, column: columns.get(column)!, problem });
  };
  return { line, values, problems, wrong };
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
  const isThere = (column: Column) => header.includes(columns.get(column)!);
  const named = [...columns].find(([ours, theirs]) => ours !== theirs && !isThere(ours));
  if (named) throw new UnreadableFile(`it has no column '${named[1]}', which the query names for ${named[0]}`);
  const missing = needed.filter((column) => !isThere(column));
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
