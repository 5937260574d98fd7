/**
 * What is led through lives, by data: a specimen of the language, a machine of the product, or a chart that comes along as
 * text. Both sides of a comparison make it from the same input, the workflow inside its sandbox.
 */
import { assign, forwardTo, setup } from 'xstate';
import type { AnyEventObject, AnyStateMachine } from 'xstate';
import type { DurableOptions } from '../../engine/definition.ts';
import { describes } from '../../engine/descriptors.ts';
import type { Json } from '../../engine/machine.ts';
import { orderMachine } from '../../machines/order.ts';
import type { OrderInput } from '../../machines/order.ts';
import * as product from '../../workflows/index.ts';
import { machineOfChart } from './charts.ts';
import type { Chart } from './charts.ts';
import type { Domain } from './domains.ts';
import { specimens } from './language/index.ts';

/** Which machine it is. Part of the machine's own input, which does not look at it. */
export type Subject = { readonly specimen: string } | { readonly product: Domain } | { readonly chart: Chart };

export interface SubjectInput {
  readonly subject: Subject;
  readonly [key: string]: Json | Subject;
}

/** An order has a parent by nature: this one passes on what comes, and keeps what it is told. */
const orderHolder = setup({
  types: {
    context: {} as { told: AnyEventObject[]; order: OrderInput },
    input: {} as OrderInput,
    events: {} as AnyEventObject,
  },
  actors: { order: orderMachine },
  actions: { keep: assign({ told: ({ context, event }) => [...context.told, event] }) },
}).createMachine({
  id: 'order',
  context: ({ input: { orderId, total, shortfallTolerance } }) => ({
    told: [],
    order: { orderId, total, shortfallTolerance },
  }),
  invoke: { id: 'order', src: 'order', input: ({ context }) => context.order, onDone: { actions: 'keep' } },
  on: {
    'payment.taken': { actions: 'keep' },
    'order.paid': { actions: 'keep' },
    'payment.offered': { actions: forwardTo('order') },
    'order.fulfilled': { actions: forwardTo('order') },
    'order.cancelled': { actions: forwardTo('order') },
  },
});

type Options = DurableOptions<AnyStateMachine>;

const anything = { description: 'An event', schema: {} };
const anyOf = (types: readonly string[]): Options['events'] =>
  Object.fromEntries(types.map((type) => [type, anything]));
const plain = {
  check: () => [],
  version: '1',
  title: () => 'Conformance',
  cite: (meta: unknown): readonly string[] => (meta as { cites?: string[] } | undefined)?.cites ?? [],
};

export interface Definition {
  readonly machine: AnyStateMachine;
  readonly options: Options;
}

/** @throws Error when there is no such machine. */
export function definitionOf({ subject }: SubjectInput): Definition {
  if ('chart' in subject) {
    const machine = machineOfChart(subject.chart);
    const events = subject.chart.events.filter((type) => machine.events.some((one: string) => describes(one, type)));
    return { machine, options: { ...plain, events: anyOf(events) } };
  }
  if ('specimen' in subject) {
    const specimen = specimens[subject.specimen];
    if (!specimen) throw new Error(`There is no specimen '${subject.specimen}'`);
    return { machine: specimen.machine, options: { ...plain, events: anyOf(specimen.events) } };
  }
  if (subject.product === 'order') {
    const events = anyOf(['payment.offered', 'order.fulfilled', 'order.cancelled']);
    return { machine: orderHolder, options: { ...plain, events } };
  }
  const { machine, options } = new Map<string, unknown>(Object.entries(product)).get(subject.product) as Definition;
  return { machine, options: { ...options, tenant: () => undefined } };
}
