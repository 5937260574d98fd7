/** How data analysis is asked: groups, filters, the period, and an earlier one to compare with [D1]. */
import { Type } from 'typebox';
import { dimensions, type Dimension } from '../analysis/groups.ts';
import type { Selection } from '../db/analysis-selection.ts';
import { isDay } from '../machines/calendar.ts';
import { Day } from './fields.ts';
import { preferred } from './media-type.ts';
import { Problem } from './problems.ts';

const list = (description: string, example: string) =>
  Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,59}(,[A-Za-z0-9][A-Za-z0-9._/-]{0,59}){0,49}$',
      description: `${description}; several with commas between them`,
      examples: [example],
    }),
  );

/** The parameters that all figures have, but for those that one leaves out. */
export const common = {
  groupBy: Type.Optional(
    Type.String({
      pattern: '^[a-z]+(,[a-z]+){0,4}$',
      description: `Any of ${dimensions.join(', ')}, with commas between them; without it, one total`,
      examples: ['model,month'],
    }),
  ),
  model: list('Of these models only', 'SD-18V'),
  component: list('Of these components only', 'motor'),
  batch: list('Of these batches only', '2026-W14'),
  from: Type.Optional(Day('First day of the period; without it, from the beginning')),
  to: Type.Optional(Day('Last day of the period; without it, today')),
  format: Type.Optional(Type.Enum(['json', 'csv', 'html'], { description: 'Instead of the header `Accept`' })),
};
export const comparison = {
  compareFrom: Type.Optional(Day('First day of an earlier period to compare with')),
  compareTo: Type.Optional(Day('Its last day, before `from`')),
};
/** A whole number from 1, as it stands in an address. */
export const Whole = (digits: number, description: string) =>
  Type.Optional(Type.String({ pattern: `^[1-9][0-9]{0,${digits - 1}}$`, description, examples: ['6'] }));

export interface Asked {
  readonly [parameter: string]: string | undefined;
}

export interface Question {
  readonly by: readonly Dimension[];
  readonly selection: Selection;
  readonly earlier: Selection | null;
  readonly today: string;
  readonly query: Asked;
}

/**
 * @param today of the account, in the agreement's time zone
 * @param allowed what these figures can be grouped by
 * @throws {Problem} `invalid-request`, naming the parameter
 */
export function questionIn(
  query: Asked,
  of: { readonly accountId: string; readonly today: string; readonly allowed: readonly Dimension[] },
): Question {
  const by = groupsIn(query['groupBy'], of.allowed);
  const { today } = of;
  const to = query['to'] ?? today;
  const from = query['from'] ?? null;
  inOrder(from, to, 'from');
  if (to > today) throw wrong('to', 'It is after today.');
  const selection: Selection = {
    accountId: of.accountId,
    models: listIn(query['model']),
    components: listIn(query['component']),
    batches: listIn(query['batch']),
    from,
    to,
  };
  return { by, selection, earlier: earlierIn(query, selection, by), today, query };
}

function groupsIn(text: string | undefined, allowed: readonly Dimension[]): Dimension[] {
  const asked = new Set(text === undefined ? [] : text.split(','));
  const unknown = [...asked].some((one) => !allowed.some((dimension) => dimension === one));
  if (unknown) throw wrong('groupBy', `These figures are grouped by ${allowed.join(', ')}.`);
  return allowed.filter((one) => asked.has(one));
}

function earlierIn(query: Asked, selection: Selection, by: readonly Dimension[]): Selection | null {
  const [from, to] = [query['compareFrom'], query['compareTo']];
  if (from === undefined && to === undefined) return null;
  if (from === undefined || to === undefined)
    throw wrong(from === undefined ? 'compareFrom' : 'compareTo', 'An earlier period has a first and a last day.');
  inOrder(from, to, 'compareFrom');
  if (selection.from === null) throw wrong('from', 'A period that is compared has a first day.');
  if (to >= selection.from) throw wrong('compareTo', 'It is before the first day of the period.');
  if (by.includes('month')) throw wrong('groupBy', 'Two periods have no month in common: compare without months.');
  return { ...selection, from, to };
}

function inOrder(from: string | null, to: string, field: string): void {
  if (from !== null && (!isDay(from) || from > to)) throw wrong(field, 'It is after the last day.');
}

function listIn(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(',');
}

/** @throws {Problem} `not-acceptable` */
export function formatIn(query: Asked, accept: string | undefined): 'json' | 'csv' | 'html' {
  const { format } = query;
  return format === 'json' || format === 'csv' || format === 'html' ? format : preferred(accept, 'html', 'csv');
}

/** A whole number from 1 to a largest one. */
export function wholeIn(query: Asked, name: string, usual: number, largest: number): number {
  const value = Number(query[name] ?? usual);
  if (value > largest) throw wrong(name, `It is ${largest} at most.`);
  return value;
}

export function wrong(field: string, detail: string): Problem {
  return new Problem('invalid-request', { field, detail });
}
