import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CalendarRunsOut } from '../../machines/business-calendar.ts';
import { addBusinessTime, businessTimeBetween } from '../../machines/business-time.ts';
import { ImpossibleEntry, InvalidServiceLevel, UnlistedPause, serviceClock } from '../../machines/service-level.ts';
import type { ClockEntry, ServiceClock, ServiceLevel, Threshold } from '../../machines/service-level.ts';
import { calendars, moments, shanghaiOffice } from './calendars.ts';

const hour = 3_600_000;
const level: ServiceLevel = {
  name: 'decision',
  target: 'PT16H',
  calendar: shanghaiOffice,
  pauses: ['customerInformation', 'suspension'],
  reminders: ['PT4H', 'PT1H'],
  escalations: ['PT0S', 'PT8H'],
};

/** `start 03-05T10:00`, `pause 03-05T11:00 customerInformation`, in Shanghai in 2025. */
const entries = (...lines: string[]): ClockEntry[] =>
  lines.map((line) => {
    const [kind, at, reason] = line.split(' ') as [ClockEntry['kind'], string, string | undefined];
    return { kind, at: instant(at), ...(reason === undefined ? {} : { reason }) };
  });
const instant = (local: string) => new Date(`2025-${local}+08:00`).toISOString();
const asked = (at: string, ...lines: string[]) => serviceClock(entries(...lines), level, instant(at));
const dated = (thresholds: readonly Threshold[]) => thresholds.map(({ kind, duration, at }) => [kind, duration, at]);

describe('the clock of a service level', () => {
  it('does not run before it is started [W5]', () => {
    expect(asked('03-05T10:00')).toMatchObject({ state: 'notStarted', elapsed: 0, due: null, next: null });
    expect(asked('03-05T10:00', 'start 03-05T10:01')).toMatchObject({ state: 'notStarted', outcome: 'open' });
  });

  it('runs in working time, and knows when what is due [W5]', () => {
    // Wednesday 10:00: seven hours are left of that day, eight on Thursday, one on Friday.
    const clock = asked('03-05T15:00', 'start 03-05T10:00');
    expect(clock).toMatchObject({ state: 'running', elapsed: 4 * hour, remaining: 12 * hour, outcome: 'open' });
    expect(clock.due).toBe(instant('03-07T10:00'));
    expect(dated(clock.thresholds)).toEqual([
      ['reminder', 'PT4H', instant('03-06T15:00')],
      ['reminder', 'PT1H', instant('03-06T18:00')],
      ['target', 'PT16H', instant('03-07T10:00')],
      ['escalation', 'PT0S', instant('03-07T10:00')],
      ['escalation', 'PT8H', instant('03-10T10:00')],
    ]);
    expect(clock.next).toBe(instant('03-06T15:00'));
  });

  it('stands still while paused: nothing is due, and no time runs [W5]', () => {
    const clock = asked('04-01T10:00', 'start 03-05T10:00', 'pause 03-05T15:00 customerInformation');
    expect(clock).toMatchObject({ state: 'paused', pausedFor: ['customerInformation'], elapsed: 4 * hour });
    expect(clock).toMatchObject({ due: null, next: null, outcome: 'open' });
    expect(clock.thresholds.every(({ at, isReached }) => at === null && !isReached)).toBe(true);
  });

  it('goes on with what was left when it is resumed [W5]', () => {
    const lines = ['start 03-05T10:00', 'pause 03-05T15:00 customerInformation', 'resume 03-10T09:00'];
    const clock = asked('03-10T10:00', ...lines);
    expect(clock).toMatchObject({ state: 'running', elapsed: 5 * hour, due: instant('03-11T14:00') });
  });

  it('stays paused until every reason has gone [W5, W7]', () => {
    const lines = [
      'start 03-05T10:00',
      'pause 03-05T11:00 customerInformation',
      'pause 03-05T13:00 suspension',
      'resume 03-05T15:00 customerInformation',
    ];
    expect(asked('03-05T16:00', ...lines)).toMatchObject({ state: 'paused', pausedFor: ['suspension'], elapsed: hour });
    expect(asked('03-05T18:00', ...lines, 'resume 03-05T17:00')).toMatchObject({
      state: 'running',
      elapsed: 2 * hour,
    });
  });

  it('counts what comes at the very moment that it is asked about [W5]', () => {
    expect(asked('03-05T10:00', 'start 03-05T10:00').state).toBe('running');
    expect(asked('03-05T11:00', 'start 03-05T10:00', 'stop 03-05T11:00').state).toBe('stopped');
  });

  it('is kept when it is stopped before the target, and then nothing is due any more [W5]', () => {
    const clock = asked('05-01T10:00', 'start 03-05T10:00', 'stop 03-07T09:59');
    expect(clock).toMatchObject({ state: 'stopped', outcome: 'kept', remaining: 60_000, due: null, next: null });
    expect(clock.thresholds.map(({ isReached }) => isReached)).toEqual([true, true, false, false, false]);
  });

  it('is breached from the moment that is due, and no later stop or pause mends it [W5]', () => {
    const started = 'start 03-05T10:00';
    expect(asked('03-07T09:59', started).outcome).toBe('open');
    expect(asked('03-07T10:00', started).outcome).toBe('breached');
    for (const late of ['stop 03-07T10:00', 'stop 03-07T10:01', 'pause 03-07T10:00 suspension']) {
      const clock = asked('05-06T10:00', started, late);
      expect([clock.outcome, clock.due], late).toEqual(['breached', instant('03-07T10:00')]);
    }
  });

  it('is breached at the close of a day although it is stopped before the next opens [W5]', () => {
    const lines = ['start 03-05T18:00', 'stop 03-08T10:00'];
    expect(asked('03-08T12:00', ...lines)).toMatchObject({
      outcome: 'breached',
      due: instant('03-07T18:00'),
      remaining: 0,
    });
  });

  it('does not tell again after a pause what it told before it [W5]', () => {
    const lines = ['start 03-05T10:00', 'pause 03-06T15:30 customerInformation', 'resume 03-17T09:00'];
    const [first, second] = asked('03-17T09:10', ...lines).thresholds;
    expect([first!.at, first!.isReached]).toEqual([instant('03-06T15:00'), true]);
    expect([second!.at, second!.isReached]).toEqual([instant('03-17T11:30'), false]);
  });

  it('can be asked about the past: what came later does not count yet [W5]', () => {
    const lines = ['start 03-05T10:00', 'pause 03-05T15:00 suspension', 'resume 03-10T09:00', 'stop 03-10T12:00'];
    expect(asked('03-05T14:00', ...lines)).toEqual(asked('03-05T14:00', 'start 03-05T10:00'));
  });

  it('counts in business days where the level does [W5]', () => {
    const inDays: ServiceLevel = { ...level, target: 'P3D', reminders: ['P1D'], escalations: ['PT0S', 'P2D'] };
    const lines = entries('start 01-26T14:00', 'pause 01-27T09:00 suspension', 'resume 02-05T09:00');
    const clock = serviceClock(lines, inDays, instant('02-06T09:00'));
    expect(clock).toMatchObject({ measure: 'days', elapsed: 1.5, remaining: 1.5, due: instant('02-07T14:00') });
    expect(dated(clock.thresholds)).toEqual([
      ['reminder', 'P1D', instant('02-06T14:00')],
      ['target', 'P3D', instant('02-07T14:00')],
      ['escalation', 'PT0S', instant('02-07T14:00')],
      ['escalation', 'P2D', instant('02-10T14:00')],
    ]);
  });
});

describe('what a clock refuses', () => {
  const failing = (act: () => unknown): unknown => {
    try {
      return act();
    } catch (error) {
      return error;
    }
  };

  it('is a pause for a reason that the level does not name, or for none [W5]', () => {
    const unlisted = failing(() => asked('03-06T10:00', 'start 03-05T10:00', 'pause 03-05T11:00 holidays'));
    expect(unlisted).toBeInstanceOf(UnlistedPause);
    expect(unlisted).toMatchObject({ level: 'decision', reason: 'holidays' });
    expect((unlisted as Error).message).toMatch(/pauses for customerInformation, suspension/);
    expect(failing(() => asked('03-06T10:00', 'start 03-05T10:00', 'pause 03-05T11:00'))).toMatchObject({
      name: 'UnlistedPause',
      reason: null,
    });
  });

  const started = 'start 03-05T10:00';
  const paused = 'pause 03-05T11:00 suspension';
  it.each<[number, string[]]>([
    [0, ['pause 03-05T11:00 suspension']],
    [0, ['stop 03-05T11:00']],
    [1, [started, 'start 03-05T11:00']],
    [1, [started, 'resume 03-05T11:00']],
    [1, [started, 'stop 03-05T09:59']],
    [2, [started, paused, 'pause 03-05T12:00 suspension']],
    [2, [started, paused, 'resume 03-05T12:00 customerInformation']],
    [3, [started, paused, 'pause 03-05T12:00 customerInformation', 'resume 03-05T13:00']],
    [2, [started, 'stop 03-05T11:00', 'start 03-05T12:00']],
    [2, [started, 'stop 03-05T11:00', 'resume 03-05T12:00']],
  ])('is entry %i of %j [W5]', (index, lines) => {
    const refused = failing(() => asked('03-06T10:00', ...lines));
    expect(refused).toBeInstanceOf(ImpossibleEntry);
    expect(refused).toMatchObject({ index });
  });

  it.each<[string, Partial<ServiceLevel>]>([
    ['target', { target: 'PT0S' }],
    ['reminders[1]', { reminders: ['PT1H', 'P1D'] }],
    ['reminders[0]', { reminders: ['PT17H'] }],
    ['escalations[0]', { escalations: ['P1D'] }],
  ])('is a level with a wrong %s [W5]', (field, more) => {
    const refused = failing(() => serviceClock(entries(started), { ...level, ...more }, instant('03-06T10:00')));
    expect(refused).toBeInstanceOf(InvalidServiceLevel);
    expect(refused).toMatchObject({ field });
  });

  it('is a moment beyond its calendar [W5]', () => {
    expect(failing(() => asked('12-31T10:00', 'start 12-30T10:00'))).toBeInstanceOf(CalendarRunsOut);
  });
});

const reasons = ['customerInformation', 'suspension'] as const;

/** Entries that may follow each other, at most two months long: each number chooses among what is possible. */
const courses = fc
  .record({ from: moments, steps: fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 4000 })), { maxLength: 8 }) })
  .map(({ from, steps }) => {
    const open = new Set<string>();
    const course: ClockEntry[] = [{ kind: 'start', at: new Date(from).toISOString() }];
    let at = from;
    for (const [choice, minutes] of steps) {
      at += minutes * 60_000;
      const reason = reasons[choice % 2]!;
      const kind = choice === 9 ? 'stop' : open.has(reason) ? 'resume' : 'pause';
      course.push({ kind, at: new Date(at).toISOString(), ...(kind === 'stop' ? {} : { reason }) });
      if (kind === 'stop') break;
      if (kind === 'pause') open.add(reason);
      else open.delete(reason);
    }
    return course;
  });
const levels = fc
  .record({
    calendar: calendars,
    inDays: fc.boolean(),
    target: fc.integer({ min: 1, max: 40 }),
    before: fc.array(fc.nat({ max: 40 }), { maxLength: 3 }),
    after: fc.array(fc.nat({ max: 20 }), { maxLength: 3 }),
  })
  .map(({ calendar, inDays, target, before, after }): ServiceLevel => {
    const length = (count: number) => (inDays ? `P${count}D` : `PT${count}H`);
    const scaled = inDays ? Math.ceil(target / 8) : target;
    return {
      ...level,
      calendar,
      target: length(scaled),
      reminders: before.map((count) => length(count % (scaled + 1))),
      escalations: after.map((count) => length(inDays ? count % 4 : count)),
    };
  });

/** What running says step by step: each timer fires at `next` and each entry comes when it comes; nothing is looked back at. */
function run(course: readonly ClockEntry[], of: ServiceLevel, until: string) {
  const audit: ClockEntry[] = [];
  const told: Threshold[] = [];
  let clock: ServiceClock = serviceClock(audit, of, course[0]!.at);
  const look = (at: string) => {
    clock = serviceClock(audit, of, at);
    told.push(...clock.thresholds.filter(({ isReached }) => isReached).slice(told.length));
  };
  const sleepUntil = (at: string) => {
    while (clock.next !== null && clock.next <= at) look(clock.next);
    look(at);
  };
  for (const entry of course) {
    sleepUntil(entry.at);
    audit.push(entry);
    look(entry.at);
  }
  sleepUntil(until);
  return { clock, told };
}

/** The same by hand, with nothing of service-level.ts: time is added up where it runs, and the due moment counted anew. */
function byHand(course: readonly ClockEntry[], { calendar, target }: ServiceLevel, until: number) {
  const open = new Set<string>();
  let [elapsed, at, isRunning, due] = [0, 0, false, null as number | null];
  const total = Number(target.slice(2, -1)) * hour;
  const pass = (to: number) => {
    if (isRunning && due === null) {
      const end = addBusinessTime(calendar, at, `PT${(total - elapsed) / 1000}S`);
      if (end <= to) due = end;
    }
    if (isRunning) elapsed += businessTimeBetween(calendar, at, to).milliseconds;
    at = to;
  };
  for (const { kind, at: when, reason } of course) {
    pass(Date.parse(when));
    if (kind === 'pause') open.add(reason!);
    if (kind === 'resume') open.delete(reason!);
    isRunning = kind !== 'stop' && open.size === 0;
  }
  pass(until);
  return { elapsed, due };
}

describe('for any course of a clock', () => {
  const rest = fc.nat({ max: 20_000 });
  const endOf = (course: readonly ClockEntry[], minutes: number) =>
    new Date(Date.parse(course.at(-1)!.at) + minutes * 60_000).toISOString();

  it('computed anew from the audit it says what ran step by step, and when [W5]', () => {
    let told = 0;
    fc.assert(
      fc.property(courses, levels, rest, (course, of, minutes) => {
        const until = endOf(course, minutes);
        const whole = serviceClock(course, of, until);
        const stepwise = run(course, of, until);
        expect(stepwise.clock).toEqual(whole);
        expect(JSON.parse(JSON.stringify(whole))).toStrictEqual(whole);
        expect(stepwise.told).toEqual(whole.thresholds.filter(({ isReached }) => isReached));
        told += stepwise.told.length;
      }),
      { numRuns: 200 },
    );
    expect(told).toBeGreaterThan(50);
  });

  it('it says what adding up by hand says [W5]', () => {
    let reached = 0;
    fc.assert(
      fc.property(courses, levels, rest, (course, of, minutes) => {
        fc.pre(of.target.startsWith('PT'));
        const until = endOf(course, minutes);
        const { elapsed, due } = byHand(course, of, Date.parse(until));
        const clock = serviceClock(course, of, until);
        expect(clock.elapsed).toBe(elapsed);
        expect(clock.outcome === 'breached').toBe(due !== null);
        if (due !== null) expect(clock.due).toBe(new Date(due).toISOString());
        if (due !== null) reached += 1;
      }),
      { numRuns: 200 },
    );
    expect(reached).toBeGreaterThan(20);
  });

  it('a pause never brings the due moment nearer, and time never runs backwards [W5]', () => {
    fc.assert(
      fc.property(courses, levels, rest, fc.nat({ max: 5000 }), (course, of, minutes, more) => {
        const until = endOf(course, minutes);
        const clock = serviceClock(course, of, until);
        expect(serviceClock(course, of, endOf(course, minutes + more)).elapsed).toBeGreaterThanOrEqual(clock.elapsed);
        const plain = serviceClock(course.slice(0, 1), of, until);
        if (clock.due !== null) expect(clock.due >= plain.due!).toBe(true);
        expect(clock.elapsed).toBeLessThanOrEqual(plain.elapsed);
      }),
      { numRuns: 200 },
    );
  });
});
