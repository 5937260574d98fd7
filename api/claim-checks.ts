/** What a command names of a claim has to be there: said with the field before the contract is asked, which only knows codes [W2]. */
import { listClaimLines } from '../db/claims.ts';
import type { ClaimRow } from '../db/claims.ts';
import type { Db } from '../db/database.ts';
import { findModel } from '../db/warranty.ts';
import type { ClaimPublicEvent } from '../machines/claim-events.ts';
import type { Component } from '../machines/warranty/unit.ts';
import { Problem } from './problems.ts';

/** Components of a model, by name. */
export async function componentsOf(db: Db, manufacturerId: string, modelId: string): Promise<ReadonlySet<string>> {
  const model = await findModel(db, manufacturerId, modelId);
  return new Set(((model?.components ?? []) as unknown as readonly Component[]).map(({ id }) => id));
}

/** Names of components that the model has not, as problems. */
export function unknownComponents(
  components: ReadonlySet<string>,
  lines: readonly { readonly component?: string | null }[],
  list: 'lines' | 'facts',
): Problem[] {
  return lines.flatMap(({ component = null }, index) =>
    component === null || components.has(component)
      ? []
      : [
          new Problem('invalid-request', {
            field: `/${list}/${index}/component`,
            detail: 'The model has no such component.',
          }),
        ],
  );
}

/** Several things that are wrong: the answer to a request names the first of them, the report of a file all. */
export class Problems extends Problem {
  readonly all: readonly Problem[];
  constructor(first: Problem, others: readonly Problem[]) {
    super(first.slug, first.extras);
    this.all = [first, ...others];
  }
}

/** @throws {Problems} unless there are none */
export function mustBeNone([first, ...others]: readonly Problem[]): void {
  if (first) throw new Problems(first, others);
}

/** @throws {Problem} `invalid-request` for a line or component that is not there, or an award without what it comes to */
export async function mustBeSound(db: Db, claim: ClaimRow, event: ClaimPublicEvent): Promise<void> {
  const lines = (await listClaimLines(db, [claim.id])).map(({ line_id }) => line_id);
  for (const [field, lineId] of linesIn(event)) {
    if (!lines.includes(lineId))
      throw new Problem('invalid-request', { field, detail: `The claim has the lines ${lines.join(', ')}.` });
  }
  if (event.type === 'arbitration.decided' && event.awards.length > 0 && event.outcome === null)
    throw new Problem('invalid-request', { field: '/outcome', detail: 'Say what the award comes to.' });
  const isOfFacts = event.type === 'facts.corrected' || event.type === 'information.provided';
  if (!isOfFacts || claim.manufacturer_id === null) return;
  const components = await componentsOf(db, claim.manufacturer_id, claim.model_id);
  mustBeNone(unknownComponents(components, event.facts, 'facts'));
}

/** The lines that an event names, with their fields. */
function linesIn(event: ClaimPublicEvent): (readonly [field: string, lineId: string])[] {
  if ('lineId' in event) return [['/lineId', event.lineId]];
  if ('facts' in event) return event.facts.map(({ lineId }, index) => [`/facts/${index}/lineId`, lineId]);
  if ('awards' in event) return event.awards.map(({ lineId }, index) => [`/awards/${index}/lineId`, lineId]);
  return [];
}
