/** What is wrong with data by its schema, in words that say the way out. */
import type { TSchema } from 'typebox';
import { Errors } from 'typebox/value';
import { patternInWords } from '../../api/form-words.ts';

/** Patterns of scenario files: a name, an instant, and when a step happens. */
export const label = '^[a-z][a-z0-9-]{0,29}$';
export const instant = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?(Z|[+-]\\d{2}:\\d{2})$';
export const moment =
  '^(P(?=\\w)(\\d+[YMWD])*(T(\\d+[HMS])+)?|\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?(Z|[+-]\\d{2}:\\d{2}))$';

export interface Mistake {
  /** JSON pointer of the part that is wrong. */
  readonly pointer: string;
  readonly message: string;
}

/** At most ten. A value that begins with `$` stands for something that is known only when the story is played. */
export function mistakes(schema: TSchema, data: unknown): Mistake[] {
  const found: Mistake[] = [];
  for (const error of Errors(schema, data)) {
    const { keyword, instancePath: pointer, params, message } = error as unknown as SchemaError;
    const value = at(data, pointer);
    if (typeof value === 'string' && value.startsWith('$')) continue;
    // Of a union that did not fit, what is said about the union is enough.
    if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
      const allowed = propertiesAt(schema, pointer);
      for (const name of params.additionalProperties ?? []) {
        found.push({ pointer: `${pointer}/${name}`, message: `unknown here${nearest(name, allowed)}.` });
      }
    } else if (keyword === 'required') {
      for (const name of params.requiredProperties ?? []) {
        found.push({ pointer, message: `'${name}' is missing: add it.` });
      }
    } else if (keyword === 'enum' && params.allowedValues) {
      found.push({ pointer, message: `must be one of ${params.allowedValues.join(', ')}.` });
    } else if (keyword !== 'boolean' && keyword !== 'propertyNames') {
      found.push({ pointer, message: `${params.pattern === undefined ? message : form(params.pattern)}.` });
    }
  }
  return found.slice(0, 10);
}

/** What only scenario files have. */
const ownForms: { readonly [pattern: string]: string } = {
  [moment]: 'a duration, such as P3D or PT2H, or an instant, such as 2031-06-02T10:00+08:00',
  [instant]: 'an instant with its offset from UTC, such as 2031-06-02T10:00+08:00',
  [label]: 'a name of 1 to 30 lower-case letters, digits or dashes, a letter first',
};

function form(pattern: string | RegExp): string {
  const text = typeof pattern === 'string' ? pattern : pattern.source.replaceAll('\\/', '/');
  const words = ownForms[text] ?? patternInWords(text);
  return words === undefined ? 'does not have the right form' : `must be ${words}`;
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: {
    readonly additionalProperties?: readonly string[];
    readonly requiredProperties?: readonly string[];
    readonly allowedValues?: readonly unknown[];
    readonly pattern?: string | RegExp;
  };
}

/** `; did you mean 'state'? Known: …`, the closest first. */
export function nearest(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const byDistance = known.toSorted((one, other) => distance(word, one) - distance(word, other));
  const [best] = byDistance;
  const guess = distance(word, best!) <= Math.max(2, word.length / 3) ? `; did you mean '${best}'?` : ';';
  return `${guess} Known: ${byDistance.slice(0, 12).join(', ')}${known.length > 12 ? ' …' : ''}`;
}

/** Levenshtein's: how many letters to change, add or leave out. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, wanted] of [...other].entries()) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === wanted ? 0 : 1)));
    }
    row = next;
  }
  return row[other.length]!;
}

function at(data: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce((value: unknown, key) => (value as { [key: string]: unknown } | undefined)?.[key], data);
}

/** Names of the properties that the schema has at this place of the data; none where it is not that simple. */
function propertiesAt(schema: TSchema, pointer: string): string[] {
  type Node = { properties?: { [name: string]: Node }; items?: Node; patternProperties?: { [pattern: string]: Node } };
  const node = pointer
    .split('/')
    .slice(1)
    .reduce<Node | undefined>((one, key) => {
      const byPattern = Object.values(one?.patternProperties ?? {})[0];
      return one?.properties?.[key] ?? one?.items ?? byPattern;
    }, schema as Node);
  return Object.keys(node?.properties ?? {});
}
