/** What a scenario can say. */
import { accountVerbs } from './vocabulary-accounts.ts';
import { claimVerbs } from './vocabulary-claims.ts';
import { repairVerbs } from './vocabulary-repairs.ts';
import { sightVerbs } from './vocabulary-sights.ts';
import { warrantyVerbs } from './vocabulary-warranty.ts';
import type { Verb } from './verb.ts';

export const vocabulary: ReadonlyMap<string, Verb> = new Map(
  Object.entries<Verb>({ ...accountVerbs, ...warrantyVerbs, ...claimVerbs, ...repairVerbs, ...sightVerbs }),
);

/** All phrases as a table in Markdown, one row each: that of docs/simulation.md. */
export function phraseTable(): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = [...vocabulary].map(([phrase, { by, takes, clause }]) =>
    row([phrase, by.join(', '), Object.keys(takes.properties).join(', '), clause]),
  );
  return [row(['phrase', 'who', '`with`', 'clause']), row(['---', '---', '---', '---']), ...rows];
}
