/** A file of claims: rows of the same `claim` are its lines, others are claims of one line [W2]. */
import { namePattern } from '../machines/subscription-events.ts';
import { causes } from '../machines/claim-events.ts';
import { usageUnits } from '../machines/warranty/policy.ts';
import type { ClaimForm } from './claim-intake.ts';
import { dayIn, decimalIn, readRows } from './csv-rows.ts';
import type { DayForm, DecimalForm, RowProblem, Values, Wrong } from './csv-rows.ts';
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
export type ClaimColumn = (typeof claimColumns)[number];

/** As in the form of one claim. */
const LINES = 100;
const DESCRIPTION = 5000;

export interface ClaimOfFile {
  /** Of the file, for each line of the claim that is not another claim's by what it says. */
  readonly lines: readonly number[];
  /** What the file calls it, or its line. */
  readonly name: string;
  readonly form: ClaimForm;
}

export interface ClaimFile {
  readonly rows: number;
  readonly claims: readonly ClaimOfFile[];
  /** With rows that cannot be read: not filed, but looked at, so that all that is wrong is said at once. */
  readonly spoilt: readonly ClaimOfFile[];
  readonly problems: readonly RowProblem[];
}

interface Draft extends ClaimOfFile {
  /** Cells of its first row that cannot be read: no other row differs from them. */
  readonly unread: ReadonlySet<string>;
  readonly isSpoilt: boolean;
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
  const drafts = new Map<string, Draft>();
  const problems: RowProblem[] = [];
  let rows = 0;
  for await (const { line, values, problems: own, wrong } of readRows(text, columns, ['serial', 'failedOn'])) {
    rows += 1;
    const name = values.claim === '' ? `line ${line}` : values.claim;
    const form = formOf(values, reading, wrong);
    const unread = new Set(own.map(({ column }) => column));
    const draft = drafts.get(name) ?? { lines: [], name, form: { ...form, lines: [] }, unread, isSpoilt: false };
    const isUnread = (column: ClaimColumn) => [unread, draft.unread].some((cells) => cells.has(columns.get(column)!));
    const isOther = draft.lines.length > 0 && differs(draft, form, isUnread, wrong);
    const lines = isOther ? draft.lines : [...draft.lines, line];
    const ofForm = isOther ? draft.form.lines : [...draft.form.lines, ...form.lines];
    const isSpoilt = draft.isSpoilt || own.length > 0;
    drafts.set(name, { ...draft, lines, form: { ...draft.form, lines: ofForm }, isSpoilt });
    problems.push(...own);
  }
  const all = [...drafts.values()];
  return { rows, claims: all.filter((one) => !one.isSpoilt), spoilt: all.filter((one) => one.isSpoilt), problems };
}

/** What cannot be as it is in a line of a claim that is there already, as far as both can be read. */
function differs(
  { lines: [first], form }: ClaimOfFile,
  other: ClaimForm,
  isUnread: (column: ClaimColumn) => boolean,
  wrong: Wrong<ClaimColumn>,
): boolean {
  const named = ['serial', 'failedOn', 'manufacturer', 'region'] as const;
  const differing = named.filter((column) => form[column] !== other[column] && !isUnread(column));
  for (const column of differing) wrong(column, `differs from line ${first}, which is of the same claim`);
  const isTooLong = form.lines.length >= LINES;
  if (isTooLong) wrong('claim', `has more than ${LINES} lines`);
  return isTooLong || differing.length > 0;
}

/** Of no use where something was found wrong. */
function formOf(values: Values<ClaimColumn>, { days, decimals }: Reading, wrong: Wrong<ClaimColumn>): ClaimForm {
  const { serial, region, component, cause, manufacturer, description } = values;
  const name = new RegExp(namePattern);
  if (!name.test(serial)) wrong('serial', 'is no serial number');
  if (component !== '' && !name.test(component)) wrong('component', 'is no name of a component');
  if (manufacturer !== '' && !/^\d{1,20}$/.test(manufacturer)) wrong('manufacturer', 'is no account number');
  const failedOn = dayIn(values.failedOn, days);
  if (failedOn === undefined) wrong('failedOn', `must be a day written as ${days}`);
  if (region !== '' && !new RegExp(regionPattern).test(region)) wrong('region', 'is no ISO 3166-2 code');
  const known = causes.find((one) => one === (cause === '' ? 'unknown' : cause));
  if (known === undefined) wrong('cause', `must be one of ${causes.join(', ')}`);
  if (description.length > DESCRIPTION) wrong('description', `is longer than ${DESCRIPTION} characters`);
  const usage: { [unit: string]: number } = {};
  for (const unit of usageUnits) {
    if (values[unit] === '') continue;
    const reading = decimalIn(values[unit], decimals);
    if (reading === undefined) wrong(unit, `must be a number written as ${decimals}`);
    else usage[unit] = reading;
  }
  return {
    ...(manufacturer === '' ? {} : { manufacturer }),
    serial,
    failedOn: failedOn ?? '',
    ...(region === '' ? {} : { region }),
    lines: [{ component: component === '' ? null : component, cause: known ?? 'unknown', usage }],
    ...(description === '' ? {} : { description }),
  };
}
