/** Why a line covers a failure or does not, in codes that do not change: for decisions, letters and statistics [W1, W2]. */

/** `open`: a fact is missing, and the line covers once it is known and right. */
type Side = 'for' | 'against' | 'open';

const table = {
  withinTerm: ['for', 'The failure is within the months of the line'],
  unlimitedTerm: ['for', 'The line has no end in time'],
  withinUsage: ['for', 'The reading is within the usage limit'],
  unlimitedUsage: ['for', 'The line has no usage limit'],
  extended: ['for', 'Extensions were added to the line'],
  proRata: ['for', 'The line pays in part, by age'],
  deadOnArrival: ['for', 'The unit failed within the days after its start'],
  campaign: ['for', 'The unit is named by an open campaign'],
  replacement: ['for', 'The component was replaced and carries its own warranty'],

  otherModel: ['against', 'The line is for other models'],
  otherUnit: ['against', 'The campaign names other serial numbers and batches'],
  otherComponent: ['against', 'The line does not cover this component'],
  classNotCovered: ['against', 'The line does not cover this kind of cost'],
  notInForce: ['against', 'The policy was not in force when the cover of the unit started'],
  boughtLater: ['against', 'The extension was bought after the failure'],
  transferred: ['against', 'The unit changed its owner more often than the line allows'],
  beforeStart: ['against', 'The failure is before the cover starts'],
  expired: ['against', 'The cover had ended'],
  usageExceeded: ['against', 'The reading is over the usage limit'],
  causeExcluded: ['against', 'The line leaves out this cause'],

  startUnknown: ['open', 'No day is known from which the cover could count'],
  usageUnknown: ['open', 'The reading of the counter is not known'],
  causeUnknown: ['open', 'The cause is not known, and the line leaves out some'],
  componentUnknown: ['open', 'The component is not known, and the line covers only some'],
} as const satisfies { readonly [code: string]: readonly [Side, string] };

export type ReasonCode = keyof typeof table;

/** Facts of which one may still decide for cover. */
export type OpenCode = {
  [Code in ReasonCode]: (typeof table)[Code][0] extends 'open' ? Code : never;
}[ReasonCode];

export interface Reason {
  readonly code: ReasonCode;
  readonly speaks: Side;
  readonly text: string;
}

export function reason(code: ReasonCode): Reason {
  const [speaks, text] = table[code];
  return { code, speaks, text };
}

export function isOpen(code: ReasonCode): code is OpenCode {
  return table[code][0] === 'open';
}
