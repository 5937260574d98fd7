/** A warranty claim lives as a workflow until it is closed: id `claim-<claimId>`. No tenant: it has two parties. */
import { durable } from '../engine/durable.ts';
import { claimEvents, claimMachine } from '../machines/claim.ts';
import { shared } from './durable-options.ts';

export const claim = durable(claimMachine, {
  ...shared,
  events: claimEvents,
  version: '1',
  // A person decides what cannot be assessed: for an outage of an hour nobody needs to.
  activities: { assessClaim: { giveUpAfterSeconds: 3600 } },
  title: ({ lines }) => `Claim of ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`,
});
