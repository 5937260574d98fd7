/** Planted breaks under the old version's name: what somebody might change without noticing. */
import { durable } from '../../engine/durable.ts';
import { subscription as product } from '../../workflows/index.ts';
import { door as first } from '../engine/toy/doors/v1.ts';
import { door as second } from '../engine/toy/doors/v2.ts';

/** A state has another name and the context another key: the commands to Temporal are the same. */
export const door = durable(second.machine, { ...second.options, version: first.options.version });

const { renewalNotice } = product.machine.implementations.delays as unknown as {
  renewalNotice: (args: unknown) => number;
};

/** The notice of renewal is posted a second late. */
export const subscription = durable(
  product.machine.provide({ delays: { renewalNotice: (args) => 1000 + renewalNotice(args) } }),
  product.options,
);
