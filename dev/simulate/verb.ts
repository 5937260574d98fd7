/** One phrase of a scenario: a route of the API, who says it, and what it takes with it. */
import Type, { type TObject } from 'typebox';

export const roles = ['manufacturer', 'customer', 'serviceCenter', 'operator'] as const;
export type Role = (typeof roles)[number];

export interface Verb {
  readonly by: readonly Role[];
  /** The clause behind it, shown in the timeline. */
  readonly clause: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  /**
   * Below `/accounts/<who>/`, or `/` for the operator. `{claim}`, `{repair}` and `{of}` are what the step is about; any
   * other name in braces is a field of `with`.
   */
  readonly path: string;
  /** What stands under `with`. */
  readonly takes: TObject;
  /** It makes something that later steps can name. */
  readonly makes?: 'claim' | 'evidence';
  /** Done by several requests or with another body than JSON: a word of run-step.ts. */
  readonly special?: 'upload' | 'pay' | 'join' | 'verifyRenewal';
}

const closed = { additionalProperties: false } as const;

/** Takes nothing. */
export const nothing = Type.Object({}, closed);

/** The payload of an event, without what the API adds to it. */
export function payloadOf(schema: TObject): TObject {
  const left = Object.entries(schema.properties).filter(([name]) => name !== 'by' && name !== 'centerId');
  return Type.Object(Object.fromEntries(left), closed);
}
