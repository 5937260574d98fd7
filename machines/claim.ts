/**
 * A customer's claim under a warranty: assessed, decided line by line, appealed, carried out [W2, W3, W5–W7]. The chart reads
 * like the contract; its words are defined in claim-setup.ts, what it knows in claim-context.ts.
 */
import { and, not } from 'xstate';
import { instantOf } from '../engine/machine.ts';
import { newClaim } from './claim-context.ts';
import { claimSetup } from './claim-setup.ts';

export { claimEvents } from './claim-events.ts';
export type { ClaimInput } from './claim-context.ts';

/** The two halves of every state that waits for a moment: a suspension of a party holds it, with the time that is left. */
function untilDue(target: string, clauses: string[], words: string) {
  return {
    running: claimSetup.createStateConfig({
      description: `${words} [${clauses.join(', ')}]`,
      meta: { clauses },
      always: { guard: 'isHeld', target: 'held' },
      after: { due: target },
    }),
    held: claimSetup.createStateConfig({
      description: 'Held while the subscription of a party is suspended; the time that was left stays [W7]',
      meta: { clauses: ['W7'] },
      always: { guard: 'isNotHeld', target: 'running' },
    }),
  };
}

export const claimMachine = claimSetup.createMachine({
  id: 'claim',
  description: "A customer's claim under a warranty [W2, W6]",
  context: ({ input }) => newClaim(input),
  entry: { type: 'tell', params: { what: 'filed', to: 'manufacturer' } },
  initial: 'assessing',
  on: {
    'party.suspended': { actions: 'suspend' },
    'suspension.lifted': { actions: 'lift' },
    'party.erased': [
      { guard: 'isManufacturerErased', target: '.ended', actions: 'forgetParty' },
      { target: '.ended', actions: 'forgetParty' },
    ],
    'message.refused': {},
  },
  states: {
    assessing: {
      description:
        'Coverage is asked, and whether the claim is there already, line by line; a person decides what cannot be assessed [W1, W2]',
      meta: { clauses: ['W1', 'W2'] },
      tags: ['open'],
      entry: { type: 'record', params: { state: 'assessing' } },
      on: {
        'claim.withdrawn': 'withdrawn',
        'facts.corrected': { guard: 'areOwnLines', target: 'assessing', reenter: true, actions: 'noteFacts' },
      },
      invoke: {
        src: 'assessClaim',
        input: ({ context, self }) => ({
          claimId: context.claimId,
          manufacturerId: context.manufacturerId ?? '',
          serial: context.serial,
          failedOn: context.failedOn,
          lines: context.lines.map(({ lineId, component, cause, usage }) => ({ lineId, component, cause, usage })),
          evidence: context.evidence,
          repeatPeriod: context.terms.repeatPeriod,
          at: instantOf(self),
        }),
        onDone: { target: 'assessed', actions: { type: 'noteAssessment', params: ({ event }) => event.output } },
        onError: { target: 'deciding', actions: 'noteNoAssessment' },
      },
    },
    assessed: {
      description: 'Assessed: rules decide where every line is clear, a person where one is not [W2]',
      meta: { clauses: ['W2'] },
      always: [{ guard: 'isAutomatic', target: 'decided', actions: 'decideAutomatically' }, { target: 'deciding' }],
    },
    deciding: {
      id: 'deciding',
      description: 'A person decides the lines, and what the claim comes to, within the service level [W2, W5]',
      meta: { clauses: ['W2', 'W5'] },
      tags: ['open', 'deciding'],
      entry: [
        { type: 'startClock', params: { clock: 'decision' } },
        { type: 'resumeClock', params: { reason: 'customerInformation' } },
        { type: 'record', params: { state: 'deciding' } },
      ],
      always: [
        { guard: 'isRejected', target: 'decided' },
        { guard: 'isOutcomeChosen', target: 'decided' },
      ],
      on: {
        'line.decided': {
          guard: 'mayDecideLine',
          actions: ['decideLine', { type: 'record', params: { state: 'deciding' } }],
        },
        'line.refused': {
          guard: 'mayRefuseLine',
          actions: ['decideLine', { type: 'record', params: { state: 'deciding' } }],
        },
        'goodwill.offered': [
          {
            guard: and(['mayOfferGoodwill', 'isWithinLimit']),
            actions: ['decideLine', { type: 'record', params: { state: 'deciding' } }],
          },
          { guard: 'mayOfferGoodwill', actions: ['noteOffer', { type: 'record', params: { state: 'deciding' } }] },
        ],
        'goodwill.approved': {
          guard: and(['isSecondPerson', 'isOfferedNow']),
          actions: ['decideLine', { type: 'record', params: { state: 'deciding' } }],
        },
        'goodwill.declined': {
          guard: 'isSecondPerson',
          actions: ['dropOffer', { type: 'record', params: { state: 'deciding' } }],
        },
        'outcome.chosen': { guard: 'isReadyForOutcome', actions: 'noteOutcome' },
        'facts.corrected': { guard: 'areOwnLines', target: 'assessing', actions: 'noteFacts' },
        'information.requested': { target: 'awaitingInformation', actions: 'noteAsked' },
        'claim.withdrawn': 'withdrawn',
      },
    },
    awaitingInformation: {
      description:
        'The customer is asked for information; the clock is paused until the answer, or its time is over [W2, W5]',
      meta: { clauses: ['W2', 'W5'] },
      tags: ['open', 'waiting'],
      entry: [
        { type: 'setDue', params: { term: 'informationDue' } },
        { type: 'pauseClock', params: { reason: 'customerInformation' } },
        { type: 'record', params: { state: 'awaitingInformation' } },
        { type: 'tell', params: { what: 'informationRequested', to: 'customer' } },
      ],
      exit: ['forgetDue', 'forgetAsked'],
      initial: 'running',
      states: untilDue('#deciding', ['W2'], 'The customer is asked for information until this moment'),
      on: {
        'information.provided': {
          guard: 'areOwnLines',
          target: 'assessing',
          actions: [
            'noteFacts',
            'recordEvidence',
            { type: 'resumeClock', params: { reason: 'customerInformation' } },
            { type: 'tell', params: { what: 'informationProvided', to: 'manufacturer' } },
          ],
        },
        'claim.withdrawn': 'withdrawn',
      },
    },
    decided: {
      description:
        'Decided: in force at once where everything is paid, else when it is accepted or not appealed [W2, W6]',
      meta: { clauses: ['W2', 'W6'] },
      tags: ['open', 'appealable'],
      entry: [
        'stopClock',
        'recordDecisions',
        { type: 'setDue', params: { term: 'appealPeriod' } },
        { type: 'record', params: { state: 'decided' } },
        { type: 'tell', params: { what: 'decided', to: 'customer' } },
      ],
      exit: 'forgetDue',
      initial: 'running',
      states: untilDue('#standing', ['W6'], 'Decided: it can be accepted or disputed until this moment'),
      always: { guard: 'isInFull', target: 'standing' },
      on: {
        'decision.accepted': 'standing',
        'appeal.filed': {
          guard: 'isFirstAppeal',
          target: 'appealed',
          actions: ['beginAppeal', { type: 'tell', params: { what: 'appealed', to: 'manufacturer' } }],
        },
        'arbitration.requested': { guard: 'isAppealed', target: 'arbitrating' },
        'claim.withdrawn': 'withdrawn',
      },
    },
    appealed: {
      description: 'Appealed: others than before decide once more, and never less [W6]',
      meta: { clauses: ['W6'] },
      entry: { type: 'startClock', params: { clock: 'appeal' } },
      always: 'deciding',
    },
    arbitrating: {
      description:
        'The decision on the appeal is disputed: the arbitration is final; in its silence the decision stands [W6]',
      meta: { clauses: ['W6'] },
      tags: ['open'],
      entry: [
        { type: 'setDue', params: { term: 'arbitrationDue' } },
        { type: 'record', params: { state: 'arbitrating' } },
      ],
      exit: 'forgetDue',
      initial: 'running',
      states: untilDue(
        '#standing',
        ['W6'],
        'The arbitration can decide until this moment; in its silence the decision stands',
      ),
      on: {
        'arbitration.decided': {
          guard: 'areOwnAwards',
          target: 'standing',
          actions: [
            'award',
            'recordDecisions',
            { type: 'tell', params: { what: 'arbitrated', to: 'customer' } },
            { type: 'tell', params: { what: 'arbitrated', to: 'manufacturer' } },
          ],
        },
        'claim.withdrawn': 'withdrawn',
      },
    },
    standing: {
      id: 'standing',
      description: 'The decision stands, and is carried out [W6]',
      meta: { clauses: ['W6'] },
      always: [
        { guard: not('isGranted'), target: 'rejected' },
        { guard: 'isRepairChosen', target: 'ordering' },
        { guard: 'isOutcomeChosen', target: 'carryingOut' },
        { target: 'choosingOutcome' },
      ],
    },
    ordering: {
      description: "A repair is ordered only where the manufacturer's edition includes it [W3]",
      meta: { clauses: ['W3'] },
      tags: ['open'],
      entry: { type: 'record', params: { state: 'ordering' } },
      invoke: {
        src: 'askRepairEntitlement',
        input: ({ context }) => ({ manufacturerId: context.manufacturerId ?? '' }),
        onDone: [
          {
            guard: ({ event }) => event.output.isEntitled,
            target: 'repairing',
            actions: ['nextRepair', 'orderRepair'],
          },
          { target: 'choosingOutcome' },
        ],
      },
    },
    repairing: {
      description: 'A service center repairs the unit: an order of its own [W4]',
      meta: { clauses: ['W4', 'W6'] },
      tags: ['open', 'repairing'],
      entry: { type: 'record', params: { state: 'repairing' } },
      on: {
        'party.erased': [
          // What a customer who is gone has sent in is repaired to its end; without the manufacturer nobody pays.
          { guard: 'isManufacturerErased', target: 'ended', actions: 'forgetParty' },
          { actions: ['forgetParty', { type: 'record', params: { state: 'repairing' } }] },
        ],
        'repair.ended': [
          { guard: and(['isOwnRepair', 'isDone']), target: 'fulfilled', actions: 'noteReplaced' },
          { guard: and(['isOwnRepair', 'isReturned']), target: 'returned', actions: 'closeAsReturned' },
          { guard: and(['isOwnRepair', 'isNotSent']), target: 'lapsed' },
          { guard: and(['isOwnRepair', 'isRepairWithdrawn']), target: 'withdrawn' },
          { guard: 'isOwnRepair', target: 'choosingOutcome' },
        ],
        'message.refused': 'choosingOutcome',
      },
    },
    choosingOutcome: {
      description: 'No repair: the manufacturer chooses replacement or refund, within the service level [W3, W5, W6]',
      meta: { clauses: ['W3', 'W5', 'W6'] },
      tags: ['open'],
      entry: [
        'forgetOutcome',
        { type: 'startClock', params: { clock: 'outcome' } },
        { type: 'record', params: { state: 'choosingOutcome' } },
      ],
      on: {
        'outcome.chosen': { guard: 'isInsteadOfRepair', target: 'carryingOut', actions: 'noteOutcome' },
        'claim.withdrawn': 'withdrawn',
      },
    },
    carryingOut: {
      description: 'The manufacturer sends the replacement or pays the refund, within the service level [W5, W6]',
      meta: { clauses: ['W5', 'W6'] },
      tags: ['open'],
      entry: [
        { type: 'startClock', params: { clock: 'outcome' } },
        { type: 'record', params: { state: 'carryingOut' } },
      ],
      on: { 'outcome.fulfilled': { target: 'fulfilled', actions: 'stopClock' } },
    },
    fulfilled: {
      description: 'Done; the customer can dispute it once, as long as a decision can be appealed [W6]',
      meta: { clauses: ['W6'] },
      tags: ['open', 'appealable'],
      entry: [
        'closeAsChosen',
        { type: 'setDue', params: { term: 'appealPeriod' } },
        { type: 'record', params: { state: 'fulfilled' } },
        { type: 'tell', params: { what: 'fulfilled', to: 'customer' } },
      ],
      exit: 'forgetDue',
      initial: 'running',
      states: untilDue('#closed', ['W6'], 'Done: it can be disputed until this moment'),
      on: {
        'decision.accepted': 'closed',
        'appeal.filed': {
          guard: 'isFirstAppeal',
          target: 'disputed',
          actions: ['beginDispute', { type: 'tell', params: { what: 'appealed', to: 'manufacturer' } }],
        },
        'arbitration.requested': { guard: 'isAppealed', target: 'arbitratingDispute' },
      },
    },
    disputed: {
      description:
        'What was done is disputed: the claim is open again, once; the manufacturer makes it good or says no [W6]',
      meta: { clauses: ['W5', 'W6'] },
      tags: ['open', 'deciding'],
      entry: [
        { type: 'startClock', params: { clock: 'appeal' } },
        { type: 'record', params: { state: 'disputed' } },
      ],
      exit: 'stopClock',
      on: {
        'outcome.chosen': { target: 'standing', actions: 'noteOutcome' },
        'dispute.rejected': 'disputeRejected',
        'claim.withdrawn': 'closed',
      },
    },
    disputeRejected: {
      description: 'The manufacturer said no to the dispute; the customer can have it arbitrated [W6]',
      meta: { clauses: ['W6'] },
      tags: ['open', 'appealable'],
      entry: [
        { type: 'setDue', params: { term: 'appealPeriod' } },
        { type: 'record', params: { state: 'disputeRejected' } },
        { type: 'tell', params: { what: 'decided', to: 'customer' } },
      ],
      exit: 'forgetDue',
      initial: 'running',
      states: untilDue('#closed', ['W6'], 'The dispute was rejected: it can be arbitrated until this moment'),
      on: { 'decision.accepted': 'closed', 'arbitration.requested': 'arbitratingDispute' },
    },
    arbitratingDispute: {
      description: 'What was done is before the arbitration: it awards another outcome, or none [W6]',
      meta: { clauses: ['W6'] },
      tags: ['open'],
      entry: [
        { type: 'setDue', params: { term: 'arbitrationDue' } },
        { type: 'record', params: { state: 'arbitratingDispute' } },
      ],
      exit: 'forgetDue',
      initial: 'running',
      states: untilDue(
        '#closed',
        ['W6'],
        'The arbitration can decide until this moment; in its silence what was done stands',
      ),
      on: {
        'arbitration.decided': [
          { guard: and(['areOwnAwards', 'isAwarded']), target: 'standing', actions: ['award', 'recordDecisions'] },
          { guard: 'areOwnAwards', target: 'closed' },
        ],
      },
    },
    closed: {
      id: 'closed',
      description: 'Closed: repaired, replaced or refunded [W6]',
      meta: { clauses: ['W6'] },
      type: 'final',
      entry: { type: 'record', params: { state: 'closed', isClosed: true } },
    },
    rejected: {
      description: 'Closed: nothing is paid for [W6]',
      meta: { clauses: ['W6'] },
      type: 'final',
      entry: [
        { type: 'close', params: { outcome: 'rejection' } },
        { type: 'record', params: { state: 'rejected', isClosed: true } },
        { type: 'tell', params: { what: 'closed', to: 'customer' } },
      ],
    },
    returned: {
      description: 'Closed: the unit went back unrepaired, without a fault or because the quotation was declined [W6]',
      meta: { clauses: ['W6'] },
      type: 'final',
      entry: { type: 'record', params: { state: 'returned', isClosed: true } },
    },
    lapsed: {
      description: 'Closed: the unit was never sent in [W4]',
      meta: { clauses: ['W4'] },
      type: 'final',
      entry: [
        { type: 'close', params: { outcome: 'lapsed' } },
        { type: 'record', params: { state: 'lapsed', isClosed: true } },
      ],
    },
    withdrawn: {
      description: 'Closed: the customer withdrew it [W2]',
      meta: { clauses: ['W2'] },
      type: 'final',
      entry: [
        'stopClock',
        { type: 'close', params: { outcome: 'withdrawn' } },
        { type: 'record', params: { state: 'withdrawn', isClosed: true } },
      ],
    },
    ended: {
      description: 'Closed: a party is gone, and with it what could be done [W7]',
      meta: { clauses: ['W7'] },
      type: 'final',
      entry: [
        'stopClock',
        { type: 'close', params: { outcome: 'ended' } },
        { type: 'record', params: { state: 'ended', isClosed: true } },
      ],
    },
  },
});
