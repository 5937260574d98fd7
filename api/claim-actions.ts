/** What the parties of a claim do to it: each action is one event of its machine [W2, W6]. */
import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { claimEvents } from '../machines/claim-events.ts';
import type { ClaimPublicEvent } from '../machines/claim-events.ts';

type EventType = ClaimPublicEvent['type'];

export interface ClaimAction {
  /** Last part of the path. */
  readonly path: string;
  readonly by: 'manufacturer' | 'customer';
  readonly event: EventType;
  readonly summary: string;
  readonly example: object;
}

const decidedBy = 'clerk-7';
const facts = [{ lineId: 'l1', component: 'motor', cause: 'wear', usage: { hours: 120 } }];

export const claimActions: readonly ClaimAction[] = [
  {
    path: 'decisions',
    by: 'manufacturer',
    event: 'line.decided',
    summary: 'Decide a line as coverage says',
    example: { lineId: 'l1', decidedBy },
  },
  {
    path: 'refusals',
    by: 'manufacturer',
    event: 'line.refused',
    summary: 'Refuse a line as a duplicate or a fraud',
    example: { lineId: 'l1', reason: 'duplicate', decidedBy },
  },
  {
    path: 'goodwill',
    by: 'manufacturer',
    event: 'goodwill.offered',
    summary: 'Pay more of a line than coverage does',
    example: { lineId: 'l1', amount: 20_000, currency: 'CNY', reason: 'loyalty', decidedBy },
  },
  {
    path: 'goodwill-approvals',
    by: 'manufacturer',
    event: 'goodwill.approved',
    summary: 'Approve goodwill above the limit, as a second person',
    example: { lineId: 'l1', amount: 60_000, currency: 'CNY', decidedBy: 'head-2' },
  },
  {
    path: 'goodwill-refusals',
    by: 'manufacturer',
    event: 'goodwill.declined',
    summary: 'Decline goodwill above the limit, as a second person',
    example: { lineId: 'l1', decidedBy: 'head-2' },
  },
  {
    path: 'facts',
    by: 'manufacturer',
    event: 'facts.corrected',
    summary: 'Correct what is known of lines; coverage is asked again',
    example: { facts },
  },
  {
    path: 'information-requests',
    by: 'manufacturer',
    event: 'information.requested',
    summary: 'Ask the customer; the clock is paused',
    example: { codes: ['photoOfPlate'] },
  },
  {
    path: 'information',
    by: 'customer',
    event: 'information.provided',
    summary: 'Answer what was asked',
    example: { facts, evidence: [] },
  },
  {
    path: 'outcome',
    by: 'manufacturer',
    event: 'outcome.chosen',
    summary: 'Choose repair, replacement or refund',
    example: { outcome: 'repair', decidedBy },
  },
  {
    path: 'fulfilment',
    by: 'manufacturer',
    event: 'outcome.fulfilled',
    summary: 'Say that the replacement was sent, or the refund paid',
    example: { reference: 'BOC-20270301-000123' },
  },
  {
    path: 'acceptance',
    by: 'customer',
    event: 'decision.accepted',
    summary: 'Accept the decision, or what was done',
    example: {},
  },
  {
    path: 'appeal',
    by: 'customer',
    event: 'appeal.filed',
    summary: 'Appeal the decision, or dispute what was done; once',
    example: { reason: 'wrongFacts' },
  },
  {
    path: 'dispute-rejection',
    by: 'manufacturer',
    event: 'dispute.rejected',
    summary: 'Say no to a dispute',
    example: { reason: 'noFault', decidedBy },
  },
  {
    path: 'arbitration-request',
    by: 'customer',
    event: 'arbitration.requested',
    summary: 'Have the decision on the appeal arbitrated',
    example: { reason: 'wrongFacts' },
  },
  {
    path: 'withdrawal',
    by: 'customer',
    event: 'claim.withdrawn',
    summary: 'Withdraw the claim',
    example: {},
  },
];

/** What a customer without an account cannot do itself, its manufacturer does for it; nobody disputes his own decision. */
export const forAbsent: readonly EventType[] = ['information.provided', 'decision.accepted', 'claim.withdrawn'];

/** The payload of an event without who sent it: that is known here. */
export function bodyOf(event: EventType, example: object): TSchema {
  const { by: _by, ...fields } = (claimEvents[event].schema as unknown as { properties: Record<string, TSchema> })
    .properties;
  return Type.Object(fields, { additionalProperties: false, examples: [example] });
}
