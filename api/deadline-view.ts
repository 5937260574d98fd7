/** What falls due next of a contract, by a word that stays the same however its chart is drawn. */
import { Type, type Static } from 'typebox';
import type { Instance } from '../db/instances.ts';
import { distanceInWords } from './contract-time.ts';
import { Instant } from './fields.ts';

/** A word, and what happens at the moment. */
export const deadlineWords: { readonly [word: string]: string } = {
  registrationLapse: 'the registration lapses',
  orderDue: 'the order has to be paid',
  expiry: 'the term of service ends',
  upgradeLapse: 'the order of an upgrade has to be paid, or the edition stays',
  termStart: 'the term begins that has another edition',
  renewalNotice: 'the notice of renewal is posted',
  deletion: 'the account and its data are deleted',
  windDown: 'the export closes, and the account is deleted',
  assignmentDue: 'the service center has to have accepted, or one is looked for again',
  shippingDue: 'the unit has to be sent in',
  advanceReturnDue: 'the defective unit has to be sent in, or it is charged',
  quotationValidity: 'the quotation has to be accepted',
  loanerReturnDue: 'the unit on loan has to be back, or it is charged',
  turnaround: 'a reminder, the target or an escalation of the time for the repair is reached',
};

export const DeadlineView = Type.Object({
  at: Instant('When it falls due'),
  in: Type.String({ description: 'How far away that is, in words, on the clock of the contract' }),
  what: Type.Enum(Object.keys(deadlineWords), {
    description: `What happens then: ${Object.entries(deadlineWords)
      .map(([word, meaning]) => `\`${word}\`: ${meaning}`)
      .join('; ')}`,
  }),
  clauses: Type.Array(Type.String(), { description: 'The clauses behind it' }),
});

type Deadline = Instance['deadlines'][number];

/** @param wordOf the word for a delay of the chart, where that is not the delay's own name */
export function deadlineView(
  { at, event, references }: Deadline,
  now: Date,
  wordOf: (delay: string) => string = (delay) => delay,
): Static<typeof DeadlineView> {
  const [, delay = event] = /^xstate\.after\.([^.]+)/.exec(event) ?? [];
  return { at, in: distanceInWords(at, now), what: wordOf(delay), clauses: [...references] };
}
