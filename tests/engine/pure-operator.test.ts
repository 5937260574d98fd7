import { setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { Instance } from '../../engine/instance.ts';
import { operate } from '../../engine/operator.ts';

const leg = { initial: 'idle', states: { idle: { on: { go: 'busy' } }, busy: {} } } as const;
const machine = setup({ types: {} as { events: { type: 'go' | 'begin' } } }).createMachine({
  id: 'legs',
  initial: 'before',
  states: {
    before: { on: { begin: 'walking' } },
    walking: {
      type: 'parallel',
      states: {
        left: leg,
        right: leg,
        arms: {
          initial: 'down',
          states: { down: { on: { go: 'up' } }, up: { type: 'parallel', states: { a: leg, b: leg } } },
        },
      },
    },
  },
});

function after(events: readonly ('go' | 'begin')[], ...states: string[]): unknown {
  const instance = new Instance(
    machine,
    { id: 'it', machine: 'legs', version: '1', cite: () => [], tenant: () => undefined },
    { now: () => 0, invoke: () => () => {}, acted: () => {} },
    { input: null },
  );
  instance.start();
  events.forEach((type, at) => instance.send({ type }, { kind: 'event', type, id: `${at}` }));
  operate(instance, { kind: 'goto', states }, { id: 'o', by: 'operator-7', reason: 'it was asked for' });
  return instance.snapshot.value;
}

describe('goto', () => {
  const up = { up: { a: 'idle', b: 'idle' } };
  const walked = ['begin', 'go'] as const;

  it('leaves the regions beside the one that it is told as they are', () => {
    expect(after(walked, 'walking.left.idle')).toEqual({ walking: { left: 'idle', right: 'busy', arms: up } });
    expect(after(walked, 'walking.arms.down')).toEqual({ walking: { left: 'busy', right: 'busy', arms: 'down' } });
  });

  it('goes into several regions in one step, also where they lie in each other', () => {
    expect(after(walked, 'walking.left.idle', 'walking.right.idle')).toEqual({
      walking: { left: 'idle', right: 'idle', arms: up },
    });
    expect(after([...walked, 'go'], 'walking.arms.up.a.idle', 'walking.left.idle')).toEqual({
      walking: { left: 'idle', right: 'busy', arms: { up: { a: 'idle', b: 'busy' } } },
    });
  });

  it('begins a region anew that is named itself, and all of them where the state around them is', () => {
    expect(after(walked, 'walking.left')).toEqual({ walking: { left: 'idle', right: 'busy', arms: up } });
    expect(after(walked, 'walking')).toEqual({ walking: { left: 'idle', right: 'idle', arms: 'down' } });
  });

  it('enters regions from outside: those that are named where it is told, the others at their first state', () => {
    expect(after([], 'walking.left.busy', 'walking.arms.up.b.busy')).toEqual({
      walking: { left: 'busy', right: 'idle', arms: { up: { a: 'idle', b: 'busy' } } },
    });
    expect(after(walked, 'before')).toBe('before');
  });
});
