/**
 * What the agreement leaves open about claims and repairs, as data [W2–W6, V2]. A claim carries the terms of its
 * manufacturer's agreement version and hands them on to the repair that it orders.
 */
import Type from 'typebox';
import type { Static } from 'typebox';
import type { Instant } from '../engine/machine.ts';
import { checkCalendar, weekdays } from './business-calendar.ts';
import type { BusinessCalendar, Weekday } from './business-calendar.ts';
import { checkServiceLevel } from './service-level.ts';
import type { ServiceLevel } from './service-level.ts';
import { standardCalendar } from './standard-calendar.ts';
import { currency } from './subscription-events.ts';
import { duration, term } from './term.ts';
import type { Resolved } from './term.ts';

/** What a claim that is paid for comes to [W6]. */
export const grantedOutcomes = ['repair', 'replacement', 'refund'] as const;
export type GrantedOutcome = (typeof grantedOutcomes)[number];

const time = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$', description: 'Wall-clock time, HH:MM' });
const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const intervals = Type.Array(Type.Tuple([time, time]), { maxItems: 10 });

/** Schema of a `BusinessCalendar`. */
export const calendarSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60 }),
    version: Type.Integer({ minimum: 1 }),
    timeZone: Type.String({ minLength: 1, maxLength: 60 }),
    week: Type.Object(
      Object.fromEntries(weekdays.map((name) => [name, Type.Optional(intervals)])) as {
        [Name in Weekday]: Type.TOptional<typeof intervals>;
      },
      { additionalProperties: false },
    ),
    years: Type.Record(
      Type.String({ pattern: '^\\d{4}$' }),
      Type.Object(
        {
          holidays: Type.Array(day, { maxItems: 366 }),
          specialDays: Type.Record(day, intervals, { additionalProperties: false }),
        },
        { additionalProperties: false },
      ),
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

const durations = Type.Array(duration, { maxItems: 10 });
/** Schema of a `ServiceLevel` without its name and calendar. */
export const levelSchema = Type.Object(
  {
    target: duration,
    reminders: durations,
    escalations: durations,
    pauses: Type.Array(Type.String({ pattern: '^[a-z][A-Za-z]{1,59}$' }), { maxItems: 10, uniqueItems: true }),
  },
  {
    additionalProperties: false,
    description: 'Business days (P5D) or business time (PT8H); reminders before the target, escalations after it',
  },
);

function checkLevel(level: Static<typeof levelSchema>): void {
  checkServiceLevel({ name: 'level', ...level, calendar: standardCalendar });
}

/** One row for each term. */
export const serviceTermTable = {
  businessCalendar: term(
    calendarSchema,
    standardCalendar,
    'V2',
    'Working time in which business days are counted; a manufacturer may have calendars of its own',
    (value) => checkCalendar(value as BusinessCalendar),
  ),
  claimDecision: term(
    levelSchema,
    { target: 'P5D', reminders: ['P1D'], escalations: ['P2D'], pauses: ['customerInformation', 'suspension'] },
    'W5',
    'How long a manufacturer has to decide a claim; the escalation goes to the operator',
    checkLevel,
  ),
  repairTurnaround: term(
    levelSchema,
    {
      target: 'P10D',
      reminders: ['P2D'],
      escalations: ['P0D', 'P3D'],
      pauses: ['quotation', 'parts', 'suspension', 'authorityHold'],
    },
    'W5',
    'How long a service center has from the receipt of a unit until it is shipped back; escalations go to the manufacturer, then the operator',
    checkLevel,
  ),
  automaticOutcomes: term(
    Type.Array(Type.Enum([...grantedOutcomes, 'rejection']), { uniqueItems: true }),
    ['repair'],
    'W2',
    'Outcomes that rules may decide without a person where every line is clear',
  ),
  informationDue: term(duration, 'P14D', 'W2', 'How long the customer has to give information that was asked for'),
  goodwillLimit: term(
    Type.Object(
      { amount: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), currency },
      { additionalProperties: false },
    ),
    { amount: 50_000, currency: 'CNY' },
    'W2',
    'Goodwill for one line above which a second person must approve, in minor units; goodwill and awards are in its currency',
  ),
  repeatPeriod: term(
    duration,
    'P90D',
    'W2',
    'How soon after a repair the same component fails again to be a repeat failure',
  ),
  appealPeriod: term(duration, 'P30D', 'W6', 'How long a decision, or a repair that was done, can be disputed'),
  arbitrationDue: term(duration, 'P30D', 'W6', 'When an arbitration that decided nothing lapses: the decision stands'),
  assignmentDue: term(duration, 'P3D', 'W4', 'How long a service center has to accept; then another one is asked'),
  shippingDue: term(duration, 'P30D', 'W4', 'How long the customer has to send the unit in; then the repair lapses'),
  quotationValidity: term(duration, 'P14D', 'W4', 'How long the customer can accept a quotation'),
  advanceReturnDue: term(
    duration,
    'P21D',
    'W4',
    'How long the customer has to send the defective unit in after an advance replacement; then it is charged',
  ),
  loanerReturnDue: term(
    duration,
    'P14D',
    'W4',
    'How long the customer has to return a loaner after the end of the repair; then it is charged',
  ),
  repairWarranty: term(
    duration,
    'P6M',
    'W6',
    'How long a repaired or replaced part carries its own warranty; years and months only',
    (value) => void monthsOf(value),
  ),
} as const;

/** Whole months of a duration, as warranties count; throws for one with other parts. */
export function monthsOf(length: string): number {
  const [isMonths, years = '0', months = '0'] = /^P(?:(\d+)Y)?(?:(\d+)M)?$/.exec(length) ?? [];
  if (isMonths === undefined) throw new RangeError(`must be years and months, got ${length}`);
  return Number(years) * 12 + Number(months);
}

/** The resolved terms that a claim or a repair carries. */
export type ServiceTerms = Resolved<typeof serviceTermTable>;

/** How many years ahead a level knows its calendar: what runs longer than that has another trouble. */
const yearsAhead = 10;

/** The service level of a term that begins at a moment, with as much of the calendar as it can need. */
export function levelOf(
  name: 'claimDecision' | 'repairTurnaround',
  terms: Pick<ServiceTerms, 'businessCalendar' | 'claimDecision' | 'repairTurnaround'>,
  at: Instant,
): ServiceLevel {
  const first = Number(at.slice(0, 4)) - 1;
  const isNear = (year: number) => year >= first && year <= first + yearsAhead + 1;
  const { years, ...calendar } = terms.businessCalendar as BusinessCalendar;
  const near = Object.fromEntries(Object.entries(years).filter(([year]) => isNear(Number(year))));
  return { name, ...terms[name], calendar: { ...calendar, years: near } };
}
