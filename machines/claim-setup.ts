/** What the words of the claim's chart mean: its actors, delays, guards and actions. The chart is machines/claim.ts. */
import { assign, enqueueActions, setup } from 'xstate';
import { instantOf, message, until } from '../engine/machine.ts';
import type { Message } from '../engine/machine.ts';
import { ask } from './activities.ts';
import type { Assessment } from './activities.ts';
import { periodEnd } from './calendar.ts';
import {
  assess,
  automaticOutcome,
  canGoByCoverage,
  correct,
  coverageVerdict,
  currencyOf,
  decide,
  grantedLines,
  isDecided,
  isGranted,
  isInFull,
  isNoLess,
  isOfferedNow,
  isSamePerson,
  lineOf,
  mayDecide,
  noShares,
  repairIdOf,
  withLine,
  withoutAssessment,
} from './claim-context.ts';
import type { ClaimContext, ClaimInput, ClaimLine, ClaimOutcome, NewDecision, Refusal } from './claim-context.ts';
import type { ClaimPublicEvent } from './claim-events.ts';
import { insteadOfRepair } from './claim-repair.ts';
import type { RepairInput } from './claim-repair.ts';
import { effects } from './effects.ts';
import type { ClaimNews } from './effects.ts';
import { runningClockMachine } from './running-clock.ts';
import type { GrantedOutcome } from './service-terms.ts';

type ClaimTag = 'open' | 'deciding' | 'waiting' | 'appealable' | 'repairing';
type ClockName = 'decision' | 'appeal' | 'outcome';

/** The events of one type, where a transition takes no other. */
function of<Type extends ClaimPublicEvent['type']>(event: ClaimPublicEvent, type: Type) {
  if (event.type !== type) throw new Error(`Expected ${type}, got ${event.type}`);
  return event as Extract<ClaimPublicEvent, { type: Type }>;
}

interface Args {
  readonly context: ClaimContext;
  readonly event: ClaimPublicEvent;
}

/** The line that an event names; undefined where it names none of the claim's. */
function namedLine({ context, event }: Args): ClaimLine | undefined {
  return lineOf(context, (event as { lineId?: string }).lineId ?? '');
}

const personOf = (event: ClaimPublicEvent): string => (event as { decidedBy?: string }).decidedBy ?? '';

/** What the event decides about a line. */
function decisionOf({ context, event }: Args): NewDecision {
  const decidedBy = personOf(event);
  if (event.type === 'line.refused') return { refusal: event.reason as Refusal, decidedBy };
  if (event.type === 'goodwill.offered') return { goodwill: event.amount, decidedBy };
  const offer = event.type === 'goodwill.approved' ? namedLine({ context, event })?.offer : undefined;
  return offer ? { goodwill: offer.amount, decidedBy: offer.decidedBy, approvedBy: decidedBy } : { decidedBy };
}

export const claimSetup = setup({
  types: {} as {
    context: ClaimContext;
    input: ClaimInput;
    events: ClaimPublicEvent;
    tags: ClaimTag;
    meta: { clauses: string[] };
    children: { [clock: string]: 'clock' };
  },
  actors: {
    clock: runningClockMachine,
    assessClaim: ask('assessClaim'),
    askRepairEntitlement: ask('askRepairEntitlement'),
  },
  delays: {
    due: until(({ context, self }) => context.dueAt ?? instantOf(self)),
  },
  guards: {
    isHeld: ({ context }) => context.left !== null,
    isNotHeld: ({ context }) => context.left === null,
    isAutomatic: ({ context }) => automaticOutcome(context) !== null,
    isRejected: ({ context }) => isDecided(context) && !isGranted(context),
    isGranted: ({ context }) => isGranted(context),
    isOutcomeChosen: ({ context }) => isDecided(context) && isGranted(context) && context.chosen !== null,
    isInFull: ({ context }) => isInFull(context),
    isRepairChosen: ({ context }) => context.chosen === 'repair',
    isReadyForOutcome: ({ context }) => isDecided(context) && isGranted(context),
    isInsteadOfRepair: ({ event }) =>
      (insteadOfRepair as readonly GrantedOutcome[]).includes(of(event, 'outcome.chosen').outcome),
    mayDecideLine: ({ context, event }) => {
      const line = namedLine({ context, event });
      return line !== undefined && line.offer === null && mayDecide(line, personOf(event)) && canGoByCoverage(line);
    },
    mayRefuseLine: ({ context, event }) => {
      const line = namedLine({ context, event });
      if (!line || !mayDecide(line, personOf(event))) return false;
      return isNoLess(line, 0, of(event, 'line.refused').reason as Refusal);
    },
    mayOfferGoodwill: ({ context, event }) => {
      const line = namedLine({ context, event });
      if (!line || !mayDecide(line, personOf(event)) || coverageVerdict(line) === 'covered') return false;
      const { amount, currency } = of(event, 'goodwill.offered');
      return currency === currencyOf(context) && isNoLess(line, amount, null);
    },
    isWithinLimit: ({ context, event }) => of(event, 'goodwill.offered').amount <= context.terms.goodwillLimit.amount,
    isSecondPerson: ({ context, event }) => {
      const offer = namedLine({ context, event })?.offer ?? null;
      return offer !== null && !isSamePerson(offer.decidedBy, personOf(event));
    },
    isOfferedNow: ({ context, event }) => {
      const line = namedLine({ context, event });
      return line !== undefined && isOfferedNow(context, line, of(event, 'goodwill.approved'));
    },
    areOwnLines: ({ context, event }) =>
      (event as { facts?: { lineId: string }[] }).facts?.every(({ lineId }) => lineOf(context, lineId)) ?? false,
    areOwnAwards: ({ context, event }) =>
      of(event, 'arbitration.decided').awards.every(
        ({ lineId, currency }) => lineOf(context, lineId) && currency === currencyOf(context),
      ),
    isFirstAppeal: ({ context }) => context.round === 'decision',
    isAppealed: ({ context }) => context.round === 'appeal',
    isAwarded: ({ event }) => of(event, 'arbitration.decided').outcome !== null,
    isOwnRepair: ({ context, event }) => of(event, 'repair.ended').repairId === repairIdOf(context),
    isDone: ({ event }) => ['repaired', 'replaced'].includes(of(event, 'repair.ended').result),
    isReturned: ({ event }) => ['noFaultFound', 'declined'].includes(of(event, 'repair.ended').result),
    isNotSent: ({ event }) => of(event, 'repair.ended').result === 'notSent',
    isRepairWithdrawn: ({ event }) => of(event, 'repair.ended').result === 'withdrawn',
    isManufacturerErased: ({ event }) => of(event, 'party.erased').party === 'manufacturer',
  },
  actions: {
    noteAssessment: assign(({ context }, params: Assessment) => assess(context, params)),
    noteNoAssessment: assign(({ context }) => withoutAssessment(context)),
    noteFacts: assign(({ context, event }) => {
      const facts = (event as { facts?: Parameters<typeof correct>[1] }).facts ?? [];
      const evidence = event.type === 'information.provided' ? event.evidence : [];
      const chosen = facts.length > 0 ? null : context.chosen;
      return {
        lines: correct(context.lines, facts),
        evidence: [...new Set([...context.evidence, ...evidence])],
        chosen,
      };
    }),
    recordEvidence: (args) => {
      const { claimId, customerId, manufacturerId } = args.context;
      const { evidence: digests, by } = of(args.event, 'information.provided');
      // The manufacturer answers for a customer without an account, with files of its own.
      const accountId = by === 'manufacturer' ? manufacturerId : customerId;
      if (digests.length > 0)
        effects.recordClaimEvidence(args, { claimId, digests, accountId, at: instantOf(args.self) });
    },
    noteAsked: assign({ asked: ({ event }) => of(event, 'information.requested').codes }),
    forgetAsked: assign({ asked: [] }),

    decideAutomatically: assign(({ context, self }) => {
      const at = instantOf(self);
      const outcome = automaticOutcome(context);
      return {
        lines: context.lines.map((line) => decide(context, line, at, { decidedBy: 'rules' })),
        chosen: outcome === 'rejection' ? null : outcome,
      };
    }),
    decideLine: assign(({ context, event, self }) => {
      const line = namedLine({ context, event });
      return line
        ? { lines: withLine(context, decide(context, line, instantOf(self), decisionOf({ context, event }))) }
        : {};
    }),
    noteOffer: assign(({ context, event }) => {
      const line = namedLine({ context, event });
      const { amount, decidedBy } = of(event, 'goodwill.offered');
      return line ? { lines: withLine(context, { ...line, decision: null, offer: { amount, decidedBy } }) } : {};
    }),
    dropOffer: assign(({ context, event }) => {
      const line = namedLine({ context, event });
      return line ? { lines: withLine(context, { ...line, offer: null }) } : {};
    }),
    noteOutcome: assign({ chosen: ({ event }) => of(event, 'outcome.chosen').outcome }),
    forgetOutcome: assign({ chosen: null }),
    /** What the round has decided, once it is over. */
    recordDecisions: enqueueActions(({ context, enqueue }) => {
      const fresh = context.lines.filter(({ decision }) => decision !== null && decision.round === context.round);
      fresh.forEach((line, index) =>
        enqueue((args) =>
          effects.recordClaimDecision(args, {
            claimId: context.claimId,
            n: context.decisions + index + 1,
            lineId: line.lineId,
            decision: line.decision!,
            shares: (line.shares ?? noShares) as never,
          }),
        ),
      );
      enqueue.assign({ decisions: context.decisions + fresh.length });
    }),
    /** Every line is open again, and keeps what it has. */
    beginAppeal: assign(({ context }) => ({
      round: 'appeal' as const,
      chosen: null,
      lines: context.lines.map((line) => ({ ...line, before: line.decision, decision: null, offer: null })),
    })),
    /** A dispute is about what was done; what was decided stands. */
    beginDispute: assign({ round: 'appeal' as const, chosen: null }),
    award: assign(({ context, event, self }) => {
      const { awards, outcome, decidedBy } = of(event, 'arbitration.decided');
      const round = 'arbitration' as const;
      const lines = context.lines.map((line) => {
        const amount = awards.find(({ lineId }) => lineId === line.lineId)?.amount ?? 0;
        if (amount === 0) return line;
        const goodwill = (line.decision?.goodwill ?? 0) + amount;
        return decide({ ...context, round }, line, instantOf(self), { goodwill, decidedBy });
      });
      return { round, lines, chosen: outcome ?? context.chosen };
    }),

    setDue: assign(({ context, self }, params: { term: 'informationDue' | 'appealPeriod' | 'arbitrationDue' }) => {
      const at = instantOf(self);
      const dueAt = periodEnd(at, context.terms[params.term], context.counting);
      const isHeld = context.suspensions.length > 0;
      return isHeld ? { dueAt: null, left: Date.parse(dueAt) - Date.parse(at) } : { dueAt, left: null };
    }),
    forgetDue: assign({ dueAt: null, left: null }),

    /** The manufacturer's time runs from now, unless it runs already [W5]. */
    startClock: enqueueActions(({ context, enqueue }, params: { clock: ClockName }) => {
      if (context.clock !== null) return;
      const id = context.clocks === 0 ? params.clock : `${params.clock}-${context.clocks + 1}`;
      enqueue.assign({ clock: id, clocks: context.clocks + 1 });
      enqueue.spawnChild('clock', {
        id,
        input: {
          subject: { kind: 'claim', id: context.claimId },
          clock: id,
          level: context.levels.decision,
          chain: [context.manufacturerId, null],
          pausedFor: context.suspensions.length > 0 ? ['suspension'] : [],
        },
      });
    }),
    pauseClock: enqueueActions(({ context, enqueue }, params: { reason: string }) => {
      if (context.clock !== null) enqueue.sendTo(context.clock, { type: 'clock.paused', reason: params.reason });
    }),
    resumeClock: enqueueActions(({ context, enqueue }, params: { reason: string }) => {
      if (context.clock !== null) enqueue.sendTo(context.clock, { type: 'clock.resumed', reason: params.reason });
    }),
    stopClock: enqueueActions(({ context, enqueue }) => {
      if (context.clock === null) return;
      enqueue.sendTo(context.clock, { type: 'clock.stopped' });
      enqueue.assign({ clock: null });
    }),

    /** A set of reasons: each is there once, and only its own remedy takes it away [W7]. */
    suspend: enqueueActions(({ context, event, self, enqueue }) => {
      const { party, reason } = of(event, 'party.suspended');
      const isKnown = context.suspensions.some((one) => one.party === party && one.reason === reason);
      if (isKnown) return;
      enqueue.assign({ suspensions: [...context.suspensions, { party, reason }] });
      if (context.suspensions.length > 0) return;
      if (context.dueAt !== null)
        enqueue.assign({ dueAt: null, left: Math.max(0, Date.parse(context.dueAt) - Date.parse(instantOf(self))) });
      if (context.clock !== null) enqueue.sendTo(context.clock, { type: 'clock.paused', reason: 'suspension' });
    }),
    lift: enqueueActions(({ context, event, self, enqueue }) => {
      const { party, reason } = of(event, 'suspension.lifted');
      const suspensions = context.suspensions.filter((one) => one.party !== party || one.reason !== reason);
      if (suspensions.length === context.suspensions.length) return;
      enqueue.assign({ suspensions });
      if (suspensions.length > 0) return;
      if (context.left !== null)
        enqueue.assign({ dueAt: new Date(Date.parse(instantOf(self)) + context.left).toISOString(), left: null });
      if (context.clock !== null) enqueue.sendTo(context.clock, { type: 'clock.resumed', reason: 'suspension' });
    }),
    forgetParty: assign(({ event }) =>
      of(event, 'party.erased').party === 'customer' ? { customerId: null } : { manufacturerId: null },
    ),

    noteReplaced: assign({
      chosen: ({ event }) =>
        of(event, 'repair.ended').result === 'replaced' ? ('replacement' as const) : ('repair' as const),
    }),
    nextRepair: assign({ repairs: ({ context }) => context.repairs + 1 }),
    orderRepair: message(({ context }): Message => {
      const { claimId, repairs, manufacturerId, customerId, serial, modelId, region } = context;
      const { terms, levels, suspensions } = context;
      const { assignmentDue, shippingDue, quotationValidity, advanceReturnDue, loanerReturnDue, repairWarranty } =
        terms;
      const repairId = repairIdOf(context);
      const start: RepairInput = {
        repairId,
        claimId,
        n: repairs,
        manufacturerId: manufacturerId ?? '',
        customerId,
        serial,
        modelId,
        ...(region === undefined ? {} : { region }),
        lines: grantedLines(context),
        terms: { assignmentDue, shippingDue, quotationValidity, advanceReturnDue, loanerReturnDue, repairWarranty },
        level: levels.repair,
        suspensions,
      };
      return { to: { machine: 'repair', id: `repair-${repairId}` }, start: start as never };
    }),

    close: assign({ outcome: (_, params: { outcome: ClaimOutcome }) => params.outcome }),
    closeAsChosen: assign({ outcome: ({ context }) => context.chosen }),
    closeAsReturned: assign({
      outcome: ({ event }) =>
        of(event, 'repair.ended').result === 'noFaultFound'
          ? ('noFaultFound' as const)
          : ('returnedUnrepaired' as const),
    }),
    tell: enqueueActions(({ context, enqueue, self }, params: { what: ClaimNews; to: 'customer' | 'manufacturer' }) => {
      const accountId = params.to === 'customer' ? context.customerId : context.manufacturerId;
      if (accountId === null) return;
      const { claimId, told } = context;
      const at = instantOf(self);
      enqueue((args) => effects.announceClaim(args, { claimId, accountId, what: params.what, n: told + 1, at }));
      enqueue.assign({ told: told + 1 });
    }),
    record: (args, params: { state: string; isClosed?: boolean }) => {
      const { claimId, round, outcome, manufacturerId, customerId, duplicateOf, deadOnArrival } = args.context;
      const { signals, asked, lines, chosen } = args.context;
      effects.recordClaim(args, {
        claimId,
        state: params.state,
        round,
        outcome,
        chosen,
        manufacturerId,
        customerId,
        duplicateOf,
        deadOnArrival,
        signals,
        information: asked,
        lines,
        isClosed: params.isClosed ?? false,
        at: instantOf(args.self),
      });
    },
  },
});
