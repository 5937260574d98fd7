/** A receipt of money lives as a workflow until it can no longer be owed back: id `receipt-<receiptId>`. No tenant: it outlives the account. */
import { durable } from '../engine/durable.ts';
import { receiptEvents, receiptMachine } from '../machines/receipt.ts';
import { shared } from './durable-options.ts';

export const receipt = durable(receiptMachine, {
  ...shared,
  events: receiptEvents,
  version: '1',
  title: ({ amount, currency, source }) => `Receipt: ${(amount / 100).toFixed(2)} ${currency} from ${source}`,
});
