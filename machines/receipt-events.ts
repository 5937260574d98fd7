/** The events that a receipt takes from outside. Schemas are of the payload, without the event's type. */
import Type from 'typebox';
import { currency, id, messageRefused, minorUnits, payload, reason } from './subscription-events.ts';
import type { EventOf, PublicEvents } from './subscription-events.ts';

const amountOrNothing = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Minor units' });

export const receiptEvents = {
  'receipt.applied': {
    schema: payload({ orderId: id, applied: amountOrNothing, credited: amountOrNothing }),
    description: 'The subscription took it: so much is applied to orders, so much is kept as credit',
  },
  'receipt.declined': {
    schema: payload({ reason }),
    description: 'The subscription cannot take it',
  },
  'receipt.assigned': {
    schema: payload({ reference: Type.String({ minLength: 1, maxLength: 40, description: 'Payment reference' }) }),
    description: 'An operator found out which order it is for',
  },
  'receipt.settled': {
    schema: payload({}),
    description: 'The account has ended and nothing of this receipt is owed back',
  },
  'refund.due': {
    schema: payload({ amount: minorUnits, currency, reason }),
    description: 'The account has ended: this much of the receipt is owed back',
  },
  'refund.requested': {
    schema: payload({}),
    description: 'An operator decides that it is paid back',
  },
  'refund.confirmed': {
    schema: payload({ bankTransactionId: id }),
    description: 'The transfer that paid it back has been confirmed',
  },
  'message.refused': messageRefused,
} as const satisfies PublicEvents;

export type ReceiptPublicEvent = EventOf<typeof receiptEvents>;
