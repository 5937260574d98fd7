/**
 * By which route a contract hears of an event. One that comes from another contract, from a deadline or from the bank has none: nobody
 * can send it, so no refusal offers it.
 */
import type { ClaimPublicEvent } from '../machines/claim-events.ts';
import type { ReceiptPublicEvent } from '../machines/receipt-events.ts';
import type { RepairPublicEvent } from '../machines/repair-events.ts';
import type { SubscriptionPublicEvent } from '../machines/subscription-events.ts';
import { claimActions } from './claim-actions.ts';
import { actions } from './repair-actions.ts';

type Routes<Event extends { type: string }> = { readonly [Type in Event['type']]: string | null };

const own = '/accounts/{accountId}';
const ofClaim = `${own}/claims/{claimId}`;
const ofRepair = `${own}/repairs/{repairId}`;

const subscription: Routes<SubscriptionPublicEvent> = {
  'agreement.confirmed': `POST ${own}/confirmation`,
  'information.provided': `PUT ${own}/information`,
  'information.verified': `POST ${own}/verification`,
  'information.rejected': `POST ${own}/verification`,
  'receipt.received': null,
  'renewal.requested': `POST ${own}/renewals`,
  'renewal.verified': `POST ${own}/renewals/{n}/verification`,
  'renewal.rejected': `POST ${own}/renewals/{n}/verification`,
  'edition.requested': `POST ${own}/edition-changes`,
  'edition.kept': `POST ${own}/edition-changes/withdrawal`,
  'subscription.suspended': `POST ${own}/suspensions`,
  'suspension.lifted': `POST ${own}/suspensions/{reason}/lifting`,
  'termination.requested': `POST ${own}/termination`,
  'agreement.disagreed': `POST ${own}/disagreement`,
  'message.refused': null,
};

const receipt: Routes<ReceiptPublicEvent> = {
  'receipt.applied': null,
  'receipt.declined': null,
  'receipt.assigned': 'POST /receipts/{receiptId}/assignment',
  'receipt.settled': null,
  'refund.due': null,
  'refund.requested': 'POST /receipts/{receiptId}/refund',
  'refund.confirmed': 'POST /receipts/{receiptId}/refund/confirmation',
  'message.refused': null,
};

type ByKind = { readonly [kind: string]: { readonly [event: string]: string | null } };

/** Of each kind of contract, by its machine's name. Claims and repairs have a table of their own, and one route beside it. */
export const eventRoutes = {
  subscription,
  receipt,
  claim: {
    ...Object.fromEntries(claimActions.map(({ event, path }) => [event, `POST ${ofClaim}/${path}`])),
    'arbitration.decided': 'POST /claims/{claimId}/arbitration',
  } as Partial<Routes<ClaimPublicEvent>>,
  repair: {
    ...Object.fromEntries(actions.map(({ event, path }) => [event, `POST ${ofRepair}/${path}`])),
    'center.assigned': `POST ${ofRepair}/assignment`,
  } as Partial<Routes<RepairPublicEvent>>,
} satisfies ByKind;

/**
 * Those of the events that somebody can send, with their routes.
 * @param instanceId begins with the kind of contract
 */
export function offered(instanceId: string, events: readonly string[]): { readonly [event: string]: string } {
  const routes = (eventRoutes as ByKind)[instanceId.slice(0, instanceId.indexOf('-'))] ?? {};
  return Object.fromEntries(
    events.flatMap((event) => {
      const route = routes[event] ?? null;
      return route === null ? [] : [[event, route]];
    }),
  );
}
