/** All specimens of the language, by the names of their machines. */
import { actors } from './actors.ts';
import type { Specimen } from './life.ts';
import { structure } from './structure.ts';
import { timing } from './timing.ts';

export const specimens: { readonly [machine: string]: Specimen } = Object.fromEntries(
  [...structure, ...timing, ...actors].map((specimen) => [specimen.machine.id, specimen]),
);
