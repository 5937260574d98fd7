/** What a term is: a period or choice that the agreement leaves open, as data with its default, its clause and its meaning. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { isPositiveDuration } from './calendar.ts';

/** Schema of a duration; as a term of its own it must be longer than zero. */
export const duration = Type.String({
  pattern: '^P(?!$)(\\d+Y)?(\\d+M)?(\\d+W)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+(\\.\\d{1,3})?S)?)?$',
  description: 'ISO 8601 duration, longer than zero; date parts count by calendar, time parts exactly',
});

export interface Term<Schema extends Type.TSchema> {
  readonly schema: Schema;
  readonly default: Static<Schema>;
  readonly clause: string;
  readonly description: string;
  /** What no schema can say: throws for a value that cannot be meant, with the reason as its message. */
  readonly check?: (value: Static<Schema>) => void;
}

export interface TermTable {
  // `never`: a table of terms of any values.
  readonly [name: string]: Omit<Term<Type.TSchema>, 'check'> & { readonly check?: (value: never) => void };
}

/** The values of the terms of a table. */
export type Resolved<Table extends TermTable> = { readonly [Name in keyof Table]: Static<Table[Name]['schema']> };

export function term<const Schema extends Type.TSchema>(
  schema: Schema,
  standard: Static<Schema>,
  clause: string,
  description: string,
  check?: (value: Static<Schema>) => void,
): Term<Schema> {
  return { schema, default: standard, clause, description, ...(check ? { check } : {}) };
}

/** An override that is no term, or whose value the term does not take. */
export class InvalidTerm extends Error {
  override readonly name = 'InvalidTerm';
  readonly term: string;
  constructor(term: string, why: string) {
    super(`Term '${term}': ${why}`);
    this.term = term;
  }
}

export interface Overrides {
  readonly [name: string]: unknown;
}

/**
 * The defaults with the overrides that are of this table; those of `others` are passed over. Throws {@link InvalidTerm} for
 * the first that is in neither, or malformed.
 */
export function resolveFrom<Table extends TermTable>(
  table: Table,
  others: TermTable,
  overrides: Overrides,
): Resolved<Table> {
  const resolved: { [name: string]: unknown } = {};
  for (const [name, { default: standard }] of Object.entries(table)) resolved[name] = structuredCopy(standard);
  for (const [name, value] of Object.entries(overrides)) {
    if (Object.hasOwn(table, name)) resolved[name] = structuredCopy(checked(name, table[name]!, value));
    else if (!Object.hasOwn(others, name)) {
      const known = [...Object.keys(table), ...Object.keys(others)].join(', ');
      throw new InvalidTerm(name, `is not a term; terms are ${known}`);
    }
  }
  return resolved as Resolved<Table>;
}

function checked(name: string, { schema, check }: TermTable[string], value: unknown): unknown {
  if (!Value.Check(schema, value)) throw new InvalidTerm(name, `does not take ${JSON.stringify(value)}`);
  if ((schema as unknown) === duration && !isPositiveDuration(value as string)) {
    throw new InvalidTerm(name, `must be longer than zero, got ${value as string}`);
  }
  try {
    check?.(value as never);
  } catch (error) {
    throw new InvalidTerm(name, (error as Error).message);
  }
  return value;
}

function structuredCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
