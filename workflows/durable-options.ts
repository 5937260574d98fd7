/** What all of Pacta's machines share as workflows: how payloads are checked, and where a state cites its clauses. */
import { checkEvent } from '../machines/check-event.ts';

export const shared = {
  check: checkEvent,
  cite: (meta: unknown): readonly string[] => (meta as { clauses?: string[] } | undefined)?.clauses ?? [],
};
