/** Checks an event's payload against its schema; the value itself never appears in what is said about it. */
import { Errors } from 'typebox/value';
import type { TSchema } from 'typebox';

export interface Issue {
  /** JSON pointer into the payload, e.g. `/years`. */
  readonly path: string;
  readonly message: string;
}

/** @returns what is wrong, at most ten things; nothing when the payload is right. */
export function checkEvent(schema: object, payload: unknown): Issue[] {
  return [...Errors(schema as TSchema, payload)]
    .slice(0, 10)
    .map((error) => ({ path: error.instancePath, message: error.message }));
}
