/** What is wrong with a command that a repair order did not take, where it is not for what the order is at [W4]. */
import type { RepairContext } from '../machines/repair-context.ts';
import type { RepairPublicEvent } from '../machines/repair-events.ts';
import type { Advice } from './commands.ts';
import { Problem } from './problems.ts';

const takesCosts = ['inspecting', 'repairing', 'waitingForParts'];

/** What to say about a refused event of a repair order. */
export const adviceOn =
  (event: RepairPublicEvent): Advice =>
  ({ context }) => {
    const { lines, state } = context as unknown as RepairContext;
    if (event.type !== 'inspection.finished' && event.type !== 'quotation.made') return undefined;
    if (!takesCosts.includes(state)) return undefined;
    const { costs } = event;
    if (event.type === 'inspection.finished' && event.finding !== 'faultConfirmed' && costs.length > 0)
      return wrong('/costs', 'What is not repaired costs nothing.');
    const known = lines.map(({ lineId }) => lineId);
    const other = costs.findIndex(({ lineId }) => lineId !== null && !known.includes(lineId));
    if (other >= 0) return wrong(`/costs/${other}/lineId`, `The repair has the lines ${known.join(', ')}.`);
    return undefined;
  };

function wrong(field: string, detail: string): Problem {
  return new Problem('invalid-request', { field, detail });
}
