/**
 * What the words of the repair order's chart mean: its actors, delays, guards and actions. The chart is machines/repair.ts;
 * what it remembers is in repair-context.ts.
 */
import { assign, enqueueActions, raise, sendTo, setup } from 'xstate';
import { instantOf, message, until } from '../engine/machine.ts';
import { ask } from './activities.ts';
import type { RepairInput, RepairResult } from './claim-repair.ts';
import { effects } from './effects.ts';
import type { AssignmentState, QuotationState } from './effects.ts';
import {
  chargeOf,
  charged,
  concluded,
  deadlineOf,
  dropCenter,
  forget,
  held,
  isPresent,
  known,
  lost,
  quoted,
  resumed,
  supplySide,
  warranties,
} from './repair-context.ts';
import type { Cost } from './quotation.ts';
import type { PartState, Place, RepairContext, RepairState } from './repair-context.ts';
import type { Party, RepairPublicEvent } from './repair-events.ts';
import { runningClockMachine } from './running-clock.ts';

/** What the regions of an order tell each other. */
type InnerEvent =
  | { type: 'customer.gone' | 'manufacturer.gone' | 'center.gone' }
  | { type: 'party.left' | 'center.left' }
  | { type: 'standing.lost' | 'standing.regained' }
  | { type: 'unit.checkedIn' | 'replacement.underway' | 'order.closed' };

type RepairEvent = RepairPublicEvent | InnerEvent;

/** Whose turn it is: without them nothing goes on. */
type RepairTag = 'customersTurn' | 'manufacturersTurn' | 'centersTurn' | 'operatorsTurn';

/** The events of one type, where a transition takes no other. */
function of<Type extends RepairEvent['type']>(event: RepairEvent, type: Type) {
  if (event.type !== type) throw new Error(`Expected ${type}, got ${event.type}`);
  return event as Extract<RepairEvent, { type: Type }>;
}

const goneEvent = {
  customer: 'customer.gone',
  manufacturer: 'manufacturer.gone',
  serviceCenter: 'center.gone',
} as const;

/** The parties' events have these fields in common. */
const partyOf = (event: RepairEvent) => event as unknown as { party: Party; accountId?: string; reason: string };

function areOfLines({ lines }: RepairContext, costs: readonly Cost[]): boolean {
  return costs.every((cost) => cost.lineId === null || lines.some(({ lineId }) => lineId === cost.lineId));
}

/** What goodwill pays of the costs is taken off them, so both are in one currency. */
function isInCurrency({ lines }: RepairContext, currency: string): boolean {
  return lines.every((line) => (line.currency ?? currency) === currency);
}

function isWaitingForParts({ parts }: RepairContext): boolean {
  return parts.some(({ state }) => state === 'onOrder');
}

export const repairSetup = setup({
  types: {} as {
    context: RepairContext;
    input: RepairInput;
    events: RepairEvent;
    tags: RepairTag;
    meta: { clauses: string[] };
    children: { turnaround: 'clock' };
  },
  actors: {
    clock: runningClockMachine,
    assignRmaNumber: ask('assignRmaNumber'),
    askRepairEntitlement: ask('askRepairEntitlement'),
    askCenterEntitlement: ask('askCenterEntitlement'),
    chooseServiceCenter: ask('chooseServiceCenter'),
  },
  delays: {
    deadline: until(({ context }) => known(context.deadline, 'deadline').dueAt),
    loanerDeadline: until(({ context }) => known(context.loanerDeadline, 'deadline of the loaner').dueAt),
  },
  guards: {
    isParty: ({ context, event }) => isPresent(context, partyOf(event)),
    isPartyOrDeclined: ({ context, event }) => {
      const { accountId } = partyOf(event);
      return isPresent(context, partyOf(event)) || (accountId !== undefined && context.declined.includes(accountId));
    },
    isSuspended: ({ context }) => context.suspensions.length > 0,
    isNotSuspended: ({ context }) => context.suspensions.length === 0,
    isCustomerGone: ({ context }) => context.gone.includes('customer'),
    isManufacturerGone: ({ context }) => context.gone.includes('manufacturer'),

    isNoCenter: ({ context }) => context.centerId === null,
    isCenter: ({ context, event }) => (event as { centerId?: string }).centerId === context.centerId,
    /** A center whose subscription is suspended begins nothing. */
    canAccept: ({ context, event }) =>
      of(event, 'assignment.accepted').centerId === context.centerId &&
      !context.suspensions.some(({ party }) => party === 'serviceCenter'),

    isAt: ({ context }, params: { place: Place }) => context.place === params.place,
    /** The customer still has it, and nothing has been given for it: the repair can simply not happen. */
    isUnsent: ({ context }) => context.place === 'customer' && context.replacement === null,
    isKeptForReplacement: ({ context }) => context.place === 'customer' && context.replacement !== null,
    isOtherSerial: ({ context, event }) => of(event, 'unit.received').serial !== context.serial,
    isAccepted: ({ event }) => of(event, 'mismatch.clarified').decision === 'accept',
    isOtherUnit: ({ context }) => context.otherSerial !== null,
    isSupplySides: ({ context }) => context.isSupplySides,

    /** Without costs: what is not repaired costs nothing. */
    isFound: ({ event }, params: { finding: 'noFaultFound' | 'beyondRepair' }) => {
      const { finding, costs } = of(event, 'inspection.finished');
      return finding === params.finding && costs.length === 0;
    },
    isFaultOfOwnLines: ({ context, event }) => {
      const { finding, costs, currency } = of(event, 'inspection.finished');
      return finding === 'faultConfirmed' && areOfLines(context, costs) && isInCurrency(context, currency);
    },
    isOfOwnLines: ({ context, event }) => {
      const { costs, currency } = of(event, 'quotation.made');
      return areOfLines(context, costs) && isInCurrency(context, currency);
    },
    isNothingMoreCharged: ({ context }) =>
      known(context.quotation, 'quotation').total <= chargeOf(context, 'quotation'),
    isCurrentQuotation: ({ context, event }) => (event as { quotation?: number }).quotation === context.quotation?.n,
    isNewPart: ({ context, event }) =>
      !context.parts.some(({ partId }) => partId === (event as { partId?: string }).partId),
    isPartIn: ({ context, event }, params: { states: readonly PartState[] }) =>
      context.parts.some(
        ({ partId, state }) => partId === (event as { partId?: string }).partId && params.states.includes(state),
      ),
    isWaitingForParts: ({ context }) => isWaitingForParts(context),
    isNoPartAwaited: ({ context }) => !isWaitingForParts(context),

    hasOutcome: ({ context }) => context.outcome !== null,
    isUndecided: ({ context }) => context.outcome === null,
    isOutcome: ({ context }, params: { result: RepairResult }) => context.outcome === params.result,
    /** A wrong unit went back: the right one is awaited as before. */
    isRightUnitAwaited: ({ context }) => context.outcome === null && context.gone.length === 0,

    /** Nothing has arrived yet, and there is somebody to send to and somebody who sends. */
    canReplace: ({ context }) =>
      ['customer', 'toCenter'].includes(context.place) && context.outcome === null && context.gone.length === 0,
    canLend: ({ context }) => context.gone.length === 0,
    isOtherUnitThanThis: ({ context, event }) => (event as { serial?: string }).serial !== context.serial,
    isDisposedTo: ({ event }, params: { to: 'scrap' }) => of(event, 'disposal.decided').to === params.to,
    isForManufacturerWhoHasIt: ({ context, event }) =>
      of(event, 'disposal.decided').to === 'manufacturer' && context.place === 'manufacturer',
    isForManufacturer: ({ context, event }) =>
      of(event, 'disposal.decided').to === 'manufacturer' && !context.gone.includes('manufacturer'),
    /** Neither gone nor given another one in advance. */
    isForCustomer: ({ context, event }) =>
      of(event, 'disposal.decided').to === 'customer' &&
      !context.gone.includes('customer') &&
      context.replacement === null,
  },
  actions: {
    mark: assign((_, params: { state: RepairState }) => ({ state: params.state })),
    record: (args) => {
      const { repairId, claimId, n, manufacturerId, customerId, centerId, rma, serial, modelId } = args.context;
      const { state, place, finding, failedTests, outcome } = args.context;
      effects.recordRepair(args, {
        ...{ repairId, claimId, n, manufacturerId, customerId, centerId, rma, serial, modelId },
        ...{ state, place, finding, failedTests, outcome },
        at: instantOf(args.self),
      });
    },

    suspend: enqueueActions(({ context, event, enqueue }) => {
      const { party, reason } = partyOf(event);
      const isNew = !context.suspensions.some((one) => one.party === party && one.reason === reason);
      if (!isNew) return;
      enqueue.assign({ suspensions: [...context.suspensions, { party, reason }] });
      if (context.suspensions.length === 0) enqueue.raise({ type: 'standing.lost' });
    }),
    lift: enqueueActions(({ context, event, enqueue }) => {
      const { party, reason } = partyOf(event);
      const left = context.suspensions.filter((one) => one.party !== party || one.reason !== reason);
      enqueue.assign({ suspensions: left });
      if (left.length === 0 && context.suspensions.length > 0) enqueue.raise({ type: 'standing.regained' });
    }),
    leave: enqueueActions(({ event, enqueue }) => {
      enqueue.raise({ type: partyOf(event).party === 'serviceCenter' ? 'center.left' : 'party.left' });
    }),
    forget: enqueueActions(({ context, event, self, enqueue }) => {
      const { party, accountId } = partyOf(event);
      const after = { ...context, ...forget(context, party, accountId) };
      enqueue.assign(after);
      const id = {
        customer: context.customerId,
        manufacturer: context.manufacturerId,
        serviceCenter: context.centerId,
      };
      const forgotten = accountId ?? id[party];
      if (self.getSnapshot().children.turnaround && forgotten !== null) {
        enqueue.sendTo('turnaround', { type: 'clock.forgotten', accountId: forgotten });
      }
      if (context.suspensions.length > 0 && after.suspensions.length === 0)
        enqueue.raise({ type: 'standing.regained' });
      if (isPresent(context, partyOf(event))) enqueue.raise({ type: goneEvent[party] });
    }),

    noteRma: assign((_, params: { rma: string }) => params),
    noteChosen: assign((_, params: { centerId: string | null }) => params),
    noteAssigned: assign({ centerId: ({ event }) => of(event, 'center.assigned').centerId }),
    noteAccepted: assign({ isAccepted: true }),
    recordAssignment: (args, params: { state: AssignmentState }) => {
      const { repairId, centerId } = args.context;
      if (centerId === null) return;
      effects.recordAssignment(args, { repairId, centerId, state: params.state, at: instantOf(args.self) });
    },
    dropCenter: assign(({ context }) => dropCenter(context)),
    askAllAgain: assign({ declined: [] }),

    setDeadline: assign({
      deadline: ({ context, self }, params: { term: Parameters<typeof deadlineOf>[1] }) =>
        deadlineOf(context, params.term, instantOf(self)),
    }),
    holdDeadline: assign({
      deadline: ({ context, self }) => held(known(context.deadline, 'deadline'), instantOf(self)),
    }),
    resumeDeadline: assign({
      deadline: ({ context, self }) => resumed(known(context.deadline, 'deadline'), instantOf(self)),
    }),
    clearDeadline: assign({ deadline: null }),
    setLoanerDeadline: assign({
      loanerDeadline: ({ context, self }) => deadlineOf(context, 'loanerReturnDue', instantOf(self)),
    }),
    holdLoanerDeadline: assign({
      loanerDeadline: ({ context, self }) => held(known(context.loanerDeadline, 'deadline'), instantOf(self)),
    }),
    resumeLoanerDeadline: assign({
      loanerDeadline: ({ context, self }) => resumed(known(context.loanerDeadline, 'deadline'), instantOf(self)),
    }),
    clearLoanerDeadline: assign({ loanerDeadline: null }),

    noteTracking: assign({ tracking: ({ event }) => (event as { tracking: string }).tracking }),
    place: assign((_, params: { place: Place }) => ({ place: params.place })),
    placeWithSupplySide: assign({ place: ({ context }) => supplySide(context) }),
    /** It came back to who sent it. */
    placeWithSender: assign({ place: ({ context }) => (context.centerId === null ? supplySide(context) : 'center') }),
    noteReceived: assign(({ event, context }) => {
      const { serial, condition, missing } = of(event, 'unit.received');
      return { condition, missing, otherSerial: serial === context.serial ? null : serial };
    }),
    noteRightUnit: assign({ otherSerial: null }),
    countArrival: assign({ arrivals: ({ context }) => context.arrivals + 1 }),

    noteInspection: assign(({ event }) => {
      const { finding, usage } = of(event, 'inspection.finished');
      return { finding, usage };
    }),
    noteQuotation: assign({
      quotation: ({ context, event }) => {
        const { currency, costs } = event as Extract<RepairEvent, { type: 'quotation.made' }>;
        return quoted(context, currency, costs);
      },
    }),
    recordQuotation: (args, params: { state: QuotationState }) => {
      const quotation = known(args.context.quotation, 'quotation');
      const { repairId } = args.context;
      effects.recordQuotation(args, { repairId, ...quotation, state: params.state, at: instantOf(args.self) });
    },
    chargeQuotation: assign({
      charges: ({ context }) => {
        const { total, currency } = known(context.quotation, 'quotation');
        return charged(context, { kind: 'quotation', amount: total, currency });
      },
    }),
    chargeUnit: assign({
      charges: ({ context }) => {
        const { charge, currency } = known(context.replacement, 'replacement');
        return charged(context, { kind: 'unreturnedUnit', amount: charge, currency });
      },
    }),
    recordCharges: (args) => {
      const { repairId, charges } = args.context;
      for (const charge of charges) effects.recordRepairCharge(args, { repairId, charge, at: instantOf(args.self) });
    },

    pauseClock: sendTo('turnaround', (_, params: { reason: string }) => ({
      type: 'clock.paused' as const,
      reason: params.reason,
    })),
    resumeClock: sendTo('turnaround', (_, params: { reason: string }) => ({
      type: 'clock.resumed' as const,
      reason: params.reason,
    })),
    stopClock: sendTo('turnaround', { type: 'clock.stopped' }),

    addPart: assign({
      parts: ({ context, event }, params: { state: PartState }) => {
        const { partId, component } = event as Extract<RepairEvent, { type: 'part.ordered' }>;
        return [...context.parts, { partId, component, state: params.state }];
      },
    }),
    notePart: assign({
      parts: ({ context, event }, params: { state: PartState }) =>
        context.parts.map((part) =>
          part.partId === (event as { partId?: string }).partId ? { ...part, state: params.state } : part,
        ),
    }),
    recordPart: (args) => {
      const { repairId, parts } = args.context;
      const part = parts.find(({ partId }) => partId === (args.event as { partId?: string }).partId);
      if (part) effects.recordRepairPart(args, { repairId, ...part, at: instantOf(args.self) });
    },
    countFailedTest: assign({ failedTests: ({ context }) => context.failedTests + 1 }),
    recordWarranties: (args) => {
      const { manufacturerId, serial } = args.context;
      if (manufacturerId === null) return;
      for (const replacement of warranties(args.context, instantOf(args.self))) {
        effects.recordUnitRepaired(args, { manufacturerId, serial, replacement });
      }
    },
    noteExchange: assign(({ context, event }) => ({
      formerSerial: context.serial,
      serial: of(event, 'unit.exchanged').serial,
    })),
    recordExchange: (args, params: { serial: string; newSerial: string }) => {
      const { manufacturerId } = args.context;
      if (manufacturerId === null) return;
      effects.recordUnitExchanged(args, { manufacturerId, ...params, at: instantOf(args.self) });
    },

    noteReplacement: assign({
      isSupplySides: true,
      replacement: ({ event }) => {
        const { serial, charge, currency } = of(event, 'replacement.sent');
        return { serial, charge, currency };
      },
    }),
    tellReplaced: raise({ type: 'replacement.underway' }),
    tellCheckedIn: raise({ type: 'unit.checkedIn' }),
    lend: assign({
      loaner: ({ event }) => {
        const { serial, charge, currency } = of(event, 'loaner.given');
        return { serial, charge, currency, state: 'out' as const };
      },
    }),
    noteLoaner: assign({
      loaner: ({ context }, params: { state: 'returned' | 'charged' | 'writtenOff' }) => ({
        ...known(context.loaner, 'loaner'),
        state: params.state,
      }),
    }),
    chargeLoaner: assign({
      charges: ({ context }) => {
        const { charge, currency } = known(context.loaner, 'loaner');
        return charged(context, { kind: 'unreturnedLoaner', amount: charge, currency });
      },
    }),

    takeForSupplySide: assign({ isSupplySides: true }),
    giveBack: assign({ isSupplySides: false }),
    lose: assign(({ context }) => lost(context)),
    conclude: assign(({ context }, params: { result: RepairResult }) => concluded(context, params.result)),
    tellClaim: message(({ context: { claimId, repairId, outcome, isTold } }) =>
      isTold
        ? undefined
        : {
            to: { machine: 'claim', id: `claim-${claimId}` },
            event: { type: 'repair.ended', repairId, result: known(outcome, 'outcome') },
          },
    ),
    noteTold: assign({ isTold: true }),
    close: raise({ type: 'order.closed' }),
    noteUndelivered: assign({
      undelivered: ({ context, event }) => {
        const { to, eventType, reason } = of(event, 'message.refused');
        return [...context.undelivered, { to, eventType, reason }].slice(-20);
      },
    }),
  },
});
