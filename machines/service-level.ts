/**
 * The clock of a service level [W5]: how much working time has passed of what was promised, computed from the entries that
 * the audit keeps and nothing else. Each threshold (reminder, target, escalation) is reached once, at the first moment at
 * which so much has run; what is paused reaches nothing. So a clock computed anew always says what the running one did.
 */
import type { Instant } from '../engine/machine.ts';
import { checkCalendar } from './business-calendar.ts';
import type { BusinessCalendar } from './business-calendar.ts';
import { inUnits, instantAt, lengthOf, millisecondsAt, momentAfter, ticksBetween } from './business-time.ts';
import type { Measure } from './business-time.ts';

/** All durations in one measure, business days (P2D) or business time (PT8H). */
export interface ServiceLevel {
  readonly name: string;
  readonly target: string;
  readonly calendar: BusinessCalendar;
  /** For what it may pause, e.g. `customerInformation`; for nothing else. */
  readonly pauses: readonly string[];
  /** How long before the target somebody is reminded. */
  readonly reminders: readonly string[];
  /** How long after the target the next one up is told; zero at the target itself. */
  readonly escalations: readonly string[];
}

/**
 * What the audit says. Several pauses may stand at once, each until its own resume; a resume that names no reason ends the
 * only one. A stopped clock is over: who reopens a claim starts another.
 */
export interface ClockEntry {
  readonly at: Instant;
  readonly kind: 'start' | 'pause' | 'resume' | 'stop';
  readonly reason?: string;
}

export interface Threshold {
  readonly kind: 'reminder' | 'target' | 'escalation';
  /** As the level has it. */
  readonly duration: string;
  /** When it was reached or, while the clock runs, will be; null while nothing moves towards it. */
  readonly at: Instant | null;
  readonly isReached: boolean;
}

export interface ServiceClock {
  readonly state: 'notStarted' | 'running' | 'paused' | 'stopped';
  /** Reasons for which it is paused now, in the order of their coming. */
  readonly pausedFor: readonly string[];
  readonly measure: Measure;
  /** Milliseconds of working time, or business days with fractions. */
  readonly elapsed: number;
  /** To the target, in the same unit; negative beyond it. */
  readonly remaining: number;
  /** When the target was or will be reached; null before the start, while paused, or when it was stopped before. */
  readonly due: Instant | null;
  /** `breached` from the due moment on: what happens at that moment comes too late. */
  readonly outcome: 'open' | 'kept' | 'breached';
  /** By what has to run until then: reminders, the target, escalations. */
  readonly thresholds: readonly Threshold[];
  /** When the next threshold will be reached if nothing comes in between: the one moment to wait for. */
  readonly next: Instant | null;
}

/** A pause for a reason that the level does not name. */
export class UnlistedPause extends Error {
  override readonly name = 'UnlistedPause';
  readonly level: string;
  readonly reason: string | null;
  constructor({ name, pauses }: ServiceLevel, reason: string | null) {
    const why = reason === null ? 'no reason' : `'${reason}'`;
    super(`Service level '${name}' does not pause for ${why}; it pauses for ${pauses.join(', ') || 'nothing'}`);
    this.level = name;
    this.reason = reason;
  }
}

/** An entry that cannot follow those before it; `index` is its place among the entries. */
export class ImpossibleEntry extends Error {
  override readonly name = 'ImpossibleEntry';
  readonly index: number;
  constructor(index: number, why: string) {
    super(`Entry ${index} of the clock: ${why}`);
    this.index = index;
  }
}

/** A level whose durations do not go together; `field` is the one. */
export class InvalidServiceLevel extends Error {
  override readonly name = 'InvalidServiceLevel';
  readonly field: string;
  constructor({ name }: ServiceLevel, field: string, why: string) {
    super(`Service level '${name}', ${field}: ${why}`);
    this.field = field;
  }
}

/** Running from one moment to another, or on and on. */
interface Stretch {
  readonly from: number;
  readonly to: number | null;
}

interface Course {
  readonly state: ServiceClock['state'];
  readonly pausedFor: readonly string[];
  readonly stretches: readonly Stretch[];
}

/**
 * The clock as it stands at a moment; entries after it do not count yet. Throws {@link UnlistedPause},
 * {@link ImpossibleEntry}, {@link InvalidServiceLevel}, and `CalendarRunsOut` where what runs or will be due is in a year
 * that the calendar does not know.
 */
export function serviceClock(entries: readonly ClockEntry[], level: ServiceLevel, at: Instant): ServiceClock {
  const now = millisecondsAt(at);
  const { state, pausedFor, stretches } = courseOf(entries, level, now);
  const { measure, ticks: target } = lengthOf(level.target);
  const elapsed = stretches.reduce(
    (total, { from, to }) => total + ticksBetween(level.calendar, from, to ?? now, measure),
    0,
  );
  const thresholds = planOf(level).map(({ kind, duration, ticks }): Threshold => {
    const moment = reached(stretches, level.calendar, measure, ticks);
    const isReached = moment !== null && moment <= now;
    return { kind, duration, at: moment === null ? null : instantAt(moment), isReached };
  });
  const due = thresholds.find(({ kind }) => kind === 'target')!;
  const kept = state === 'stopped' ? 'kept' : 'open';
  return {
    state,
    pausedFor,
    measure,
    elapsed: inUnits(measure, elapsed),
    remaining: inUnits(measure, target - elapsed),
    due: due.at,
    outcome: due.isReached ? 'breached' : kept,
    thresholds,
    next: thresholds.find((one) => one.at !== null && !one.isReached)?.at ?? null,
  };
}

interface Planned extends Pick<Threshold, 'kind' | 'duration'> {
  /** How much has to run until it is reached. */
  readonly ticks: number;
}

/** Throws {@link InvalidServiceLevel}, `InvalidCalendar` or `InvalidBusinessDuration` for a level that cannot be meant. */
export function checkServiceLevel(level: ServiceLevel): void {
  planOf(level);
  checkCalendar(level.calendar);
}

/** The thresholds in the order in which they are reached. */
function planOf(level: ServiceLevel): Planned[] {
  const { measure, ticks: target } = lengthOf(level.target);
  if (target === 0) throw new InvalidServiceLevel(level, 'target', 'is nothing');
  const ticksOf = (field: string, duration: string) => {
    const length = lengthOf(duration);
    if (length.ticks > 0 && length.measure !== measure)
      throw new InvalidServiceLevel(level, field, `'${duration}' is not counted as the target '${level.target}'`);
    return length.ticks;
  };
  const reminders = level.reminders.map((duration, at): Planned => {
    const before = ticksOf(`reminders[${at}]`, duration);
    if (before > target) throw new InvalidServiceLevel(level, `reminders[${at}]`, 'is before the clock starts');
    return { kind: 'reminder', duration, ticks: target - before };
  });
  const escalations = level.escalations.map((duration, at): Planned => {
    return { kind: 'escalation', duration, ticks: target + ticksOf(`escalations[${at}]`, duration) };
  });
  const all: Planned[] = [...reminders, { kind: 'target', duration: level.target, ticks: target }, ...escalations];
  return all.toSorted((one, other) => one.ticks - other.ticks);
}

/** The first moment by which so much has run; null when nothing runs that would get there. */
function reached(
  stretches: readonly Stretch[],
  calendar: BusinessCalendar,
  measure: Measure,
  ticks: number,
): number | null {
  let left = ticks;
  for (const { from, to } of stretches) {
    if (to === null) return momentAfter(calendar, from, { measure, ticks: left });
    const run = ticksBetween(calendar, from, to, measure);
    if (run >= left) return momentAfter(calendar, from, { measure, ticks: left });
    left -= run;
  }
  return null;
}

/** When it ran, by the entries up to now. */
function courseOf(entries: readonly ClockEntry[], level: ServiceLevel, now: number): Course {
  let course: Course = { state: 'notStarted', pausedFor: [], stretches: [] };
  let last = -Infinity;
  for (const [index, entry] of entries.entries()) {
    const at = millisecondsAt(entry.at);
    if (at < last) throw new ImpossibleEntry(index, 'is earlier than the one before it');
    last = at;
    if (at > now) break;
    course = step(course, entry, at, level, index);
  }
  return course;
}

function step(course: Course, { kind, reason }: ClockEntry, at: number, level: ServiceLevel, index: number): Course {
  const { state, pausedFor, stretches } = course;
  if (kind === 'start') {
    if (state !== 'notStarted') throw new ImpossibleEntry(index, 'the clock has been started before');
    return { state: 'running', pausedFor, stretches: [{ from: at, to: null }] };
  }
  if (state === 'notStarted' || state === 'stopped')
    throw new ImpossibleEntry(index, `${kind} while the clock is ${state === 'stopped' ? 'stopped' : 'not started'}`);
  if (kind === 'stop') return { state: 'stopped', pausedFor: [], stretches: closed(stretches, at) };
  if (kind === 'pause') return paused(course, reason ?? null, at, level, index);
  const ended = resumed(pausedFor, reason, index);
  const left = pausedFor.filter((one) => one !== ended);
  if (left.length > 0) return { state, pausedFor: left, stretches };
  return { state: 'running', pausedFor: left, stretches: [...stretches, { from: at, to: null }] };
}

function paused(
  { pausedFor, stretches }: Course,
  reason: string | null,
  at: number,
  level: ServiceLevel,
  index: number,
): Course {
  if (reason === null || !level.pauses.includes(reason)) throw new UnlistedPause(level, reason);
  if (pausedFor.includes(reason)) throw new ImpossibleEntry(index, `the clock is paused for '${reason}' already`);
  return { state: 'paused', pausedFor: [...pausedFor, reason], stretches: closed(stretches, at) };
}

/** The reason whose pause ends. */
function resumed(pausedFor: readonly string[], reason: string | undefined, index: number): string {
  const [only, ...others] = pausedFor;
  if (only === undefined) throw new ImpossibleEntry(index, 'resume while the clock runs');
  if (reason === undefined) {
    if (others.length > 0) throw new ImpossibleEntry(index, `resume must name one of ${pausedFor.join(', ')}`);
    return only;
  }
  if (!pausedFor.includes(reason)) throw new ImpossibleEntry(index, `the clock is not paused for '${reason}'`);
  return reason;
}

function closed(stretches: readonly Stretch[], at: number): Stretch[] {
  return stretches.map((stretch) => (stretch.to === null ? { ...stretch, to: at } : stretch));
}
