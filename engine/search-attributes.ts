/** What operators search instances by. The product registers these itself; see `ensureSearchAttributes` in `worker.ts`. */
import type { View } from './store.ts';

/** Name and Temporal type of each. */
export const searchAttributes = {
  Machine: 'KEYWORD',
  MachineVersion: 'KEYWORD',
  MachineStatus: 'KEYWORD',
  MachineState: 'KEYWORD_LIST',
  MachineTags: 'KEYWORD_LIST',
  MachineDue: 'DATETIME',
} as const;

/** Values in the legacy shape, which is a list per attribute; an empty list unsets. */
export function attributesOf(
  machine: string,
  version: string,
  view: View,
  leaves: readonly string[],
): Record<keyof typeof searchAttributes, string[] | Date[]> {
  const due = view.deadlines[0];
  return {
    Machine: [machine],
    MachineVersion: [version],
    MachineStatus: [view.status],
    MachineState: [...leaves],
    MachineTags: [...view.tags],
    MachineDue: due ? [new Date(due.at)] : [],
  };
}
