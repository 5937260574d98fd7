import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulate } from '../../engine/simulate.ts';
import type { Effects } from '../../machines/effects.ts';
import { runningClockMachine } from '../../machines/running-clock.ts';
import { serviceClock } from '../../machines/service-level.ts';
import type { ServiceLevel } from '../../machines/service-level.ts';
import { levelOf } from '../../machines/service-terms.ts';
import { resolveServiceTerms } from '../../machines/terms.ts';

/** A Monday, 10:00 in Shanghai. */
const monday = '2027-03-08T02:00:00.000Z';
const day = 86_400_000;
/** Five business days; a reminder a day before, an escalation two days after: 11th, 15th at 10:00, 17th at 10:00. */
const level = levelOf('claimDecision', resolveServiceTerms(), monday);
const [reminderAt, targetAt, escalationAt] = ['2027-03-12', '2027-03-15', '2027-03-17'].map(
  (on) => `${on}T02:00:00.000Z`,
) as [string, string, string];

function run(over: { level?: ServiceLevel; chain?: (string | null)[]; pausedFor?: string[] } = {}) {
  const simulation = simulate(runningClockMachine, {
    at: monday,
    input: {
      subject: { kind: 'claim', id: 'c1' },
      clock: 'decision',
      level,
      chain: ['manufacturer', null],
      pausedFor: [],
      ...over,
    },
  });
  const recorded = <Name extends keyof Effects>(name: Name) =>
    simulation.effects.filter((one) => one.name === name).map((one) => one.params as Effects[Name]);
  return {
    ...simulation,
    state: () => simulation.actor.getSnapshot().value,
    context: () => simulation.actor.getSnapshot().context,
    entries: () => recorded('recordClockEntry'),
    told: () => recorded('recordThreshold').map(({ kind, to, at }) => ({ kind, to, at })),
  };
}

const before = (instant: string) => new Date(Date.parse(instant) - 1).toISOString();

describe('the running clock of a service level', () => {
  it('tells each threshold once, at its moment and not before it, to the next one up [W5]', () => {
    const clock = run();
    clock.advanceTo(before(reminderAt));
    expect(clock.told()).toEqual([]);
    clock.advanceTo(reminderAt);
    expect(clock.told()).toEqual([{ kind: 'reminder', to: 'manufacturer', at: reminderAt }]);
    clock.advanceTo(before(targetAt));
    expect(clock.told()).toHaveLength(1);
    clock.advanceTo(targetAt);
    expect(clock.told().at(-1)).toEqual({ kind: 'target', to: 'manufacturer', at: targetAt });
    clock.advanceTo(before(escalationAt));
    expect(clock.state()).toBe('running');
    clock.advanceTo(escalationAt);
    expect(clock.told().at(-1)).toEqual({ kind: 'escalation', to: null, at: escalationAt });
    expect(clock.state()).toBe('over');
    clock.advanceBy(400 * day);
    expect(clock.told()).toHaveLength(3);
  });

  it('stands still while it is paused, for as long as any reason stands [W5]', () => {
    const clock = run();
    clock.advanceBy(day);
    clock.actor.send({ type: 'clock.paused', reason: 'customerInformation' });
    clock.actor.send({ type: 'clock.paused', reason: 'customerInformation' });
    clock.actor.send({ type: 'clock.paused', reason: 'suspension' });
    clock.advanceBy(30 * day);
    clock.actor.send({ type: 'clock.resumed', reason: 'customerInformation' });
    expect(clock.state()).toBe('paused');
    clock.advanceBy(5 * day);
    expect(clock.told()).toEqual([]);
    clock.actor.send({ type: 'clock.resumed', reason: 'suspension' });
    expect(clock.state()).toBe('running');
    expect(clock.entries().map(({ n, entry }) => [n, entry.kind, entry.reason])).toEqual([
      [0, 'start', undefined],
      [1, 'pause', 'customerInformation'],
      [2, 'pause', 'suspension'],
      [3, 'resume', 'customerInformation'],
      [4, 'resume', 'suspension'],
    ]);
  });

  it('does not pause for what its level does not name, nor resume what is not paused [W5]', () => {
    const clock = run();
    clock.actor.send({ type: 'clock.paused', reason: 'holiday' });
    clock.actor.send({ type: 'clock.resumed', reason: 'suspension' });
    expect(clock.state()).toBe('running');
    expect(clock.entries()).toHaveLength(1);
  });

  it('may begin paused', () => {
    const clock = run({ pausedFor: ['suspension', 'holiday'] });
    expect(clock.state()).toBe('paused');
    expect(clock.entries().map(({ entry }) => entry.kind)).toEqual(['start', 'pause']);
    clock.advanceBy(100 * day);
    expect(clock.told()).toEqual([]);
  });

  it('is over when it is stopped, whatever it was', () => {
    const clock = run();
    clock.actor.send({ type: 'clock.stopped' });
    clock.advanceBy(100 * day);
    expect(clock.state()).toBe('stopped');
    expect(clock.told()).toEqual([]);
    expect(clock.entries().at(-1)?.entry.kind).toBe('stop');
  });

  it('tells the operator in place of an account that is being erased [W5, W7]', () => {
    const clock = run();
    clock.actor.send({ type: 'clock.forgotten', accountId: 'manufacturer' });
    clock.advanceTo(escalationAt);
    expect(clock.told().map(({ to }) => to)).toEqual([null, null, null]);
    expect(JSON.stringify(clock.context())).not.toContain('manufacturer');
  });

  it('gives target and escalation of the same moment each to its own, in order', () => {
    const both = run({ level: { ...level, escalations: ['P0D', 'P1D'] }, chain: ['center', 'manufacturer', null] });
    both.advanceTo(targetAt);
    expect(both.told().map(({ kind, to }) => [kind, to])).toEqual([
      ['reminder', 'center'],
      ['target', 'center'],
      ['escalation', 'manufacturer'],
    ]);
    both.advanceBy(4 * day);
    expect(both.told().at(-1)).toMatchObject({ kind: 'escalation', to: null });
  });

  it('is the clock that the audit computes, whatever happens to it [W5]', () => {
    const happening = fc.oneof(
      fc.record({ type: fc.constantFrom('clock.paused', 'clock.resumed'), reason: fc.constantFrom(...level.pauses) }),
      fc.integer({ min: 1, max: 4 * day }),
    );
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 20 }), (happenings) => {
        const clock = run();
        for (const one of happenings) {
          if (typeof one === 'number') clock.advanceBy(one);
          else clock.actor.send(one as never);
        }
        const at = clock.now();
        const audited = serviceClock(
          clock.entries().map(({ entry }) => entry),
          level,
          at,
        );
        const reached = audited.thresholds.filter(({ isReached }) => isReached);
        expect(clock.told().map((one) => [one.kind, one.at])).toEqual(reached.map((one) => [one.kind, one.at]));
        expect(clock.state()).toBe(audited.state === 'running' && audited.next === null ? 'over' : audited.state);
      }),
      { numRuns: 100 },
    );
  });
});
