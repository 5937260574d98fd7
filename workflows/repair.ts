/** A repair order lives as a workflow until its unit has its place: id `repair-<repairId>`. No tenant: it has several parties. */
import { durable } from '../engine/durable.ts';
import { repairEvents, repairMachine } from '../machines/repair.ts';
import { shared } from './durable-options.ts';

export const repair = durable(repairMachine, {
  ...shared,
  events: repairEvents,
  version: '1',
  title: ({ n, modelId }) => `Repair ${n} of a claim: model ${modelId}`,
});
