/** The events that a claim takes from outside. Ids, digests and codes only: what people write is in the vault. */
import Type from 'typebox';
import { repairResults } from './claim-repair.ts';
import { grantedOutcomes } from './service-terms.ts';
import {
  currency,
  id,
  lineId,
  messageRefused,
  minorUnits,
  ownName,
  payload,
  reference,
} from './subscription-events.ts';
import type { EventOf, PublicEvents } from './subscription-events.ts';

const code = Type.String({ pattern: '^[a-z][A-Za-z]{1,59}$', description: 'A code; no free text' });
const person = Type.String({
  pattern: '^[A-Za-z0-9._-]{1,60}$',
  description: 'Who decides, as the account knows its people: an opaque id, never a name',
});
const digest = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Lower-case hex SHA-256' });
const reading = Type.Optional(Type.Number({ minimum: 0, maximum: 1e9 }));

export const causes = ['defect', 'wear', 'misuse', 'accident', 'unauthorisedRepair', 'unknown'] as const;

/** What is known of the failure of one line. */
export const lineFacts = Type.Object(
  {
    lineId,
    component: Type.Union([ownName, Type.Null()], { description: 'Null while nobody knows which component failed' }),
    cause: Type.Enum(causes),
    usage: Type.Object({ hours: reading, cycles: reading, km: reading }, { additionalProperties: false }),
  },
  { additionalProperties: false },
);

const party = Type.Enum(['customer', 'manufacturer'] as const);
const outcome = Type.Enum(grantedOutcomes);
const award = Type.Object({ lineId, amount: minorUnits, currency }, { additionalProperties: false });

/** Why a line is refused that coverage may pay: only these, since what coverage pays follows from facts. */
export const refusals = ['duplicate', 'fraud'] as const;

export const claimEvents = {
  'line.decided': {
    schema: payload({ lineId, decidedBy: person }),
    description: 'A person decides that a line is paid as coverage says: in full, in part or not at all',
  },
  'line.refused': {
    schema: payload({ lineId, reason: Type.Enum(refusals), decidedBy: person }),
    description: 'A person refuses a line as a duplicate or a fraud',
  },
  'goodwill.offered': {
    schema: payload({ lineId, amount: minorUnits, currency, reason: code, decidedBy: person }),
    description: 'A person pays up to this much of a line beyond what coverage pays',
  },
  'goodwill.approved': {
    schema: payload({ lineId, amount: minorUnits, currency, decidedBy: person }),
    description: 'A second person approves goodwill above the limit: this amount, as it is offered now',
  },
  'goodwill.declined': {
    schema: payload({ lineId, decidedBy: person }),
    description: 'A second person declines goodwill above the limit; the line is to be decided again',
  },
  'facts.corrected': {
    schema: payload({ facts: Type.Array(lineFacts, { minItems: 1, maxItems: 100 }) }),
    description: 'The manufacturer corrects what is known of lines; coverage is asked again',
  },
  'information.requested': {
    schema: payload({ codes: Type.Array(code, { minItems: 1, maxItems: 50, uniqueItems: true }) }),
    description: 'The customer is asked for information, evidence or facts; the clock is paused',
  },
  'information.provided': {
    schema: payload({
      facts: Type.Array(lineFacts, { maxItems: 100 }),
      evidence: Type.Array(digest, { maxItems: 100, uniqueItems: true }),
    }),
    description: 'The customer answers what was asked',
  },
  'outcome.chosen': {
    schema: payload({ outcome, decidedBy: person }),
    description: 'The manufacturer chooses what the claim comes to, once its lines are decided',
  },
  'outcome.fulfilled': {
    schema: payload({ reference }),
    description:
      'The manufacturer has sent the replacement or paid the refund; the reference of the shipment or transfer',
  },
  'decision.accepted': {
    schema: payload({}),
    description: 'The customer accepts the decision before the time for an appeal is over',
  },
  'appeal.filed': {
    schema: payload({ reason: code }),
    description: 'The customer appeals the first decision, or disputes what was done; once',
  },
  'dispute.rejected': {
    schema: payload({ reason: code, decidedBy: person }),
    description: 'The manufacturer says that what was done is what was owed',
  },
  'arbitration.requested': {
    schema: payload({ reason: code }),
    description: 'The customer disputes the decision on the appeal',
  },
  'arbitration.decided': {
    schema: payload({
      awards: Type.Array(award, { maxItems: 100 }),
      outcome: Type.Union([outcome, Type.Null()]),
      decidedBy: person,
    }),
    description: 'The arbitration awards this much more for lines, or nothing; it is final',
  },
  'claim.withdrawn': {
    schema: payload({}),
    description: 'The customer withdraws the claim before it is carried out',
  },
  'repair.ended': {
    schema: payload({
      repairId: id,
      result: Type.Enum(repairResults),
    }),
    description: 'The repair that was ordered has ended like this',
  },
  'party.suspended': {
    schema: payload({ party, reason: code }),
    description: 'The subscription of a party is suspended for a reason; clocks and deadlines stand still',
  },
  'suspension.lifted': {
    schema: payload({ party, reason: code }),
    description: 'This one reason of a suspension is remedied; others stay',
  },
  'party.erased': {
    schema: payload({ party }),
    description: 'A party is being erased: the claim loses its id, and ends unless a repair is under way',
  },
  'message.refused': messageRefused,
} as const satisfies PublicEvents;

export type ClaimPublicEvent = EventOf<typeof claimEvents>;
