/** The events that a subscription takes from outside. Schemas are of the payload, without the event's type. */
import Type from 'typebox';
import type { Static, TSchema } from 'typebox';
import { editions } from './agreement.ts';

/** A machine's public events: what may be sent, and what it means. */
export type PublicEvents = { readonly [type: string]: { readonly schema: TSchema; readonly description: string } };

/** The union of events that a table describes. */
export type EventOf<Table extends PublicEvents> = {
  [Name in keyof Table & string]: { type: Name } & Static<Table[Name]['schema']>;
}[keyof Table & string];

/** Who sent it: `user`, `operator`, `bank` or an instance's id. Opaque: no personal data. */
const by = Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Who sent it; no personal data' }));

/** A payload of these fields and no others, and who sent it. */
export function payload<const Fields extends Type.TProperties>(fields: Fields) {
  return Type.Object({ ...fields, by }, { additionalProperties: false });
}

export const id = Type.String({ minLength: 1, maxLength: 200 });
export const namePattern = '^[A-Za-z0-9][A-Za-z0-9._/-]{0,59}$';
/** What a manufacturer or a service center calls something of its own: a unit, a component, a part. No free text. */
export const ownName = Type.String({
  pattern: namePattern,
  description: 'A name, a number or a code, as its owner has it',
});
/** What the bank or the carrier calls a transfer or a shipment. No free text. */
export const reference = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:/+-]{0,99}$',
  description: 'An opaque reference',
});
export const lineId = Type.String({ pattern: '^[A-Za-z0-9._-]{1,60}$', description: 'Name of the line in its claim' });
/** Far above any price, and far enough below what a number holds exactly that thousands of them add up. */
export const minorUnits = Type.Integer({ minimum: 1, maximum: 1_000_000_000_000, description: 'Minor units' });
export const currency = Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217 code' });
export const reason = Type.String({ minLength: 1, maxLength: 200, description: 'Why; no personal data' });
const fieldNames = Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { maxItems: 50, uniqueItems: true });
/** Why a subscription is suspended: a code, which its remedy names again. */
export const suspensionReason = Type.String({
  pattern: '^[a-z][A-Za-z]{1,39}$',
  description: 'A code; no free text',
});
const revision = Type.Integer({
  minimum: 1,
  description: 'Which correction this is; an earlier one that comes late is passed over',
});
const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Lower-case hex SHA-256' });

/** How a message that was not taken comes back to who sent it. */
export const messageRefused = {
  schema: payload({ messageId: id, to: id, eventType: id, reason: Type.String({ maxLength: 500 }) }),
  description: 'A message to another contract or receipt was not taken: it refused it or is gone',
} as const;

export const subscriptionEvents = {
  'agreement.confirmed': {
    schema: payload({ version: id, textHash: sha256 }),
    description: "The user pressed 'Confirmation' under this version of the agreement",
  },
  'information.provided': {
    schema: payload({ missing: fieldNames, digest: sha256, revision }),
    description: 'The user gave or corrected information; which required names are still missing',
  },
  'information.verified': {
    schema: payload({}),
    description: 'The platform verified the information of the registration',
  },
  'information.rejected': {
    schema: payload({ fields: fieldNames }),
    description: 'The platform found this information incorrect; it has to be given again',
  },
  'receipt.received': {
    schema: payload({ receiptId: id, orderId: id, amount: minorUnits, currency }),
    description: 'Money with the reference of this order has been received',
  },
  'renewal.requested': {
    schema: payload({ years: Type.Integer({ minimum: 1, maximum: 10 }) }),
    description: 'The user applies for renewal by this many years',
  },
  'renewal.verified': {
    schema: payload({ orderId: id }),
    description: 'The platform verified the application for renewal',
  },
  'renewal.rejected': {
    schema: payload({ orderId: id, reason }),
    description: 'The platform rejected the application for renewal; what was paid becomes credit',
  },
  'edition.requested': {
    schema: payload({ edition: Type.Enum([...editions], { description: 'The edition that is wanted' }) }),
    description: 'The user wants another edition: a higher one at once, a lower one from the next renewal on',
  },
  'edition.kept': {
    schema: payload({}),
    description: 'The user withdraws the upgrade that is not paid, or the downgrade that is agreed',
  },
  'subscription.suspended': {
    schema: payload({ reason: suspensionReason }),
    description: 'The platform suspends the service for one more reason',
  },
  'suspension.lifted': {
    schema: payload({ reason: suspensionReason }),
    description: 'This one reason of the suspension is remedied; others stay',
  },
  'termination.requested': {
    schema: payload({}),
    description: 'The user ends the service',
  },
  'agreement.disagreed': {
    schema: payload({ version: id }),
    description: 'The user does not agree with this version of the agreement',
  },
  'message.refused': messageRefused,
} as const satisfies PublicEvents;

export type SubscriptionPublicEvent = EventOf<typeof subscriptionEvents>;
