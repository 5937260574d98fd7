import {
  assign,
  createMachine,
  emit,
  enqueueActions,
  fromCallback,
  fromObservable,
  fromPromise,
  raise,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { durable } from '../../engine/durable.ts';
import { inlineActors } from '../../engine/inline-actors.ts';
import type { InvocationOutcome } from '../../engine/in-flight.ts';
import { Instance } from '../../engine/instance.ts';
import type { Edges } from '../../engine/instance.ts';
import { simulate } from '../../engine/simulate.ts';
import { MachineBug } from '../../engine/watched-machine.ts';
import { activity, effect, message, until } from '../../engine/machine.ts';
import { operate, plan } from '../../engine/operator.ts';

function instanceOf(machine: AnyStateMachine, clock = { now: 0 }, invoke: Edges['invoke'] = () => () => {}): Instance {
  return new Instance(
    machine,
    { id: 'it', machine: machine.id, version: '1', cite: () => [], tenant: () => undefined },
    { now: () => clock.now, invoke, acted: () => {} },
    { input: null },
  );
}

function begun(machine: AnyStateMachine, clock?: { now: number }): Instance {
  const instance = instanceOf(machine, clock);
  instance.start();
  return instance;
}

const said = (fault: unknown): string => (fault as Error).message;
const cause = { kind: 'event', type: 'any', id: 'any' } as const;
const promise = fromPromise(() => Promise.resolve(1));

describe('an event that would spawn an actor which cannot be found again', () => {
  const machine = createMachine({
    id: 'spawning',
    context: { ref: null as unknown },
    on: {
      unnamed: { actions: assign({ ref: ({ spawn }) => spawn(promise, { id: 'one' }) }) },
      queued: { actions: enqueueActions(({ enqueue }) => enqueue.spawnChild(promise, { id: 'two' })) },
    },
  });

  it.each(['unnamed', 'queued'])('is refused before it is taken, naming the actor: %s', (type) => {
    const instance = begun(machine);
    expect(said(instance.trial({ type }))).toMatch(/the actor '(one|two)' is spawned from logic without a name/);
    expect(instance.snapshot.children).toEqual({});
  });

  it('stops an instance that takes it without a trial, or at its start', () => {
    expect(() => begun(machine).send({ type: 'unnamed' }, cause)).toThrow(MachineBug);
    const early = createMachine({ id: 'early', context: ({ spawn }) => ({ ref: spawn(promise, { id: 'one' }) }) });
    expect(() => begun(early)).toThrow(/the actor 'one' is spawned from logic without a name/);
  });

  it('is refused when spawnChild gives no id, for which XState finds nothing in a new run', () => {
    const nameless = setup({ actors: { promise } }).createMachine({
      id: 'nameless',
      on: {
        go: { actions: spawnChild('promise') },
        queued: { actions: enqueueActions(({ enqueue }) => enqueue.spawnChild('promise')) },
      },
    });
    expect(inlineActors(nameless)).toEqual(["the actor spawned by 'go' in state 'nameless'"]);
    expect(said(begun(nameless).trial({ type: 'queued' }))).toBe(
      "the actor 'promise' is spawned without an id: give spawnChild one",
    );
  });

  it('is found in the machines within the machine too', () => {
    const inner = createMachine({ id: 'inner', invoke: { src: promise } });
    const outer = setup({ actors: { inner } }).createMachine({ id: 'outer', invoke: { src: 'inner' } });
    expect(inlineActors(outer)).toEqual(["the actor invoked in state 'inner'"]);
  });
});

describe('an event whose consequences meet a bug', () => {
  const grandchild = createMachine({
    id: 'grandchild',
    on: {
      deeper: {
        actions: assign(() => {
          throw new Error('broken deep inside');
        }),
      },
    },
  });
  const child = setup({ actors: { grandchild } }).createMachine({
    id: 'child',
    invoke: { id: 'grand', src: 'grandchild' },
    initial: 'open',
    states: {
      open: { on: { pass: { actions: sendTo('grand', { type: 'deeper' }) }, end: 'over' } },
      over: { type: 'final' },
    },
  });
  const counted: string[] = [];
  const machine = setup({ actors: { child } }).createMachine({
    id: 'parent',
    context: { n: 0 },
    invoke: {
      id: 'child',
      src: 'child',
      onDone: {
        actions: () => {
          throw new Error('broken when the child is done');
        },
      },
    },
    on: {
      pass: { actions: sendTo('child', { type: 'pass' }) },
      end: { actions: sendTo('child', { type: 'end' }) },
      call: { actions: ({ system }) => void system.get('nobody')?.send({ type: 'x' }) },
      self: { actions: ({ self }) => self.send({ type: 'noted' }) },
      noted: { actions: [() => void counted.push('noted'), assign({ n: ({ context }) => context.n + 1 })] },
      endless: { actions: sendTo(({ self }) => self, { type: 'endless' }) },
    },
  });

  it.each([
    ['pass', 'broken deep inside'],
    ['end', 'broken when the child is done'],
  ])('is refused before it is taken: %s', (type, message) => {
    const instance = begun(machine);
    const before = JSON.stringify(instance.keep());
    expect(said(instance.trial({ type }))).toBe(message);
    expect(JSON.stringify(instance.keep())).toBe(before);
    expect(instance.takeRecords()).toHaveLength(1);
  });

  it('sends nothing to the living when an action sends by itself', () => {
    const instance = begun(machine);
    expect(instance.trial({ type: 'self' })).toBeUndefined();
    expect(instance.trial({ type: 'call' })).toBeUndefined();
    expect(instance.snapshot.context).toEqual({ n: 0 });
    instance.send({ type: 'self' }, cause);
    expect(instance.snapshot.context).toEqual({ n: 1 });
  });

  it('sends nothing to the living either when an action does so later', async () => {
    const instance = begun(
      createMachine({
        id: 'late',
        on: {
          go: { actions: ({ self }) => void Promise.resolve().then(() => self.send({ type: 'come' })) },
          come: '.here',
        },
        initial: 'there',
        states: { there: {}, here: {} },
      }),
    );
    expect(instance.trial({ type: 'go' })).toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
    expect(instance.snapshot.value).toBe('there');
    instance.send({ type: 'go' }, cause);
    await new Promise((resolve) => setImmediate(resolve));
    expect(instance.snapshot.value).toBe('here');
  });

  it('is tried for a bounded number of steps', () => {
    expect(begun(machine).trial({ type: 'endless' })).toBeUndefined();
  });
});

describe('a machine that throws at its start', () => {
  const broken = (): never => {
    throw new Error('broken at the start');
  };
  const machines = {
    context: createMachine({ id: 'early', context: broken }),
    assign: createMachine({ id: 'early', context: {}, entry: assign(broken) }),
    action: createMachine({ id: 'early', entry: broken }),
    guard: createMachine({
      id: 'early',
      initial: 'a',
      states: { a: { always: { guard: broken, target: 'b' } }, b: {} },
    }),
    delay: createMachine({
      id: 'early',
      initial: 'a',
      states: { a: { after: { 0: {} }, entry: raise({ type: 'x' }, { delay: broken }) } },
    }),
  };

  it.each(Object.entries(machines))('has a bug, and no error that somebody could handle: %s', (_, machine) => {
    expect(() => begun(machine)).toThrow(new MachineBug(new Error('broken at the start')));
  });

  it.each(Object.entries(machines))('does so within a machine too, whatever that does on errors: %s', (_, child) => {
    const parent = setup({ actors: { child } }).createMachine({
      id: 'parent',
      initial: 'idle',
      states: { idle: { on: { go: 'busy' } }, busy: { invoke: { src: 'child', onError: 'idle' } } },
    });
    const instance = begun(parent);
    expect(said(instance.trial({ type: 'go' }))).toBe('broken at the start');
    expect(() => instance.send({ type: 'go' }, cause)).toThrow(MachineBug);
  });
});

describe('an actor of a promise, a callback or an observable', () => {
  const run: string[] = [];
  const begins = (what: string) => run.push(what);
  const logic = {
    waits: fromPromise(() => new Promise(() => void begins('promise'))),
    calls: fromCallback(() => {
      begins('callback');
      return () => begins('end of the callback');
    }),
    looks: fromObservable(() => ({
      subscribe: () => {
        begins('observable');
        return { unsubscribe: () => begins('end of the observable') };
      },
    })),
  };
  const child = setup({ actors: logic }).createMachine({ id: 'child', invoke: { src: 'waits' } });
  const machine = setup({ actors: { ...logic, child } }).createMachine({
    id: 'busy',
    initial: 'idle',
    on: {
      spawn: {
        actions: assign(({ spawn }) => {
          for (const name of ['waits', 'calls', 'looks', 'child'] as const) spawn(name, { id: `spawned ${name}` });
          return {};
        }),
      },
    },
    states: {
      idle: { on: { begin: 'busy' } },
      busy: { invoke: [{ src: 'waits' }, { src: 'calls' }, { src: 'looks' }, { src: 'child' }], on: { end: 'idle' } },
    },
  });

  it('begins when its event is taken, and neither when that is tried nor when an operation is planned', () => {
    const instance = begun(machine);
    for (const type of ['spawn', 'begin']) expect(instance.trial({ type })).toBeUndefined();
    expect(run).toEqual([]);
    instance.send({ type: 'begin' }, cause);
    expect(run.splice(0).toSorted()).toEqual(['callback', 'observable', 'promise', 'promise']);
    const now = () => 0;
    expect(plan(instance, { kind: 'goto', states: ['idle'] }, now)).toMatchObject({ to: { state: 'idle' } });
    expect(plan(instance, { kind: 'goto', states: ['busy'] }, now)).toMatchObject({ to: { state: 'busy' } });
    expect(instance.trial({ type: 'end' })).toBeUndefined();
    expect(run).toEqual([]);
    instance.send({ type: 'end' }, cause);
    expect(run.toSorted()).toEqual(['end of the callback', 'end of the observable']);
  });
});

describe('an actor with a systemId', () => {
  const child = createMachine({
    id: 'child',
    context: { greeted: 0 },
    on: { greet: { actions: assign({ greeted: ({ context }) => context.greeted + 1 }) } },
  });
  const machine = setup({ actors: { child } }).createMachine({
    id: 'house',
    initial: 'empty',
    on: {
      greeted: { actions: [spawnChild('child', { id: 'guest', systemId: 'guest' }), ({ system }) => greet(system)] },
      again: {
        actions: [stopChild('guest'), spawnChild('child', { id: 'guest', systemId: 'guest' })],
      },
      twice: { actions: spawnChild('child', { id: 'other', systemId: 'guest' }) },
      greetedLate: { actions: [stopChild('guest'), ({ system }) => greet(system)] },
    },
    states: {
      empty: { on: { opened: 'open' } },
      open: {
        invoke: { src: 'child', id: 'host', systemId: 'host' },
        initial: 'asked',
        states: {
          asked: { always: { target: 'in', actions: ({ system }) => system.get('host')!.send({ type: 'greet' }) } },
          in: {},
        },
      },
    },
  });
  const greet = (system: AnyActorRef['system']) => {
    for (const one of Object.values(system.getAll() as { [id: string]: AnyActorRef })) one.send({ type: 'greet' });
    (system.get('guest') as AnyActorRef).send({ type: 'greet' });
  };
  const context = (instance: Instance, id: string) =>
    (instance.snapshot.children as { [id: string]: AnyActorRef | undefined })[id]?.getSnapshot().context as unknown;

  it('is found by what follows in the same step, in a trial as in deed', () => {
    const instance = begun(machine);
    for (const type of ['greeted', 'opened']) expect(instance.trial({ type })).toBeUndefined();
    instance.send({ type: 'greeted' }, cause);
    expect(context(instance, 'guest')).toEqual({ greeted: 2 });
    instance.send({ type: 'opened' }, cause);
    expect(context(instance, 'host')).toEqual({ greeted: 1 });
    for (const type of ['again', 'opened']) expect(instance.trial({ type })).toBeUndefined();
    expect(context(instance, 'guest')).toEqual({ greeted: 2 });
  });

  it('frees it when it is stopped, and has its event refused where another one has it', () => {
    const instance = begun(machine);
    instance.send({ type: 'greeted' }, cause);
    expect(said(instance.trial({ type: 'twice' }))).toBe("Actor with system ID 'guest' already exists.");
    expect(said(instance.trial({ type: 'greetedLate' }))).toContain('undefined');
    expect(instance.trial({ type: 'again' })).toBeUndefined();
    instance.send({ type: 'again' }, cause);
    expect(context(instance, 'guest')).toEqual({ greeted: 0 });
  });
});

describe('a redrive', () => {
  const machine = setup({
    actors: {
      ask: activity<null, null>('ask'),
      broken: fromCallback(() => {
        throw new Error('broken at once');
      }),
    },
  }).createMachine({
    id: 'redriven',
    context: { counted: 0 },
    initial: 'asking',
    states: {
      asking: { invoke: { src: 'ask', input: null, onError: 'idle' } },
      idle: {
        on: {
          count: { actions: assign({ counted: ({ context }) => context.counted + 1 }) },
          ask: 'askingAgain',
          fall: 'fallen',
        },
      },
      askingAgain: { invoke: { src: 'ask', input: null, onDone: 'idle' } },
      fallen: { invoke: { src: 'broken' } },
    },
  });

  /** Alive, with the answers that its activities wait for; the first has failed, which was handled. */
  function afterHandledFailure() {
    const answers: ((outcome: InvocationOutcome) => void)[] = [];
    const instance = instanceOf(machine, { now: 0 }, (_, answer) => {
      answers.push(answer);
      return () => {};
    });
    instance.start();
    const fail = () => answers.at(-1)!({ failed: { name: 'ApplicationFailure', message: 'nobody there' } });
    fail();
    instance.send({ type: 'count' }, cause);
    expect(instance.snapshot).toMatchObject({ value: 'idle', context: { counted: 1 } });
    return { instance, fail };
  }

  it('goes back to right before the failure that nobody handled, and never to before one that was handled', () => {
    const { instance, fail } = afterHandledFailure();
    instance.send({ type: 'ask' }, cause);
    fail();
    expect([instance.snapshot.status, instance.canBeRedriven]).toEqual(['error', true]);
    instance.take({ kind: 'start' }, () => instance.redrive());
    expect(instance.snapshot).toMatchObject({ status: 'active', value: 'askingAgain', context: { counted: 1 } });
  });

  it('is refused where nothing but a handled failure is known', () => {
    const { instance } = afterHandledFailure();
    expect(instance.keep().beforeError).toBeUndefined();
    instance.send({ type: 'fall' }, cause);
    expect([instance.snapshot.status, instance.canBeRedriven]).toEqual(['error', false]);
    const mandate = { id: 'o', by: 'operator-7', reason: 'it fell' };
    expect(() => operate(instance, { kind: 'redrive' }, mandate)).toThrow('not known how the instance stood');
  });
});

describe('a stop', () => {
  it('ends an instance that stands in an error too, in plan and in deed', () => {
    const answers: ((outcome: InvocationOutcome) => void)[] = [];
    const machine = setup({ actors: { ask: activity<null, null>('ask') } }).createMachine({
      id: 'stopped',
      invoke: { src: 'ask', input: null },
    });
    const instance = instanceOf(machine, { now: 0 }, (_, answer) => {
      answers.push(answer);
      return () => {};
    });
    instance.start();
    answers[0]!({ failed: { name: 'ApplicationFailure', message: 'nobody there' } });
    expect(instance.view()).toMatchObject({ status: 'error', error: { message: 'nobody there' } });
    expect(plan(instance, { kind: 'stop' }, () => 0)).toMatchObject({ to: { status: 'stopped' } });
    operate(instance, { kind: 'stop' }, { id: 'o', by: 'operator-7', reason: 'nobody will answer' });
    expect(instance.view()).toMatchObject({ status: 'stopped' });
    expect(instance.view().error).toBeUndefined();
  });
});

describe('a machine that is made durable', () => {
  it.each(['events', 'operate'])('has no public event of a name that the engine needs itself: %s', (type) => {
    const machine = createMachine({ id: 'named', on: { [type]: {} } });
    const events = { [type]: { description: 'Something happens', schema: {} } };
    const options = { version: '1', title: () => 'Named', check: () => [], events };
    expect(() => durable(machine, options)).toThrow(`cannot have a public event '${type}'`);
  });
});

describe('a context that would not survive a restart', () => {
  const child = createMachine({
    id: 'child',
    context: { at: null as unknown },
    on: { date: { actions: assign({ at: () => new Date(0) }) } },
    after: { 1000: { actions: assign({ at: () => new Date(0) }) } },
  });
  const dated = createMachine({ id: 'dated', context: () => ({ at: new Date(0) }) });
  const machine = setup({ actors: { child, dated } }).createMachine({
    id: 'parent',
    invoke: { id: 'inner', src: 'child' },
    initial: 'idle',
    on: { date: { actions: sendTo('inner', { type: 'date' }) }, begin: '.busy' },
    states: { idle: {}, busy: { invoke: { id: 'other', src: 'dated' } } },
  });

  it('is refused in a machine within the machine too, also one that only begins', () => {
    expect(said(begun(machine).trial({ type: 'date' }))).toContain('context.at is a Date');
    expect(said(begun(machine).trial({ type: 'begin' }))).toContain('other: context.at is a Date');
  });

  it('is a bug there when a deadline makes it', () => {
    const clock = { now: 0 };
    const instance = begun(machine, clock);
    clock.now = 1000;
    expect(() => instance.fireDue()).toThrow('inner: context.at is a Date');
  });
});

describe('a step that passes through a state and comes back', () => {
  it('is one for the audit, which tells who waits for the state', () => {
    const instance = begun(
      createMachine({
        id: 'there-and-back',
        initial: 'here',
        states: { here: { on: { go: 'there', stay: {} } }, there: { tags: 'away', always: 'here' } },
      }),
    );
    instance.takeRecords();
    instance.send({ type: 'go' }, cause);
    instance.send({ type: 'stay' }, cause);
    expect(instance.takeRecords()).toMatchObject([{ sequence: 2, passed: { states: ['there'], tags: ['away'] } }]);
  });
});

describe('what a machine lets out', () => {
  const machine = setup({
    actions: {
      light: effect<{ lit: unknown }>('light'),
      wave: message(() => ({ to: { machine: 'it', id: 'other' }, event: { type: 'wave', n: 1n as never } })),
    },
  }).createMachine({
    id: 'telling',
    on: {
      light: { actions: { type: 'light', params: { lit: 1n } } },
      wave: { actions: 'wave' },
      shout: { actions: emit({ type: 'shout', n: 1n } as never) },
    },
  });

  it.each(['light', 'wave', 'shout'])('has to be JSON, or its event is refused before it is taken: %s', (type) => {
    const instance = begun(machine);
    expect(said(instance.trial({ type }))).toMatch(/BigInt/);
    expect(() => instance.send({ type }, cause)).toThrow(MachineBug);
  });
});

describe('deadlines that passed while nobody ran', () => {
  const iso = (at: number) => new Date(at).toISOString();
  const machine = setup({
    types: { context: {} as { got: string[] }, events: {} as { type: 'knock' } },
    actions: { note: assign({ got: ({ context }, what: string) => [...context.got, what] }) },
    delays: { first: until(() => iso(1000)), second: until(() => iso(2000)), third: until(() => iso(3000)) },
  }).createMachine({
    id: 'overdue',
    context: { got: [] },
    initial: 'before',
    on: { knock: { actions: { type: 'note', params: 'knock' } } },
    after: { third: { actions: { type: 'note', params: 'third' } } },
    states: {
      before: { after: { first: { target: 'between', actions: { type: 'note', params: 'first' } } } },
      between: { after: { second: { actions: { type: 'note', params: 'second' } } } },
    },
  });

  it('fire in the order of their instants, also one that only another one has set, and before an event of now', () => {
    const clock = { now: 0 };
    const instance = begun(machine, clock);
    clock.now = 10_000;
    instance.send({ type: 'knock' }, cause);
    expect(instance.snapshot.context).toEqual({ got: ['first', 'second', 'third', 'knock'] });
    const fired = instance.takeRecords().flatMap(({ causes }) => causes.filter(({ kind }) => kind === 'timer'));
    expect(fired).toMatchObject([1000, 2000, 3000].map((at) => ({ dueAt: iso(at) })));
  });

  it('do so in a simulation too that is late', () => {
    const life = simulate(machine, { at: iso(0), lateBy: () => 7_000 });
    life.advanceTo(iso(10_000));
    expect(life.actor.getSnapshot().context).toEqual({ got: ['first', 'second', 'third'] });
  });
});

describe('a delay', () => {
  it('that is no number is over at once, and one that never ends waits for nothing', () => {
    const clock = { now: 0 };
    const instance = begun(
      createMachine({
        id: 'delays',
        context: { got: [] as string[] },
        on: {
          odd: { actions: raise({ type: 'came' }, { delay: () => Number.NaN }) },
          ever: { actions: raise({ type: 'came' }, { delay: () => -Infinity }) },
          never: { actions: raise({ type: 'came' }, { delay: () => Infinity }) },
          late: { actions: raise({ type: 'came' }, { delay: 253_402_300_800_000 }) },
          came: { actions: assign({ got: ({ context }) => [...context.got, 'came'] }) },
        },
      }),
      clock,
    );
    instance.send({ type: 'odd' }, cause);
    instance.fireDue();
    instance.send({ type: 'ever' }, cause);
    instance.fireDue();
    instance.send({ type: 'never' }, cause);
    expect(instance.view()).toMatchObject({ context: { got: ['came', 'came'] }, deadlines: [] });
    expect(instance.timers.earliest).toBeUndefined();
    // Temporal takes no date after the year 9999.
    instance.send({ type: 'late' }, cause);
    expect(instance.timers.earliest).toBeUndefined();
  });
});
