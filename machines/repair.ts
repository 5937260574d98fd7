/**
 * A repair order [W3, W4, W6, W7]: from the RMA number over a service center's work to the unit's return. Three regions
 * beside each other: the order itself, a replacement that is sent in advance, and a loaner. The unit is always at exactly
 * one place, and whose turn it is stands on every state that waits.
 */
import { instantOf } from '../engine/machine.ts';
import { atCenter } from './repair-at-center.ts';
import { arranging } from './repair-arranging.ts';
import { newRepair } from './repair-context.ts';
import { countingLoaner } from './repair-deadline.ts';
import { endings, homeward } from './repair-homeward.ts';
import { repairSetup } from './repair-setup.ts';

export { repairEvents } from './repair-events.ts';

export const repairMachine = repairSetup.createMachine({
  id: 'repair',
  description: 'A repair order [W4, W6]',
  context: ({ input, self }) => newRepair(input, instantOf(self)),
  initial: 'open',
  on: {
    'party.suspended': { guard: 'isParty', actions: ['suspend', 'record'] },
    'suspension.lifted': { guard: 'isParty', actions: ['lift', 'record'] },
    'subscription.expired': { guard: 'isParty', actions: 'leave' },
    'party.erased': { guard: 'isPartyOrDeclined', actions: ['forget', 'record'] },
    'message.refused': { actions: 'noteUndelivered' },
  },
  states: {
    open: {
      description: 'Open: the order, and what the customer is given meanwhile [W4]',
      meta: { clauses: ['W4'] },
      type: 'parallel',
      onDone: 'closed',
      states: {
        order: {
          description: 'The repair itself [W4]',
          meta: { clauses: ['W4'] },
          initial: 'arranging',
          states: { arranging, ...atCenter, ...homeward, ...endings },
        },
        replacement: {
          description: 'Another unit that is sent before the defective one is there [W4]',
          meta: { clauses: ['W4'] },
          initial: 'none',
          states: {
            none: {
              description: 'None is sent in advance [W4]',
              meta: { clauses: ['W4'] },
              on: {
                'replacement.ordered': { guard: 'canReplace', target: 'ordered' },
                'order.closed': 'settled',
              },
            },
            ordered: {
              description: 'The manufacturer has to send another unit [W4]',
              meta: { clauses: ['W4'] },
              tags: ['manufacturersTurn'],
              on: {
                'replacement.sent': {
                  guard: 'isOtherUnitThanThis',
                  target: 'sent',
                  actions: [
                    'noteReplacement',
                    {
                      type: 'recordExchange',
                      params: ({ context }) => ({
                        serial: context.serial,
                        newSerial: context.replacement?.serial ?? '',
                      }),
                    },
                    'record',
                    'tellReplaced',
                  ],
                },
                'replacement.cancelled': 'none',
                'unit.checkedIn': 'none',
                'customer.gone': 'none',
                'manufacturer.gone': 'none',
                'order.closed': 'settled',
              },
            },
            sent: {
              description:
                'Another unit is sent: it is the customer’s, and carries the facts of the defective one [W4, W6]',
              meta: { clauses: ['W4', 'W6'] },
              on: { 'order.closed': 'settled' },
            },
            settled: {
              description: 'The order is closed: no other unit is sent any more [W4]',
              meta: { clauses: ['W4'] },
              type: 'final',
            },
          },
        },
        loaner: {
          description: 'A unit that the customer has meanwhile [W4]',
          meta: { clauses: ['W4'] },
          initial: 'none',
          states: {
            none: {
              description: 'No unit is on loan [W4]',
              meta: { clauses: ['W4'] },
              on: {
                'loaner.given': { guard: 'canLend', target: 'out', actions: ['lend', 'record'] },
                'order.closed': 'settled',
              },
            },
            out: {
              description: 'The customer has a unit on loan until the order is closed [W4]',
              meta: { clauses: ['W4'] },
              on: {
                'loaner.returned': {
                  target: 'settled',
                  actions: { type: 'noteLoaner', params: { state: 'returned' } },
                },
                'order.closed': 'due',
              },
            },
            due: {
              description: 'The unit on loan is due back; then it is charged [W4]',
              meta: { clauses: ['W4'] },
              tags: ['customersTurn'],
              entry: 'setLoanerDeadline',
              exit: 'clearLoanerDeadline',
              always: [
                {
                  guard: 'isCustomerGone',
                  target: 'settled',
                  actions: { type: 'noteLoaner', params: { state: 'writtenOff' } },
                },
                {
                  guard: 'isManufacturerGone',
                  target: 'settled',
                  actions: { type: 'noteLoaner', params: { state: 'writtenOff' } },
                },
              ],
              on: {
                'loaner.returned': {
                  target: 'settled',
                  actions: { type: 'noteLoaner', params: { state: 'returned' } },
                },
              },
              initial: 'counting',
              states: countingLoaner,
            },
            settled: {
              id: 'loanerSettled',
              description: 'No unit is on loan any more [W4]',
              meta: { clauses: ['W4'] },
              type: 'final',
              entry: 'record',
            },
          },
        },
      },
    },
    closed: {
      description: 'Closed: its unit and all that was lent or sent for it have their place [W6]',
      meta: { clauses: ['W6'] },
      type: 'final',
    },
  },
});
