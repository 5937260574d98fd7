/** The first part of a repair order: a number, a service center that accepts, and the unit on its way to it [W3, W4]. */
import { known } from './repair-context.ts';
import { counting } from './repair-deadline.ts';
import { repairSetup } from './repair-setup.ts';

/** The center that is there does not do it. */
const dropping = (state: 'declined' | 'lapsed' | 'notEntitled' | 'left' | 'withdrawn') =>
  [{ type: 'recordAssignment', params: { state } }, 'dropCenter'] as const;

/** What may happen to a center that has been found. */
const ofCenter = {
  'center.gone': '#choosing',
  'center.left': { target: '#choosing', actions: dropping('left') },
} as const;

const declinedByCenter = { guard: 'isCenter', target: '#choosing', actions: dropping('declined') } as const;

const marked = <State extends string>(state: State) =>
  [{ type: 'mark', params: { state } } as const, 'record'] as const;

export const arranging = repairSetup.createStateConfig({
  description: 'A service center is found, and the unit goes to it [W4]',
  meta: { clauses: ['W4'] },
  initial: 'asking',
  on: {
    'customer.gone': [
      {
        guard: 'isKeptForReplacement',
        target: '#closing',
        actions: [
          { type: 'place', params: { place: 'keptByCustomer' } },
          { type: 'conclude', params: { result: 'replaced' } },
        ],
      },
      { guard: 'isUnsent', target: '#closing', actions: { type: 'conclude', params: { result: 'stopped' } } },
    ],
    'manufacturer.gone': [
      {
        guard: 'isKeptForReplacement',
        target: '#closing',
        actions: [
          { type: 'place', params: { place: 'keptByCustomer' } },
          { type: 'conclude', params: { result: 'replaced' } },
        ],
      },
      { guard: 'isUnsent', target: '#closing', actions: { type: 'conclude', params: { result: 'stopped' } } },
      { target: '#sendingBack', actions: { type: 'conclude', params: { result: 'stopped' } } },
    ],
    'party.left': {
      guard: 'isUnsent',
      target: '#closing',
      actions: { type: 'conclude', params: { result: 'stopped' } },
    },
    'repair.withdrawn': {
      guard: 'isUnsent',
      target: '#closing',
      actions: { type: 'conclude', params: { result: 'withdrawn' } },
    },
  },
  states: {
    asking: {
      description: 'Whether the manufacturer’s edition includes repair services, at the order [W3]',
      meta: { clauses: ['W3'] },
      entry: marked('ordered'),
      invoke: {
        src: 'askRepairEntitlement',
        input: ({ context }) => ({ manufacturerId: known(context.manufacturerId, 'manufacturer') }),
        onDone: [
          { guard: ({ event }) => event.output.isEntitled, target: 'numbering' },
          { target: '#closing', actions: { type: 'conclude', params: { result: 'stopped' } } },
        ],
      },
    },
    numbering: {
      description: 'The RMA number is being assigned: unique, and never used again [W4]',
      meta: { clauses: ['W4'] },
      invoke: {
        src: 'assignRmaNumber',
        input: ({ context: { repairId } }) => ({ repairId }),
        onDone: { target: 'choosing', actions: { type: 'noteRma', params: ({ event }) => event.output } },
      },
    },
    choosing: {
      id: 'choosing',
      description: 'A service center is chosen by what it can repair, its region and its load [W4]',
      meta: { clauses: ['W4'] },
      entry: marked('choosingCenter'),
      invoke: {
        src: 'chooseServiceCenter',
        input: ({ context: { manufacturerId, modelId, region, declined } }) => ({
          manufacturerId,
          modelId,
          region: region ?? null,
          declined,
        }),
        onDone: [
          {
            guard: ({ event }) => event.output.centerId !== null,
            target: 'offered',
            actions: { type: 'noteChosen', params: ({ event }) => event.output },
          },
          { target: 'unassigned' },
        ],
      },
      on: { 'center.assigned': { target: 'offered', actions: 'noteAssigned' } },
    },
    unassigned: {
      description: 'No service center is free: one is assigned by hand, or the choice is made again after a while [W4]',
      meta: { clauses: ['W4'] },
      tags: ['manufacturersTurn', 'operatorsTurn'],
      entry: [...marked('unassigned'), { type: 'setDeadline', params: { term: 'assignmentDue' } }],
      exit: 'clearDeadline',
      on: {
        'center.assigned': { target: 'offered', actions: 'noteAssigned' },
        'assignment.retried': { target: 'choosing', actions: 'askAllAgain' },
      },
      initial: 'counting',
      states: counting({ target: '#choosing', actions: [] }),
    },
    offered: {
      description: 'A service center is asked; its silence counts as a decline [W4]',
      meta: { clauses: ['W4'] },
      tags: ['centersTurn'],
      entry: [
        ...marked('offered'),
        { type: 'recordAssignment', params: { state: 'offered' } },
        { type: 'setDeadline', params: { term: 'assignmentDue' } },
      ],
      exit: 'clearDeadline',
      on: {
        'assignment.accepted': { guard: 'canAccept', target: 'confirming' },
        'assignment.declined': declinedByCenter,
        'center.assigned': {
          target: 'offered',
          reenter: true,
          actions: [...dropping('withdrawn'), 'noteAssigned'],
        },
        ...ofCenter,
      },
      initial: 'counting',
      states: counting({ target: '#choosing', actions: dropping('lapsed') }),
    },
    confirming: {
      description: 'Whether the service center’s subscription includes repair services, at its acceptance [W3, W4]',
      meta: { clauses: ['W3', 'W4'] },
      invoke: {
        src: 'askCenterEntitlement',
        input: ({ context: { centerId, manufacturerId } }) => ({ centerId, manufacturerId }),
        onDone: [
          {
            guard: ({ event }) => event.output.isEntitled,
            target: 'accepted',
            actions: ['noteAccepted', { type: 'recordAssignment', params: { state: 'accepted' } }],
          },
          { target: 'choosing', actions: dropping('notEntitled') },
        ],
      },
      on: ofCenter,
    },
    accepted: {
      id: 'accepted',
      description: 'A service center has accepted: who has the unit sends it in [W4]',
      meta: { clauses: ['W4'] },
      always: [
        { guard: { type: 'isNoCenter' }, target: 'choosing' },
        { guard: 'isKeptForReplacement', target: 'awaitingReturn' },
        { guard: { type: 'isAt', params: { place: 'customer' } }, target: 'awaitingShipment' },
        { target: 'forwarding' },
      ],
    },
    awaitingShipment: {
      description: 'The customer has to send the unit in; then the repair lapses [W4]',
      meta: { clauses: ['W4'] },
      tags: ['customersTurn'],
      entry: [...marked('awaitingShipment'), { type: 'setDeadline', params: { term: 'shippingDue' } }],
      exit: 'clearDeadline',
      on: {
        'unit.sent': { target: '#inbound', actions: 'noteTracking' },
        'assignment.declined': declinedByCenter,
        'replacement.underway': 'awaitingReturn',
        ...ofCenter,
      },
      initial: 'counting',
      states: counting({ target: '#closing', actions: { type: 'conclude', params: { result: 'notSent' } } }),
    },
    awaitingReturn: {
      description: 'The customer has another unit and has to send in the defective one; then it is charged [W4]',
      meta: { clauses: ['W4'] },
      tags: ['customersTurn'],
      entry: [...marked('awaitingReturn'), { type: 'setDeadline', params: { term: 'advanceReturnDue' } }],
      exit: 'clearDeadline',
      on: {
        'unit.sent': { target: '#inbound', actions: 'noteTracking' },
        'assignment.declined': declinedByCenter,
        ...ofCenter,
      },
      initial: 'counting',
      states: counting({
        target: '#closing',
        actions: [
          { type: 'place', params: { place: 'keptByCustomer' } },
          { type: 'conclude', params: { result: 'replaced' } },
          'chargeUnit',
        ],
      }),
    },
    forwarding: {
      description: 'The manufacturer has the unit and sends it on to the service center [W4, W7]',
      meta: { clauses: ['W4', 'W7'] },
      tags: ['manufacturersTurn'],
      entry: marked('forwarding'),
      on: {
        'unit.sent': { target: '#inbound', actions: 'noteTracking' },
        'assignment.declined': declinedByCenter,
        ...ofCenter,
      },
    },
  },
});
