/** Claims under a simulated clock, as the tests of the machine drive them; every step is checked for what always holds. */
import { expect } from 'vitest';
import { simulate } from '../../engine/simulate.ts';
import type { AssessClaim, AssessedLine, Assessment, LineFacts } from '../../machines/activities.ts';
import { claimMachine } from '../../machines/claim.ts';
import type { ClaimPublicEvent } from '../../machines/claim-events.ts';
import type { Effects } from '../../machines/effects.ts';
import { resolveServiceTerms } from '../../machines/terms.ts';
import type { Share } from '../../machines/warranty/promise.ts';
import { assessedLine, claimInputAt, full, half, nothing } from './service-inputs.ts';

/** A Monday, 10:00 in Shanghai. */
export const monday = '2027-03-08T02:00:00.000Z';
export const day = 86_400_000;

const sharesOf = { full, half, nothing };
/** How coverage answers for a line. */
export type Cover = keyof typeof sharesOf;

export interface Setting {
  at?: string;
  /** Of each line, what coverage pays of everything. */
  cover?: Cover[];
  assessment?: Partial<Assessment>;
  /** Whether the assessment fails for good, when it is asked. */
  fails?: () => boolean;
  needs?: AssessedLine['needs'];
  repeatOf?: string;
  terms?: { [name: string]: unknown };
  customerId?: string | null;
  region?: string;
  isEntitled?: boolean;
  suspensions?: { party: 'customer' | 'manufacturer'; reason: string }[];
  /** Stays unanswered until the test answers in `pending`. */
  unanswered?: ('assessClaim' | 'askRepairEntitlement')[];
  /** False leaves out the checks of every step, for who replays a way only to see where it leads. */
  checked?: boolean;
}

/** A claim that has just been filed. */
export function fileClaim(setting: Setting = {}) {
  const { at = monday, cover = ['full'], isEntitled = true } = setting;
  const terms = resolveServiceTerms(setting.terms);
  const assessClaim = (question: AssessClaim): Assessment => {
    if (setting.fails?.()) throw Object.assign(new Error('contradicts itself'), { type: 'CannotAssess' });
    return assessed(question);
  };
  const assessed = ({ lines: asked }: AssessClaim): Assessment => ({
    lines: asked.map((line, n) => assessedLine(line, sharesOf[cover[n] ?? 'full'], setting)),
    duplicateOf: null,
    deadOnArrival: false,
    signals: [],
    ...setting.assessment,
  });
  const all = { assessClaim, askRepairEntitlement: () => ({ isEntitled }) };
  const answers = Object.fromEntries(
    Object.entries(all).filter(([name]) => !(setting.unanswered as string[] | undefined)?.includes(name)),
  );
  const lines = cover.map((_, n): LineFacts => ({
    lineId: `l${n + 1}`,
    component: 'motor',
    cause: 'defect',
    usage: {},
  }));
  const simulation = simulate(claimMachine, {
    at,
    input: {
      ...claimInputAt(at, lines, terms),
      customerId: setting.customerId === undefined ? 'customer' : setting.customerId,
      ...(setting.region === undefined ? {} : { region: setting.region }),
      suspensions: setting.suspensions ?? [],
    },
    answers: answers as never,
  });
  const snapshot = () => simulation.actor.getSnapshot();
  const check = () => setting.checked !== false && holds(self);
  const self = {
    ...simulation,
    snapshot,
    context: () => snapshot().context,
    /** The state without its halves. */
    state: (): string => {
      const { value } = snapshot();
      return typeof value === 'string' ? value : (Object.keys(value)[0] ?? '');
    },
    value: () => snapshot().value,
    isOver: () => snapshot().status === 'done',
    can: (event: ClaimPublicEvent) => snapshot().status === 'active' && snapshot().can(event),
    /** Sends an event that must be taken. */
    send(event: ClaimPublicEvent) {
      expect(self.can(event), `${event.type} is taken in ${JSON.stringify(snapshot().value)}`).toBe(true);
      simulation.actor.send(event);
      check();
      return self;
    },
    to(instant: string) {
      simulation.advanceTo(instant);
      check();
      return self;
    },
    by(milliseconds: number) {
      simulation.advanceBy(milliseconds);
      check();
      return self;
    },
    /** Decides every line as coverage says. */
    decideAll(decidedBy = 'p1') {
      for (const { lineId } of self.context().lines) self.send({ type: 'line.decided', lineId, decidedBy });
      return self;
    },
    recorded: <Name extends keyof Effects>(name: Name) =>
      simulation.effects.filter((one) => one.name === name).map((one) => one.params as Effects[Name]),
    announced: () =>
      simulation.effects
        .filter((one) => one.name === 'announceClaim')
        .map((one) => one.params as Effects['announceClaim'])
        .map(({ what, accountId }) => `${what} to ${accountId}`),
    clocks: () =>
      Object.entries(snapshot().children as { [id: string]: { getSnapshot(): { value?: unknown } } | undefined })
        .map(([id, child]) => [id, child?.getSnapshot().value] as const)
        .filter(([, value]) => value !== undefined),
    /** Where each clock stands. */
    orders: () => simulation.messages.map(({ message }) => message).filter(({ to }) => to.machine === 'repair'),
  };
  check();
  return self;
}

export type SimulatedClaim = ReturnType<typeof fileClaim>;

const waiting = ['awaitingInformation', 'decided', 'fulfilled', 'disputeRejected', 'arbitrating', 'arbitratingDispute'];
const owing = ['deciding', 'choosingOutcome', 'carryingOut', 'disputed'];

/** What must hold in every state [W2, W3, W5, W7]. */
export function holds(one: SimulatedClaim): void {
  const { context } = one.snapshot();
  const state = one.state();
  expect(one.errors).toEqual([]);
  expect(JSON.parse(JSON.stringify(context))).toEqual(context);
  const running = one.clocks().filter(([, value]) => value === 'running' || value === 'over');
  const open = one.clocks().filter(([, value]) => value !== 'stopped');
  expect(open.length, 'one clock at most').toBeLessThanOrEqual(1);
  if (waiting.includes(state) || one.isOver()) expect(running, `no clock runs in ${state}`).toEqual([]);
  if (owing.includes(state)) expect(open.length, `a clock is there in ${state}`).toBe(1);
  if (context.suspensions.length > 0) {
    expect(running, 'no clock runs under a suspension').toEqual([]);
    expect(context.dueAt, 'no deadline runs under a suspension').toBeNull();
  } else if (waiting.includes(state)) expect(context.dueAt, `${state} has a moment`).not.toBeNull();
  for (const { decision, before, shares, reasons } of context.lines) {
    if (!decision) continue;
    expect(decision.goodwill === 0 || decision.verdict === 'goodwill').toBe(true);
    if (decision.goodwill > context.terms.goodwillLimit.amount && decision.round !== 'arbitration') {
      expect(decision.approvedBy).not.toBeNull();
      expect(decision.approvedBy).not.toBe(decision.decidedBy);
    }
    if (before && decision.round === 'appeal') {
      expect(decision.decidedBy, 'others decide an appeal').not.toBe(before.decidedBy);
      expect(decision.goodwill).toBeGreaterThanOrEqual(before.goodwill);
    }
    if (shares === null) expect(reasons, 'what was not assessed says so').toContain('notAssessed');
  }
  for (const { start } of one.orders()) {
    const lines = (start as unknown as { lines: { shares: { parts: Share }; goodwill: number }[] }).lines;
    expect(
      lines.some(({ shares, goodwill }) => shares.parts.part > 0 || goodwill > 0),
      'no repair without cover',
    ).toBe(true);
  }
  if (one.isOver()) {
    expect(context.outcome).not.toBeNull();
    expect(one.recorded('recordClaim').at(-1)).toMatchObject({ isClosed: true, outcome: context.outcome });
  }
}
