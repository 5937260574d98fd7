/** What the arguments of `npm run operate` mean, and how what it found is printed. */
import { describe, expect, it } from 'vitest';
import { UsageError, commandOf, withKey } from '../../dev/operate-command.ts';
import { bulkText, listText, outcomeText, progressText, shownText, timerChanges } from '../../dev/operate-text.ts';
import type { Deadline } from '../../engine/store.ts';

const why = ['--by', 'operator-7', '--reason', 'the bank answers again'];
const mandate = { by: 'operator-7', reason: 'the bank answers again' };

describe('the arguments of npm run operate', () => {
  it('name the operation, who and why; nothing is applied unless it is said', () => {
    const operationOf = (...args: string[]) => {
      const command = commandOf([...args, ...why]);
      return command.kind === 'one' ? command.operation : undefined;
    };
    expect(operationOf('goto', 'x', 'a.b', 'c')).toEqual({ kind: 'goto', states: ['a.b', 'c'] });
    expect(operationOf('assign', 'x', '{"years":2}')).toEqual({ kind: 'assign', context: { years: 2 } });
    expect(operationOf('fire-timer', 'x', 'xstate.after.1', '--actor', 'left')).toEqual({
      kind: 'fireTimer',
      event: 'xstate.after.1',
      actor: 'left',
    });
    expect(operationOf('skip-timer', 'x', 'e')).toEqual({ kind: 'skipTimer', event: 'e' });
    expect(operationOf('retry', 'x', 'key')).toEqual({ kind: 'retry', invocation: 'key' });
    expect(operationOf('skip', 'x', 'key')).toEqual({ kind: 'skip', invocation: 'key' });
    expect(operationOf('complete', 'x', 'key', '"text"')).toEqual({
      kind: 'complete',
      invocation: 'key',
      output: 'text',
    });
    expect(operationOf('redrive', 'x')).toEqual({ kind: 'redrive' });
    expect(commandOf(['stop', 'x', ...why])).toMatchObject({
      kind: 'one',
      id: 'x',
      mandate,
      apply: false,
      json: false,
    });
    expect(commandOf(['stop', 'x', ...why, '--apply', '--name', 'n1'])).toMatchObject({ apply: true, name: 'n1' });
    const account = '2f1d4c1e-5a1b-8c3d-9e4f-0123456789ab';
    expect(commandOf(['show', account])).toMatchObject({ id: `subscription-${account}` });
    expect(commandOf(['stop', account, ...why])).toMatchObject({ id: `subscription-${account}` });
  });

  it('name a bulk with its search, and what to look at', () => {
    expect(commandOf(['bulk', 'redrive', '--query', 'A = 1', '--name', 'n1', '--machine', 'm', ...why])).toMatchObject({
      kind: 'bulk',
      operation: { kind: 'redrive' },
      query: 'A = 1',
      name: 'n1',
      machine: 'm',
      atATime: 4,
      apply: false,
    });
    expect(commandOf(['list', '--status', 'error', '--json'])).toMatchObject({
      kind: 'list',
      status: 'error',
      json: true,
    });
    expect(commandOf(['show', 'x', '--data', 'folder'])).toMatchObject({ kind: 'show', id: 'x', data: 'folder' });
    expect(commandOf(['--help'])).toMatchObject({ kind: 'help' });
  });

  it('take the name of an activity for its key, where only one of that name is under way', () => {
    const retry = { kind: 'retry', invocation: 'readMeter' } as const;
    const meter = { name: 'readMeter', key: 'x/meter/1' };
    expect(withKey(retry, [meter])).toEqual({ kind: 'retry', invocation: 'x/meter/1' });
    expect(withKey(retry, [meter, { ...meter, key: 'x/meter/2' }])).toBe(retry);
    expect(withKey({ ...retry, invocation: 'x/meter/1' }, [meter])).toEqual({ kind: 'retry', invocation: 'x/meter/1' });
    expect(withKey({ kind: 'stop' }, [meter])).toEqual({ kind: 'stop' });
  });

  it.each([
    [[], 'A command is missing'],
    [['dance', 'x'], "no command 'dance'"],
    [['redrive', ...why], 'needs an ID'],
    [['redrive', 'x', '--by', 'me'], '--reason is missing'],
    [['redrive', 'x', '--by', ' ', '--reason', 'r'], '--by is missing'],
    [['goto', 'x', ...why], 'needs a STATE'],
    [['assign', 'x', '[1]', ...why], 'JSON object'],
    [['complete', 'x', 'key', 'text', ...why], 'is not JSON'],
    [['complete', 'x', 'key', ...why], 'needs JSON'],
    [['redrive', 'x', 'y', ...why], "'y' is too much"],
    [['redrive', 'x', '--actor', 'a', ...why], '--actor does not belong'],
    [['redrive', 'x', '--query', 'A = 1', ...why], '--query does not belong'],
    [['show', 'x', '--apply'], '--apply does not belong'],
    [['list', '--status', 'broken'], 'error, active, done'],
    [['bulk', 'redrive', '--name', 'n', ...why], '--query is missing'],
    [['bulk', 'redrive', '--query', 'q', ...why], '--name is missing'],
    [['bulk', 'redrive', '--query', 'q', '--name', "n'1", ...why], '--name has letters'],
    [['bulk', 'redrive', '--query', 'q', '--name', 'n', '--at-a-time', '0', ...why], '1 to 100'],
    [['redrive', 'x', '--aply', ...why], '--aply'],
  ])('are refused in words where they are none: %j', (args, words) => {
    expect(() => commandOf(args)).toThrow(UsageError);
    expect(() => commandOf(args)).toThrow(words);
  });
});

const deadline = (at: string, event: string, actor?: string): Deadline => ({
  at,
  event,
  label: `${event} of a state`,
  references: ['C5'],
  ...(actor === undefined ? {} : { actor }),
});
const first = deadline('2027-01-01T00:00:00.000Z', 'first');
const second = deadline('2027-02-01T00:00:00.000Z', 'second', 'left');
const plan = {
  sequence: 3,
  at: '2026-12-01T00:00:00.000Z',
  from: { status: 'error', state: { lit: { lamp: 'on', meter: 'reading', bell: {} } } },
  to: { status: 'active', state: 'dark', words: 'It is dark' },
  context: { years: { from: 1, to: 2 } },
  effects: [
    { name: 'note', params: { lit: true }, actor: '' },
    { name: 'beep', actor: '' },
  ],
  messages: ['lamp/other'],
  deadlines: [second],
  begins: ['readMeter'],
};

describe('what npm run operate prints', () => {
  it('says what a plan would change and that nothing was', () => {
    const timers = timerChanges([first], [second]);
    expect(timers).toEqual({ starts: [second], stops: [first] });
    const operation = { kind: 'redrive' } as const;
    const text = outcomeText({ id: 'lamp-1', machine: 'lamp', operation, ...mandate, applied: false, plan, timers });
    for (const part of [
      'lamp-1 (lamp): redrive by operator-7: the bank answers again',
      'error lit.lamp.on lit.meter.reading lit.bell',
      '→ active dark',
      'years: 1 → 2',
      '- 2027-01-01T00:00:00.000Z  first of a state [C5]  EVENT first',
      '+ 2027-02-01T00:00:00.000Z  second of a state [C5]  EVENT second --actor left',
      'readMeter',
      'note {"lit":true}',
      'lamp/other',
      'Nothing was changed. Add --apply to do it.',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('tells an operation that was done from one that was done before', () => {
    const result = { sequence: 4, state: 'dark', words: 'It is dark' };
    const done = { id: 'a', machine: 'lamp', operation: { kind: 'stop' }, ...mandate, applied: true, result } as const;
    expect(outcomeText({ ...done, before: false, stored: true })).toContain('Done, as step 4.\n  It is dark\n');
    expect(outcomeText({ ...done, before: true, stored: true })).toContain('Was done before, as step 4, and not again');
    expect(outcomeText({ ...done, before: false, stored: false })).toContain('The audit does not have it yet');
  });

  it('counts what became of many, with the reasons of those that refused, and how to go on', () => {
    const many = { name: 'n', done: 2, before: 1, planned: 0, refused: [{ id: 'a', reason: 'why' }] };
    expect(bulkText({ ...many, applied: true, interrupted: true })).toBe(
      'n: 2 done, 1 done before, 1 refused.\n  a: why\nInterrupted: the same command goes on where this one ended.\n',
    );
    expect(bulkText({ ...many, done: 0, planned: 5, applied: false, interrupted: false })).toContain(
      'n: 5 would be done, 1 were done before, 1 refused.',
    );
    expect(progressText({ id: 'a', outcome: 'refused', reason: 'why', met: 3 })).toBe('     3  a  refused: why\n');
    expect(progressText({ id: 'a', outcome: 'planned', plan, met: 3 })).toContain('would be done → active: It is dark');
  });

  it('lists instances in columns, and shows one with the names that operations take', () => {
    const row = { id: 'lamp-1', machine: 'lamp', version: '1', status: 'error', states: ['a.b', 'c'], due: null };
    expect(listText([row])).toBe(
      'id      machine  status  next deadline  state\nlamp-1  lamp     error   -              a.b, c\n',
    );
    expect(listText([])).toBe('There are none.\n');
    const view = {
      status: 'error' as const,
      value: { lit: { meter: 'reading', bell: 'silent' } },
      tags: [],
      context: { years: 1 },
      error: { name: 'Error', message: 'the meter is broken', type: 'Broken' },
      deadlines: [first],
      words: 'The meter is read',
      references: [],
      children: {},
    };
    const now = {
      view,
      sequence: 7,
      version: '1',
      at: plan.at,
      invocations: [{ name: 'readMeter', key: 'lamp-1/x/1' }],
      stored: true,
      settled: true,
    };
    const step = {
      instance: 'lamp-1',
      machine: 'lamp',
      version: '1',
      sequence: 7,
      at: plan.at,
      recordedAt: plan.at,
      causes: [{ kind: 'operator' as const, operation: 'goto', id: 'o', ...mandate }],
      from: null,
      to: 'reading',
      passed: { states: [], tags: [] },
      status: 'error' as const,
      tags: [],
      words: 'The meter is read',
      references: [],
      actions: [],
      emitted: [],
      messages: [],
    };
    const text = shownText({ id: 'lamp-1', machine: 'lamp', now, accepts: ['press'], audit: [step] });
    for (const part of [
      'lamp-1 (lamp, version 1): error, step 7',
      'State:\n  lit.meter.reading\n  lit.bell.silent\n',
      'Broken: the meter is broken',
      'EVENT first',
      'readMeter  KEY lamp-1/x/1',
      'press',
      'years: 1',
      'goto by operator-7: the bank answers again  → The meter is read',
    ]) {
      expect(text).toContain(part);
    }
    expect(shownText({ id: 'lamp-1', machine: 'lamp', now: null, accepts: [], audit: [step] })).toContain(
      'closed; error',
    );
  });
});
