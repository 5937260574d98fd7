/**
 * Every period and choice that the agreement leaves open, as data: default, clause, and what it means. An agreement
 * version may override each; an instance carries the resolved terms it was made with, so that changing a default here
 * touches no running contract.
 */
import Type from 'typebox';
import { roles } from './agreement.ts';
import { isTimeZone } from './calendar.ts';
import { serviceTermTable } from './service-terms.ts';
import { duration, resolveFrom, term } from './term.ts';
import type { Overrides, Resolved } from './term.ts';

const role = Type.Enum([...roles]);

/** Terms of the subscription; one row for each. Those of claims and repairs: service-terms.ts. */
export const termTable = {
  payingRoles: term(
    Type.Array(role, { uniqueItems: true }),
    ['manufacturer', 'serviceCenter'],
    'C1',
    'Roles that pay to be active',
  ),
  timeZone: term(
    Type.String({ minLength: 1 }),
    'Asia/Shanghai',
    'C2',
    'Zone in which days are counted (IANA name)',
    (value) => {
      if (!isTimeZone(value)) throw new Error(`no time zone is called ${JSON.stringify(value)}`);
    },
  ),
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
  upgradeDue: term(duration, 'P14D', 'C5', "When an upgrade's order lapses unpaid after its issue"),
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

/** The resolved terms of one agreement version, as far as a subscription has to know them. */
export type Terms = Resolved<typeof termTable>;

/** All terms of an agreement version. */
export const allTerms = { ...termTable, ...serviceTermTable };
export type TermName = keyof typeof allTerms;

/** JSON Schema of overrides: any of the terms, none other. */
export const termOverrides = Type.Unsafe<Partial<Resolved<typeof allTerms>>>(
  Type.Object(
    Object.fromEntries(
      Object.entries(allTerms).map(([name, { schema, clause, description }]) => [
        name,
        Type.Optional({ ...schema, description: `${description} [${clause}]` } as Type.TSchema),
      ]),
    ),
    { additionalProperties: false },
  ),
);

/** The defaults with these overrides; throws `InvalidTerm` for the first that is unknown or malformed. */
export function resolveTerms(overrides: Overrides = {}): Terms {
  return resolveFrom(termTable, serviceTermTable, overrides);
}

/** The same for all terms there are. */
export function resolveAllTerms(overrides: Overrides = {}): Resolved<typeof allTerms> {
  return resolveFrom(allTerms, {}, overrides);
}

/** The same for claims and repairs. */
export function resolveServiceTerms(overrides: Overrides = {}): Resolved<typeof serviceTermTable> {
  return resolveFrom(serviceTermTable, termTable, overrides);
}
