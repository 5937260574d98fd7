/** Planted breaks under the old version's name: what somebody might change without noticing. */
import { createMachine } from 'xstate';
import { durable } from '../../engine/durable.ts';
import { subscription as product } from '../../workflows/index.ts';
import { door as first } from '../engine/toy/doors/v1.ts';

const { config, implementations } = first.machine;
const { closed, open, locked } = config.states!;
const renamed = {
  ...config,
  states: { closed: { ...closed, on: { ...closed!.on, opened: { ...opened(), target: 'ajar' } } }, ajar: open, locked },
};

/** A state has another name: the commands to Temporal are the same. */
export const door = durable(
  createMachine(renamed as never, implementations as never) as unknown as typeof first.machine,
  first.options,
);

function opened(): object {
  return (closed!.on as { readonly opened: object }).opened;
}

const { renewalNotice } = product.machine.implementations.delays as unknown as {
  renewalNotice: (args: unknown) => number;
};

/** The notice of renewal is posted a second late. */
export const subscription = durable(
  product.machine.provide({ delays: { renewalNotice: (args) => 1000 + renewalNotice(args) } }),
  product.options,
);
