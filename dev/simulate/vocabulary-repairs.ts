/** What is said about repair orders [W4, W6]: the routes of api/routes/repairs.ts. */
import Type from 'typebox';
import { repairEvents } from '../../machines/repair-events.ts';
import { payloadOf, type Role, type Verb } from './verb.ts';

/** By the operator too, in the place of a party that is gone. */
const command = (by: readonly Role[], path: string, event: keyof typeof repairEvents, clause = 'W4'): Verb => ({
  by: [...by, 'operator'],
  clause,
  method: 'POST',
  path: `repairs/{repair}/${path}`,
  takes: payloadOf(repairEvents[event].schema),
});

const customer = ['customer', 'manufacturer'] as const;
const center = ['serviceCenter'] as const;
const manufacturer = ['manufacturer'] as const;
const supply = ['serviceCenter', 'manufacturer'] as const;

export const repairVerbs: { readonly [phrase: string]: Verb } = {
  'accepts the order': { ...command(center, 'acceptance', 'assignment.accepted'), by: center },
  'declines the order': { ...command(center, 'decline', 'assignment.declined'), by: center },
  'assigns a center': {
    ...command(manufacturer, 'assignment', 'center.assigned'),
    takes: Type.Object({ center: Type.String() }, { additionalProperties: false }),
  },
  'asks all centers again': command(manufacturer, 'assignment/retrial', 'assignment.retried'),
  'sends the unit': command(customer, 'shipment', 'unit.sent'),
  'withdraws the repair': command(customer, 'withdrawal', 'repair.withdrawn'),
  'takes the unit in': command(center, 'receipt', 'unit.received'),
  'clarifies the mismatch': command(manufacturer, 'mismatch', 'mismatch.clarified'),
  'inspects the unit': command(center, 'inspection', 'inspection.finished'),
  'makes a quotation': command(center, 'quotation', 'quotation.made'),
  'accepts the quotation': command(customer, 'quotation/acceptance', 'quotation.accepted'),
  'declines the quotation': command(customer, 'quotation/refusal', 'quotation.declined'),
  'reserves a part': command(center, 'parts/reservation', 'part.reserved'),
  'orders a part': command(center, 'parts/order', 'part.ordered', 'W4 W5'),
  'receives a part': command(center, 'parts/arrival', 'part.arrived', 'W4 W5'),
  'cancels a part': command(center, 'parts/cancellation', 'part.cancelled'),
  'builds a part in': command(center, 'parts/use', 'part.used'),
  'finishes the repair': command(center, 'completion', 'repair.finished'),
  'gives the repair up': command(center, 'abandonment', 'repair.abandoned', 'W6'),
  'exchanges the unit': command(center, 'exchange', 'unit.exchanged', 'W6'),
  'passes the test': command(center, 'test/pass', 'test.passed'),
  'fails the test': command(center, 'test/failure', 'test.failed'),
  'ships the unit back': command(supply, 'return', 'unit.shippedBack'),
  'confirms the delivery': command(['customer', ...supply], 'delivery', 'delivery.confirmed'),
  'reports a failed delivery': command(supply, 'delivery/failure', 'delivery.failed'),
  'reports the unit lost': command(manufacturer, 'loss', 'transport.lost'),
  'orders a replacement': command(manufacturer, 'replacement', 'replacement.ordered'),
  'cancels the replacement': command(manufacturer, 'replacement/cancellation', 'replacement.cancelled'),
  'sends a replacement': command(manufacturer, 'replacement/shipment', 'replacement.sent', 'W6'),
  'gives a loaner': command(manufacturer, 'loaner', 'loaner.given'),
  'takes the loaner back': command(manufacturer, 'loaner/return', 'loaner.returned'),
  'decides where the unit goes': command(manufacturer, 'disposal', 'disposal.decided', 'W6'),
  'fetches the unit': command(manufacturer, 'recovery', 'unit.recovered', 'W7'),
};
