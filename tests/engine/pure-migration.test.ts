import { createActor, fromPromise, setup } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import type { Definition } from '../../engine/definition.ts';
import { expectedBy, planMigration, shapeOf } from '../../engine/migration.ts';
import type { KeptInstance, KeptState, PersistedSnapshot } from '../../engine/migration.ts';

const never = fromPromise(() => new Promise<void>(() => {}));
const lid = setup({}).createMachine({ id: 'lid', initial: 'down', states: { down: {}, up: {} } });
const actors = { heat: never, lid };
const base = setup({ actors, delays: { boiling: 1000, cold: 5000 } });

const kettle = base.createMachine({
  id: 'kettle',
  initial: 'on',
  states: {
    on: {
      invoke: [
        { id: 'heater', src: 'heat' },
        { id: 'lid', src: 'lid' },
      ],
      after: { boiling: 'off' },
      initial: 'low',
      states: { low: {}, high: {} },
    },
    off: {},
  },
});

/** Of whatever type parameters. */
type Machine = { readonly id: string };

const definitionOf = (
  machine: Machine,
  version = '2',
  migrate?: (kept: KeptState) => Pick<KeptState, 'snapshot' | 'timers'>,
): Definition =>
  ({
    machineName: machine.id,
    machine,
    options: { version, ...(migrate ? { migrate } : {}) },
  }) as unknown as Definition;

const timer = (type: string, target = '') => ({ source: target, target, id: type, event: { type }, dueAt: 1 });

/** What the engine would keep of it after its start. */
function keptOf(machine: Machine, timers = [timer('xstate.after.boiling.kettle.on')]): KeptInstance {
  const logic = machine as unknown as AnyStateMachine;
  const actor = createActor(logic).start();
  const snapshot = JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as PersistedSnapshot;
  actor.stop();
  return { version: '1', snapshot, timers, expected: expectedBy(logic, snapshot) };
}

const kept = keptOf(kettle);
const reasonsIn = (machine: Machine, one = kept) => planMigration(definitionOf(machine), { a: one })[0]!.reasons;
const on = kettle.config.states!.on!;

describe('a dry run', () => {
  it('moves an instance into the same machine', () => {
    expect(planMigration(definitionOf(kettle), { a: kept })).toEqual([
      { id: 'a', machine: 'kettle', from: '1', to: '2', moves: true, reasons: [] },
    ]);
  });

  it('moves it into a machine that only has more', () => {
    const more = base.createMachine({
      ...kettle.config,
      states: { ...kettle.config.states, broken: {}, off: { after: { cold: 'broken' } } },
    } as never);
    expect(reasonsIn(more)).toEqual([]);
  });

  const changes: readonly { what: string; config: object; says: string }[] = [
    {
      what: 'a state is gone',
      config: { initial: 'off', states: { off: {} } },
      says: "'kettle.on', which is not there",
    },
    {
      what: 'a state inside is gone',
      config: { states: { off: {}, on: { ...on, states: { low2: {} }, initial: 'low2' } } },
      says: "'kettle.on.low', which is not there",
    },
    {
      what: 'a state has states inside now',
      config: { states: { off: {}, on: { ...on, states: { low: { initial: 'x', states: { x: {} } } } } } },
      says: "'kettle.on.low', which has states inside now",
    },
    {
      what: 'a region is new',
      config: { states: { off: {}, on: { ...on, type: 'parallel', initial: undefined } } },
      says: "region 'kettle.on.high', which is new",
    },
    {
      what: 'an actor is no longer invoked',
      config: { states: { off: {}, on: { ...on, invoke: [{ id: 'lid', src: 'lid' }] } } },
      says: "'heater' runs in it",
    },
    {
      what: 'an actor is new',
      config: {
        states: { off: {}, on: { ...on, invoke: [...(on.invoke as object[]), { id: 'whistle', src: 'heat' }] } },
      },
      says: "invokes 'whistle' now",
    },
    {
      what: 'a deadline has another name',
      config: { states: { off: {}, on: { ...on, after: { cold: 'off' } } } },
      says: "takes the deadline 'xstate.after.boiling.kettle.on'",
    },
    {
      what: 'a deadline is new',
      config: { states: { off: {}, on: { ...on, after: { boiling: 'off', cold: 'off' } } } },
      says: "'xstate.after.cold.kettle.on' now, and no instant is kept",
    },
  ];
  it.each(changes)('says so when $what', ({ config, says }) => {
    const changed = base.createMachine({ ...kettle.config, ...config } as never);
    expect(reasonsIn(changed).join()).toContain(says);
  });

  it('says so when the logic of an actor is gone or of another kind', () => {
    const without = setup({ actors: { heat: never }, delays: { boiling: 1 } }).createMachine(kettle.config as never);
    expect(reasonsIn(without).join()).toContain("there is no actor 'lid' any more");
    const other = setup({ actors: { heat: lid, lid }, delays: { boiling: 1 } }).createMachine(kettle.config as never);
    expect(reasonsIn(other).join()).toContain("'heat' is another kind of actor now");
  });

  it('looks into the machines inside', () => {
    const flat = setup({}).createMachine({
      id: 'lid',
      initial: 'shut',
      states: { shut: {} },
    });
    const changed = setup({ actors: { heat: never, lid: flat }, delays: { boiling: 1 } }).createMachine(
      kettle.config as never,
    );
    expect(reasonsIn(changed)).toEqual(["it is in the state 'lid.down', which is not there"]);
  });

  it('does not miss a deadline that has passed or an actor that has ended', () => {
    const { heater: _, ...children } = kept.snapshot.children;
    const later = { ...kept, timers: [], snapshot: { ...kept.snapshot, children } };
    expect(reasonsIn(kettle, later)).toEqual([]);
    expect(reasonsIn(kettle, { version: '1', snapshot: later.snapshot, timers: [] })).toHaveLength(2);
  });

  it('does not move an instance that has ended', () => {
    expect(reasonsIn(kettle, { ...kept, snapshot: { ...kept.snapshot, status: 'error' } })).toHaveLength(1);
  });

  it('asks migrate for another version only, and checks what it gives', () => {
    const gone = base.createMachine({ id: 'kettle', initial: 'off', states: { off: {} } });
    const toOff = ({ snapshot }: KeptState) => ({ snapshot: { ...snapshot, value: 'off', children: {} }, timers: [] });
    expect(planMigration(definitionOf(gone, '2', toOff), { a: kept })[0]!.moves).toBe(true);
    expect(planMigration(definitionOf(gone, '1', toOff), { a: kept })[0]!.moves).toBe(false);
    const wrong = ({ snapshot, timers }: KeptState) => ({ snapshot: { ...snapshot, value: 'of' }, timers });
    expect(planMigration(definitionOf(gone, '2', wrong), { a: kept })[0]!.reasons.join()).toContain("'kettle.of'");
    const refusing = () => {
      throw new Error('a kettle that is on cannot be moved');
    };
    expect(planMigration(definitionOf(gone, '2', refusing), { a: kept })[0]!.reasons).toEqual([
      'migrate refuses it: a kettle that is on cannot be moved',
    ]);
  });
});

it('a verdict holds for the same shape: a new state changes it, a new instant or context does not', () => {
  const shape = shapeOf(kept);
  expect(shapeOf({ ...kept, snapshot: { ...kept.snapshot, context: { n: 1 } } })).toBe(shape);
  expect(shapeOf({ ...kept, timers: [{ ...kept.timers[0]!, dueAt: 7 }] })).toBe(shape);
  expect(shapeOf({ ...kept, timers: [] })).not.toBe(shape);
  expect(shapeOf({ ...kept, snapshot: { ...kept.snapshot, value: { on: 'high' } } })).not.toBe(shape);
});
