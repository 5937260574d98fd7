/**
 * The running clock of a service level, as a statechart of its own: a child of the claim or the repair whose time it keeps
 * [W5]. It waits for one moment at a time, the next threshold, and keeps what happened as entries, from which
 * `serviceClock` computes the same at any later time.
 */
import { assign, setup } from 'xstate';
import { instantOf, until } from '../engine/machine.ts';
import type { Instant } from '../engine/machine.ts';
import { effects } from './effects.ts';
import type { ClockSubject } from './effects.ts';
import { serviceClock } from './service-level.ts';
import type { ClockEntry, ServiceLevel, Threshold } from './service-level.ts';

export interface RunningClockInput {
  /** What the time is kept for. */
  subject: ClockSubject;
  /** Unique among the clocks of the subject: `decision`, `appeal`, `turnaround`. */
  clock: string;
  level: ServiceLevel;
  /**
   * Account ids of who is told: reminders and the target go to the first, each escalation to the next one up; null is the
   * platform's operator, the last.
   */
  chain: (string | null)[];
  /** Reasons for which it is paused from the beginning. */
  pausedFor: string[];
}

export type RunningClockEvent =
  /** Does nothing when it is paused for this reason already, or the level does not pause for it. */
  | { type: 'clock.paused'; reason: string }
  | { type: 'clock.resumed'; reason: string }
  | { type: 'clock.stopped' }
  /** An account of the chain is being erased: the operator is told in its place. */
  | { type: 'clock.forgotten'; accountId: string };

export interface RunningClockContext extends RunningClockInput {
  entries: ClockEntry[];
  /** How many thresholds have been told. */
  told: number;
  /** When the next one is reached if nothing comes in between; null when none is left. */
  next: Instant | null;
}

function clockAt({ entries, level }: RunningClockContext, at: Instant) {
  return serviceClock(entries, level, at);
}

/** Reasons for which it is paused now. */
function pausesOf({ entries }: RunningClockContext): string[] {
  const standing: string[] = [];
  for (const { kind, reason } of entries) {
    if (kind === 'pause') standing.push(reason ?? '');
    if (kind === 'resume') standing.splice(standing.indexOf(reason ?? ''), 1);
  }
  return standing;
}

/** What is reached and was not told yet. */
function newlyReached(context: RunningClockContext, at: Instant): Threshold[] {
  return clockAt(context, at)
    .thresholds.filter(({ isReached }) => isReached)
    .slice(context.told);
}

/** Reminders and the target go to the first of the chain, the nth escalation to the nth after it. */
function recipientOf({ chain, level }: RunningClockContext, { kind, duration }: Threshold): string | null {
  const step = kind === 'escalation' ? level.escalations.indexOf(duration) + 1 : 0;
  return chain[Math.min(step, chain.length - 1)] ?? null;
}

type Args = { context: RunningClockContext; event: RunningClockEvent };

/** The entry that an event makes; undefined when it changes nothing. */
function entryOf({ context, event }: Args, at: Instant): ClockEntry | undefined {
  if (event.type === 'clock.stopped') return { at, kind: 'stop' };
  if (event.type === 'clock.forgotten') return undefined;
  const isPaused = pausesOf(context).includes(event.reason);
  if (event.type === 'clock.resumed') return isPaused ? { at, kind: 'resume', reason: event.reason } : undefined;
  return isPaused || !context.level.pauses.includes(event.reason)
    ? undefined
    : { at, kind: 'pause', reason: event.reason };
}

export const runningClockMachine = setup({
  types: {} as {
    context: RunningClockContext;
    input: RunningClockInput;
    events: RunningClockEvent;
    meta: { clauses: string[] };
  },
  delays: {
    threshold: until(({ context, self }) => context.next ?? instantOf(self)),
  },
  guards: {
    isPaused: ({ context }) => pausesOf(context).length > 0,
    isRunning: ({ context }) => pausesOf(context).length === 0,
    isOver: ({ context }) => context.next === null,
  },
  actions: {
    note: assign(({ context, event, self }) => {
      const entry = entryOf({ context, event }, instantOf(self));
      return entry ? { entries: [...context.entries, entry] } : {};
    }),
    forget: assign({
      chain: ({ context, event }) =>
        context.chain.map((id) => ('accountId' in event && event.accountId === id ? null : id)),
    }),
    recordStart: (args) => {
      const { subject, clock, entries, level } = args.context;
      effects.recordClockLevel(args, { subject, clock, level });
      entries.forEach((entry, n) => effects.recordClockEntry(args, { subject, clock, n, entry }));
    },
    recordEntry: (args) => {
      const { subject, clock, entries } = args.context;
      const entry = entryOf(args, instantOf(args.self));
      if (entry) effects.recordClockEntry(args, { subject, clock, n: entries.length, entry });
    },
    tell: (args) => {
      const { subject, clock } = args.context;
      for (const one of newlyReached(args.context, instantOf(args.self))) {
        const { kind, duration } = one;
        const to = recipientOf(args.context, one);
        effects.recordThreshold(args, { subject, clock, kind, duration, to, at: instantOf(args.self) });
      }
    },
    aim: assign({ next: ({ context, self }) => clockAt(context, instantOf(self)).next }),
    noteTold: assign({
      told: ({ context, self }) => context.told + newlyReached(context, instantOf(self)).length,
    }),
  },
}).createMachine({
  id: 'clock',
  description: 'The clock of a service level, in business time [W5]',
  context: ({ input, self }) => {
    const at = instantOf(self);
    const pauses = input.pausedFor.filter((reason) => input.level.pauses.includes(reason));
    return {
      ...input,
      entries: [{ at, kind: 'start' }, ...pauses.map((reason): ClockEntry => ({ at, kind: 'pause', reason }))],
      told: 0,
      next: null,
    };
  },
  initial: 'begun',
  on: {
    'clock.stopped': { target: '.stopped', actions: ['recordEntry', 'note'] },
    'clock.forgotten': { actions: 'forget' },
  },
  states: {
    begun: {
      description: 'Begun [W5]',
      meta: { clauses: ['W5'] },
      entry: 'recordStart',
      always: [{ guard: 'isPaused', target: 'paused' }, { target: 'running' }],
    },
    running: {
      description: 'Runs in business time until the next reminder, the target or the next escalation [W5]',
      meta: { clauses: ['W5'] },
      entry: 'aim',
      always: { guard: 'isOver', target: 'over' },
      on: { 'clock.paused': { target: 'pausing', actions: ['recordEntry', 'note'] } },
      after: { threshold: { target: 'running', reenter: true, actions: ['tell', 'noteTold'] } },
    },
    pausing: {
      description: 'Whether it is paused: only for the reasons of the level [W5]',
      meta: { clauses: ['W5'] },
      always: [{ guard: 'isPaused', target: 'paused' }, { target: 'running' }],
    },
    paused: {
      description: 'Paused while its owner waits for someone else [W5]',
      meta: { clauses: ['W5'] },
      always: { guard: 'isRunning', target: 'running' },
      on: {
        'clock.paused': { actions: ['recordEntry', 'note'] },
        'clock.resumed': { actions: ['recordEntry', 'note'] },
      },
    },
    over: {
      description: 'The target and every escalation are reached, and it is still not done [W5]',
      meta: { clauses: ['W5'] },
    },
    stopped: {
      description: 'Done: what it was for has happened [W5]',
      meta: { clauses: ['W5'] },
      type: 'final',
    },
  },
});
