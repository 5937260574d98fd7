/** The second part of a repair order: the unit on its way to the service center, and what is done there [W4, W5, W6]. */
import type { PartState, RepairState } from './repair-context.ts';
import { counting } from './repair-deadline.ts';
import { repairSetup } from './repair-setup.ts';

const marked = (state: RepairState) => [{ type: 'mark', params: { state } } as const, 'record'] as const;

const ended = (result: 'repaired' | 'noFaultFound' | 'declined' | 'stopped' | 'replaced') =>
  ({ type: 'conclude', params: { result } }) as const;

/** The claim chooses what is given instead, at once; the unit stays for the manufacturer to dispose of. */
const beyondRepair = {
  target: '#disposal',
  actions: [
    { type: 'conclude', params: { result: 'beyondRepair' } },
    'recordCharges',
    'takeForSupplySide',
    'tellClaim',
    'noteTold',
  ],
} as const;

const partFrom = (states: readonly PartState[], state: PartState) =>
  ({
    guard: { type: 'isPartIn', params: { states } },
    actions: [{ type: 'notePart', params: { state } }, 'recordPart'],
  }) as const;

const newPart = (state: PartState) =>
  ({ guard: 'isNewPart', actions: [{ type: 'addPart', params: { state } }, 'recordPart'] }) as const;

const declined = { target: '#returning', actions: [ended('declined'), 'recordCharges'] } as const;

const repairing = repairSetup.createStateConfig({
  id: 'repairing',
  description: 'The unit is being repaired [W4]',
  meta: { clauses: ['W4'] },
  initial: 'working',
  on: {
    'part.reserved': newPart('reserved'),
    'part.ordered': newPart('onOrder'),
    'part.arrived': partFrom(['onOrder'], 'arrived'),
    'part.cancelled': partFrom(['reserved', 'onOrder', 'arrived'], 'cancelled'),
    'part.used': partFrom(['reserved', 'arrived'], 'used'),
    'quotation.made': { guard: 'isOfOwnLines', target: 'pricing', actions: 'noteQuotation' },
    'repair.abandoned': beyondRepair,
    'unit.exchanged': {
      guard: 'isOtherUnitThanThis',
      target: '#returning',
      actions: [
        'noteExchange',
        {
          type: 'recordExchange',
          params: ({ context }) => ({ serial: context.formerSerial ?? '', newSerial: context.serial }),
        },
        ended('replaced'),
      ],
    },
  },
  states: {
    working: {
      description: 'The service center works on the unit [W4]',
      meta: { clauses: ['W4'] },
      tags: ['centersTurn'],
      entry: marked('repairing'),
      always: { guard: 'isWaitingForParts', target: 'waitingForParts' },
      on: { 'repair.finished': '#testing' },
    },
    waitingForParts: {
      description: 'Parts are on order: the clock is paused until they have arrived [W4, W5]',
      meta: { clauses: ['W4', 'W5'] },
      tags: ['centersTurn'],
      entry: [...marked('waitingForParts'), { type: 'pauseClock', params: { reason: 'parts' } }],
      exit: { type: 'resumeClock', params: { reason: 'parts' } },
      always: { guard: 'isNoPartAwaited', target: 'working' },
    },
  },
});

const work = repairSetup.createStateConfig({
  description: 'The service center has the unit; its turnaround is timed until it ships it back [W4, W5]',
  meta: { clauses: ['W4', 'W5'] },
  entry: ['countArrival', { type: 'place', params: { place: 'center' } }],
  exit: 'stopClock',
  invoke: {
    src: 'clock',
    id: 'turnaround',
    input: ({ context: { repairId, arrivals, level, centerId, manufacturerId, suspensions } }) => ({
      subject: { kind: 'repair' as const, id: repairId },
      clock: arrivals === 1 ? 'turnaround' : `turnaround${arrivals}`,
      level,
      chain: [centerId, manufacturerId, null],
      pausedFor: suspensions.length > 0 ? ['suspension'] : [],
    }),
  },
  on: {
    'standing.lost': { actions: { type: 'pauseClock', params: { reason: 'suspension' } } },
    'standing.regained': { actions: { type: 'resumeClock', params: { reason: 'suspension' } } },
    'center.gone': '#recovering',
    'manufacturer.gone': { guard: 'isUndecided', target: '.returning', actions: [ended('stopped'), 'recordCharges'] },
  },
  initial: 'inspecting',
  states: {
    inspecting: {
      description: 'The service center inspects the unit [W4]',
      meta: { clauses: ['W4'] },
      tags: ['centersTurn'],
      entry: marked('inspecting'),
      on: {
        'inspection.finished': [
          {
            guard: { type: 'isFound', params: { finding: 'noFaultFound' } },
            target: 'returning',
            actions: ['noteInspection', ended('noFaultFound')],
          },
          {
            guard: { type: 'isFound', params: { finding: 'beyondRepair' } },
            ...beyondRepair,
            actions: ['noteInspection', ...beyondRepair.actions],
          },
          {
            guard: 'isFaultOfOwnLines',
            target: 'pricing',
            actions: ['noteInspection', 'noteQuotation'],
          },
        ],
      },
    },
    pricing: {
      description: 'What the customer has to pay: neither what coverage pays nor what goodwill pays [W2, W4]',
      meta: { clauses: ['W2', 'W4'] },
      always: [
        {
          guard: 'isNothingMoreCharged',
          target: 'repairing',
          actions: ['chargeQuotation', 'recordCharges', { type: 'recordQuotation', params: { state: 'free' } }],
        },
        {
          guard: 'isCustomerGone',
          ...declined,
          actions: [{ type: 'recordQuotation', params: { state: 'declined' } }, ...declined.actions],
        },
        { target: 'quoting' },
      ],
    },
    quoting: {
      description: 'The customer has to accept the quotation for what is not covered; the clock is paused [W4, W5]',
      meta: { clauses: ['W4', 'W5'] },
      tags: ['customersTurn'],
      entry: [
        ...marked('quoting'),
        { type: 'recordQuotation', params: { state: 'open' } },
        { type: 'pauseClock', params: { reason: 'quotation' } },
        { type: 'setDeadline', params: { term: 'quotationValidity' } },
      ],
      exit: ['clearDeadline', { type: 'resumeClock', params: { reason: 'quotation' } }],
      on: {
        'quotation.accepted': {
          guard: 'isCurrentQuotation',
          target: 'repairing',
          actions: ['chargeQuotation', 'recordCharges', { type: 'recordQuotation', params: { state: 'accepted' } }],
        },
        'quotation.declined': {
          guard: 'isCurrentQuotation',
          ...declined,
          actions: [{ type: 'recordQuotation', params: { state: 'declined' } }, ...declined.actions],
        },
        'customer.gone': {
          ...declined,
          actions: [{ type: 'recordQuotation', params: { state: 'lapsed' } }, ...declined.actions],
        },
      },
      initial: 'counting',
      states: counting({
        ...declined,
        actions: [{ type: 'recordQuotation', params: { state: 'lapsed' } }, ...declined.actions],
      }),
    },
    repairing,
    testing: {
      id: 'testing',
      description: 'The repaired unit is tested [W4]',
      meta: { clauses: ['W4'] },
      tags: ['centersTurn'],
      entry: marked('testing'),
      on: {
        'test.passed': { target: 'returning', actions: ['recordWarranties', ended('repaired')] },
        'test.failed': { target: 'repairing', actions: 'countFailedTest' },
      },
    },
    returning: {
      id: 'returning',
      description: 'The service center has to ship the unit back [W4]',
      meta: { clauses: ['W4'] },
      tags: ['centersTurn'],
      entry: marked('returning'),
      always: { guard: 'isCustomerGone', target: '#disposal' },
      on: { 'unit.shippedBack': { target: '#outbound', actions: 'noteTracking' } },
    },
  },
});

export const atCenter = {
  inbound: repairSetup.createStateConfig({
    id: 'inbound',
    description: 'The unit is on its way to the service center [W4]',
    meta: { clauses: ['W4'] },
    tags: ['centersTurn'],
    entry: [{ type: 'place', params: { place: 'toCenter' } }, ...marked('inbound')],
    on: {
      'unit.received': [
        { guard: 'isOtherSerial', target: 'mismatched', actions: 'noteReceived' },
        { target: 'checkedIn', actions: 'noteReceived' },
      ],
      'transport.lost': { target: '#closing', actions: 'lose' },
      'center.gone': '#recovering',
    },
  }),
  mismatched: repairSetup.createStateConfig({
    description: 'A unit of another serial number came: the manufacturer says whether it goes back [W4]',
    meta: { clauses: ['W4'] },
    tags: ['manufacturersTurn'],
    entry: [{ type: 'place', params: { place: 'center' } }, ...marked('mismatched')],
    always: {
      guard: 'isManufacturerGone',
      target: '#sendingBack',
      actions: ended('stopped'),
    },
    on: {
      'mismatch.clarified': [
        { guard: 'isAccepted', target: 'checkedIn', actions: 'noteRightUnit' },
        { target: '#sendingBack' },
      ],
      'center.gone': '#recovering',
    },
  }),
  checkedIn: repairSetup.createStateConfig({
    description: 'The unit has arrived at the service center; its condition is noted [W4]',
    meta: { clauses: ['W4'] },
    entry: [{ type: 'place', params: { place: 'center' } }, 'tellCheckedIn'],
    always: [
      { guard: 'isSupplySides', target: '#disposal', actions: ended('replaced') },
      { guard: 'isManufacturerGone', target: '#sendingBack', actions: ended('stopped') },
      { target: 'atCenter' },
    ],
  }),
  atCenter: work,
};
