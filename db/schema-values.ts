/** What columns hold. */
import type { ColumnType } from 'kysely';

/** JSON as it is stored: what `JSON.parse` gives back. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** An instant, `2027-03-10T16:00:00.000Z`: the driver is told to read timestamps this way. */
export type Instant = string;

/** A calendar date, `2027-03-10`. */
export type CalendarDate = string;

/** Read as JSON, written as text: `JSON.stringify` it, because the driver takes a bare array for a Postgres array. */
export type Jsonb<T> = ColumnType<T, string, string>;

export type Role = 'manufacturer' | 'customer' | 'serviceCenter';
export type Edition = 'standard' | 'professional' | 'enterprise';
