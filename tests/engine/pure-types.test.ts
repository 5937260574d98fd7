/** What the compiler refuses before anything runs. `tsc` checks this file; running it costs nothing and changes nothing. */
import { setup } from 'xstate';
import { describe, expectTypeOf, it } from 'vitest';
import type { InstanceHandle, MachineClient, PublicEvent } from '../../engine/client.ts';
import type { Definition, DurableOptions } from '../../engine/definition.ts';
import { activity, effect } from '../../engine/machine.ts';
import type { Answer, BatchAnswer, SnapshotAnswer } from '../../engine/protocol.ts';
import type { Deadline } from '../../engine/store.ts';

const seat = setup({
  types: {} as {
    context: { row: number; holder: string | null };
    input: { row: number };
    events: { type: 'booked'; holder: string } | { type: 'released' };
    tags: 'occupied';
  },
  actors: { price: activity<{ row: number }, { amount: number }>('price') },
  actions: { print: effect<{ holder: string }>('print') },
}).createMachine({
  id: 'seat',
  context: ({ input }) => ({ row: input.row, holder: null }),
  initial: 'free',
  states: { free: { on: { booked: 'taken' } }, taken: { tags: 'occupied', on: { released: 'free' } } },
});

type Seat = typeof seat;
const seats = {} as MachineClient<Seat>;
const one = {} as InstanceHandle<Seat>;

/** Never called: its body is there to be checked. */
const unused = (_body: () => unknown): void => {};

describe('the types of a durable machine', () => {
  it('know its events and what each carries', () => {
    expectTypeOf<PublicEvent<Seat>>().toEqualTypeOf<{ type: 'booked'; holder: string } | { type: 'released' }>();
    expectTypeOf(one.send).parameter(0).toEqualTypeOf<PublicEvent<Seat>>();
    expectTypeOf(one.send).returns.resolves.toEqualTypeOf<Answer>();
    unused(() => one.send({ type: 'booked', holder: 'Ada' }, { id: '1' }));
    // @ts-expect-error -- the machine has no such event
    unused(() => one.send({ type: 'boked', holder: 'Ada' }, { id: '1' }));
    // @ts-expect-error -- the payload is missing
    unused(() => one.send({ type: 'booked' }, { id: '1' }));
    // @ts-expect-error -- the payload is of another type
    unused(() => one.send({ type: 'booked', holder: 1 }, { id: '1' }));
    // @ts-expect-error -- without an id an event would not count once
    unused(() => one.send({ type: 'released' }));
  });

  it('hold for several events at once', () => {
    expectTypeOf(one.sendAll).returns.resolves.toEqualTypeOf<readonly BatchAnswer[]>();
    unused(() => one.sendAll([{ id: '1', event: { type: 'released' } }]));
    // @ts-expect-error -- the payload is missing
    unused(() => one.sendAll([{ id: '1', event: { type: 'booked' } }]));
  });

  it('know what can be waited for', () => {
    unused(() => one.waitFor({ tag: 'occupied' }));
    unused(() => one.waitFor({ state: 'taken' }, { timeout: 1000 }));
    unused(() => one.waitFor('done'));
    // @ts-expect-error -- the machine has no such tag
    unused(() => one.waitFor({ tag: 'ocupied' }));
    // @ts-expect-error -- the machine has no such state
    unused(() => one.waitFor({ state: 'token' }));
  });

  it('know what an instance starts with', () => {
    expectTypeOf(seats.start).parameter(1).toEqualTypeOf<{ row: number }>();
    expectTypeOf(seats.start).returns.resolves.toEqualTypeOf<InstanceHandle<Seat>>();
    // @ts-expect-error -- a row is a number
    unused(() => seats.start('a', { row: '1' }));
    // @ts-expect-error -- the input is missing
    unused(() => seats.start('a'));
  });

  it('know what is read', () => {
    expectTypeOf(one.snapshot).returns.resolves.toEqualTypeOf<SnapshotAnswer>();
    expectTypeOf(one.timers).returns.resolves.toEqualTypeOf<readonly Deadline[]>();
  });

  it('let only events of the machine be public, and title an instance by its input', () => {
    const spec = { description: '', schema: {} };
    expectTypeOf<keyof DurableOptions<Seat>['events']>().toEqualTypeOf<'booked' | 'released'>();
    expectTypeOf<Parameters<DurableOptions<Seat>['title']>[0]>().toEqualTypeOf<{ row: number }>();
    // @ts-expect-error -- the machine has no such event
    unused((): DurableOptions<Seat>['events'] => ({ booked: spec, burnt: spec }));
    expectTypeOf<Definition<Seat>['machine']>().toEqualTypeOf<Seat>();
  });

  it('hold inside the machine: what an activity takes and gives, and what an effect is told', () => {
    const kit = setup({
      actors: { price: activity<{ row: number }, { amount: number }>('price') },
      actions: { print: effect<{ holder: string }>('print') },
    });
    unused(() =>
      kit.createMachine({
        entry: { type: 'print', params: { holder: 'Ada' } },
        invoke: {
          src: 'price',
          input: { row: 1 },
          onDone: { actions: ({ event }) => expectTypeOf(event.output).toEqualTypeOf<{ amount: number }>() },
        },
      }),
    );
    // @ts-expect-error -- a row is a number
    unused(() => kit.createMachine({ invoke: { src: 'price', input: { row: '1' } } }));
    // @ts-expect-error -- nobody has defined this action
    unused(() => kit.createMachine({ entry: 'burn' }));
    // @ts-expect-error -- the effect is told who holds it
    unused(() => kit.createMachine({ entry: { type: 'print', params: {} } }));
  });
});
