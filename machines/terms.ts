/**
 * Every period and choice that the agreement leaves open, as data: default, clause, and what it means. An agreement
 * version may override each; an instance carries the resolved terms it was made with, so that changing a default here
 * touches no running contract.
 */
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { roles } from './agreement.ts';
import { isPositiveDuration, isTimeZone } from './calendar.ts';

const duration = Type.String({
  pattern: '^P(?!$)(\\d+Y)?(\\d+M)?(\\d+W)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+(\\.\\d{1,3})?S)?)?$',
  description: 'ISO 8601 duration, longer than zero; date parts count by calendar, time parts exactly',
});
const role = Type.Enum([...roles]);

interface Term<Schema extends Type.TSchema> {
  readonly schema: Schema;
  readonly default: Static<Schema>;
  readonly clause: string;
  readonly description: string;
}

function term<const Schema extends Type.TSchema>(
  schema: Schema,
  standard: Static<Schema>,
  clause: string,
  description: string,
): Term<Schema> {
  return { schema, default: standard, clause, description };
}

/** One row for each term. */
export const termTable = {
  payingRoles: term(
    Type.Array(role, { uniqueItems: true }),
    ['manufacturer', 'serviceCenter'],
    'C1',
    'Roles that pay to be active',
  ),
  timeZone: term(Type.String({ minLength: 1 }), 'Asia/Shanghai', 'C2', 'Zone in which days are counted (IANA name)'),
  termAnchor: term(
    Type.Enum(['activation', 'confirmation']),
    'activation',
    'C2',
    'Moment from which the years of service count',
  ),
  periodEnd: term(
    Type.Enum(['endOfDay', 'sameInstant']),
    'endOfDay',
    'C2',
    'Whether a period ends at 24:00 of its last day or at the time of day at which it began',
  ),
  billingPeriod: term(duration, 'P1Y', 'C4', 'What one unit of an order buys'),
  renewalNotice: term(duration, 'P90D', 'R1', 'How long before expiry the renewal notice is posted'),
  overduePeriod: term(duration, 'P7D', 'C5', 'Days between the due date and the deletion'),
  warningStands: term(duration, 'P7D', 'C5', 'How long the final warning stands before the deletion'),
  noticeStands: term(duration, 'P30D', 'C5', 'How long the renewal notice stands before the deletion'),
  registrationDue: term(duration, 'P14D', 'C5', "When a registration's order is due after its issue"),
  registrationLapse: term(duration, 'P30D', 'C5', 'When a registration that is not confirmed or not verified lapses'),
  shortfallTolerance: term(
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    0,
    'C6',
    'Shortfall that still counts as paid, in minor units',
  ),
  windDown: term(duration, 'P14D', 'A5', 'How long a user who leaves can export before the deletion'),
  refundUnusedTerm: term(Type.Boolean(), false, 'A5', 'Whether who leaves gets the unused part of a paid term back'),
} as const;

export type TermName = keyof typeof termTable;

/** The resolved terms of one agreement version. */
export type Terms = { readonly [Name in TermName]: Static<(typeof termTable)[Name]['schema']> };

const termNames = Object.keys(termTable) as TermName[];

/** JSON Schema of overrides: any of the terms, none other. */
export const termOverrides = Type.Unsafe<Partial<Terms>>(
  Type.Object(
    Object.fromEntries(
      termNames.map((name) => {
        const { schema, clause, description } = termTable[name];
        return [name, Type.Optional({ ...schema, description: `${description} [${clause}]` } as Type.TSchema)];
      }),
    ),
    { additionalProperties: false },
  ),
);

/** An override that is no term, or whose value the term does not take. */
export class InvalidTerm extends Error {
  override readonly name = 'InvalidTerm';
  readonly term: string;
  constructor(term: string, why: string) {
    super(`Term '${term}': ${why}`);
    this.term = term;
  }
}

/** The defaults with these overrides; throws {@link InvalidTerm} for the first that is unknown or malformed. */
export function resolveTerms(overrides: { readonly [name: string]: unknown } = {}): Terms {
  const resolved: { [name: string]: unknown } = {};
  for (const name of termNames) resolved[name] = structuredCopy(termTable[name].default);
  for (const [name, value] of Object.entries(overrides)) {
    if (!Object.hasOwn(termTable, name))
      throw new InvalidTerm(name, `is not a term; terms are ${termNames.join(', ')}`);
    const { schema } = termTable[name as TermName];
    if (!Value.Check(schema, value)) throw new InvalidTerm(name, `does not take ${JSON.stringify(value)}`);
    if ((schema as unknown) === duration && !isPositiveDuration(value as string)) {
      throw new InvalidTerm(name, `must be longer than zero, got ${value as string}`);
    }
    if (name === 'timeZone' && !isTimeZone(value as string)) {
      throw new InvalidTerm(name, `no time zone is called ${JSON.stringify(value)}`);
    }
    resolved[name] = structuredCopy(value);
  }
  return resolved as Terms;
}

function structuredCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
