/** Charts that come along as data, and become machines where they run. */
import { createMachine } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import type { Json } from '../../engine/machine.ts';
import type { Element } from './scxml/element.ts';
import { machineOfScxml } from './scxml/machine.ts';

export type Chart = { readonly events: readonly string[] } & (
  { readonly kind: 'generated'; readonly config: Json } | { readonly kind: 'scxml'; readonly document: Element }
);

export function machineOfChart(chart: Chart): AnyStateMachine {
  return chart.kind === 'scxml' ? machineOfScxml(chart.document) : createMachine(chart.config as never);
}
