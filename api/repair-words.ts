/** What a repair order is at, in words: of the order itself, not of the deadline, replacement and loaner beside it [W4]. */
import { repairMachine } from '../machines/repair.ts';

/** What of a state of the chart is shown. */
export interface ChartState {
  readonly key: string;
  readonly description?: string | undefined;
  readonly meta?: { readonly clauses: readonly string[] };
  readonly tags: readonly string[];
  readonly states: { readonly [key: string]: ChartState };
}

const chart = repairMachine.root as unknown as ChartState;

/** Leaves that say how a deadline counts, not what is waited for. */
const ofDeadline = new Set(['counting', 'held']);

const closedWords = 'Closed: its unit and all that was lent or sent for it have their place';

/** The states of the order region, from the outer to the inner one. */
export function orderStates(value: unknown): ChartState[] {
  const found: ChartState[] = [];
  let node = chart.states['open']?.states['order'];
  let inner = (value as { open?: { order?: unknown } } | null)?.open?.order;
  while (node && inner !== undefined) {
    const key: string = typeof inner === 'string' ? inner : (Object.keys(inner as object)[0] ?? '');
    node = node.states[key];
    if (node) found.push(node);
    inner = typeof inner === 'string' ? undefined : (inner as { [key: string]: unknown })[key];
  }
  return found;
}

/** @param value XState's state value; without one the order is over */
export function repairStanding(value: unknown): { readonly words: string; readonly clauses: readonly string[] } {
  const state = orderStates(value).findLast(({ key }) => !ofDeadline.has(key));
  return {
    words: (state?.description ?? closedWords).replace(/ \[[^\]]*\]$/, ''),
    clauses: state?.meta?.clauses ?? ['W6'],
  };
}
