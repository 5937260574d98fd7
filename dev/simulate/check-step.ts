/** Checks one step of a scenario and makes it ready to be played. */
import Type, { type TSchema } from 'typebox';
import { label, mistakes, moment, nearest } from './mistakes.ts';
import type { PartyPlan, Step } from './scenario.ts';
import type { Flaw } from './source.ts';
import type { Verb } from './verb.ts';
import { vocabulary } from './vocabulary.ts';

/** What a step may name. */
export interface Names {
  readonly parties: readonly PartyPlan[];
  /** By name: what earlier steps have made. */
  readonly made: Map<string, 'claim' | 'evidence'>;
  readonly units: ReadonlySet<string>;
}

const OPERATOR = 'operator';
const Refused = Type.Object(
  { problem: Type.String(), field: Type.Optional(Type.String()) },
  { additionalProperties: false },
);
/** Beside the one key that is the name of who acts. */
const keys = {
  at: Type.String({ pattern: moment }),
  with: Type.Object({}),
  of: Type.String(),
  claim: Type.String(),
  repair: Type.Integer({ minimum: 1, maximum: 9 }),
  as: Type.String({ pattern: label }),
  clause: Type.String(),
  refused: Type.Union([Type.String(), Refused]),
  that: Type.Unknown(),
  without: Type.Array(Type.String()),
};

type Raw = { readonly [key: string]: unknown };

/** @param line the line of a part of the step, by JSON pointer */
export function checkStep(
  raw: Raw,
  names: Names,
  line: (pointer: string) => number,
): { step?: Step; flaws: readonly Flaw[] } {
  const flaws: Flaw[] = [];
  const flaw = (pointer: string, message: string): void =>
    void flaws.push({ line: line(pointer), field: pointer.slice(1), message });
  const actors = [...names.parties.map(({ name }) => name), OPERATOR];
  const acting = Object.keys(raw).filter((key) => actors.includes(key));
  for (const key of Object.keys(raw)) {
    if (actors.includes(key)) continue;
    const schema = (keys as { [key: string]: TSchema })[key];
    if (schema === undefined)
      flaw(`/${key}`, `is neither a party nor a part of a step${nearest(key, [...actors, ...Object.keys(keys)])}.`);
    else for (const one of mistakes(schema, raw[key])) flaw(`/${key}${one.pointer}`, one.message);
  }
  if (acting.length > 1) flaw('', `one party acts in a step, here ${acting.join(' and ')}: make two steps of it.`);
  if (acting.length === 0 && raw['at'] === undefined) flaw('', `nobody acts, and no 'at' moves the clock.`);
  const [who] = acting;
  const phrase = who === undefined ? '' : String(raw[who]);
  const verb = who === undefined ? undefined : vocabulary.get(phrase);
  if (who !== undefined && verb === undefined)
    flaw(`/${who}`, `'${phrase}' is not known${nearest(phrase, [...vocabulary.keys()])}.`);
  if (who !== undefined && verb !== undefined) checkPhrase({ raw, who, phrase, verb, names, flaw });
  if (flaws.length > 0) return { flaws };
  return { step: stepOf(raw, who ?? null, phrase, verb ?? null, line), flaws };
}

interface Said {
  readonly raw: Raw;
  readonly who: string;
  readonly phrase: string;
  readonly verb: Verb;
  readonly names: Names;
  readonly flaw: (pointer: string, message: string) => void;
}

function checkPhrase(said: Said): void {
  const { raw, who, phrase, verb, names, flaw } = said;
  const role = names.parties.find(({ name }) => name === who)?.role ?? OPERATOR;
  if (!verb.by.includes(role) && raw['refused'] === undefined) {
    flaw(
      `/${who}`,
      `'${phrase}' is said by ${verb.by.join(' or ')}; say 'refused: forbidden' if that is what the story shows.`,
    );
  }
  for (const one of mistakes(verb.takes, raw['with'] ?? {})) flaw(`/with${one.pointer}`, one.message);
  checkReferences(raw['with'], '/with', names, flaw);
  checkReferences(raw['that'], '/that', names, flaw);
  if (verb.path.includes('{of}') !== (raw['of'] !== undefined)) {
    flaw(
      raw['of'] === undefined ? '' : '/of',
      verb.path.includes('{of}') ? `say whose account it is: 'of: <party>'.` : `'${phrase}' is about no account.`,
    );
  }
  const { of, claim, as } = raw as { of?: string; claim?: string; as?: string };
  if (of !== undefined && !names.parties.some(({ name }) => name === of)) {
    flaw(
      '/of',
      `no party of this name${nearest(
        of,
        names.parties.map(({ name }) => name),
      )}.`,
    );
  }
  if (claim !== undefined && names.made.get(claim) !== 'claim') {
    flaw('/claim', `no claim was named so before${nearest(claim, [...names.made.keys()])}.`);
  }
  if (raw['refused'] !== undefined && raw['that'] !== undefined)
    flaw('/that', `what is refused has no answer: leave one out.`);
  if (as === undefined) return;
  if (verb.makes === undefined) flaw('/as', `'${phrase}' makes nothing that can be named.`);
  else names.made.set(as, verb.makes);
}

/** `$maker`, `$first`: parties, and what earlier steps have made. */
function checkReferences(value: unknown, pointer: string, names: Names, flaw: Said['flaw']): void {
  if (typeof value === 'string' && value.startsWith('$')) {
    const name = value.slice(1);
    const known = [...names.parties.map((party) => party.name), ...names.made.keys()];
    if (!known.includes(name)) flaw(pointer, `nothing of this name was there before${nearest(name, known)}.`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) checkReferences(part, `${pointer}/${key}`, names, flaw);
}

function stepOf(raw: Raw, who: string | null, phrase: string, verb: Verb | null, line: Step['lineOf']): Step {
  const {
    at,
    with: fields,
    of,
    claim,
    repair,
    as,
    clause,
    refused,
    that,
    without,
  } = raw as {
    [key in keyof typeof keys]: never;
  };
  const problem =
    typeof refused === 'string' ? { problem: refused as string, field: null } : (refused as Step['refused']);
  return {
    line: line(''),
    at: at ?? null,
    who,
    phrase,
    verb,
    with: fields ?? {},
    of: of ?? null,
    claim: claim ?? null,
    repair: repair ?? 1,
    as: as ?? null,
    clause: clause ?? verb?.clause ?? '',
    refused: refused === undefined ? null : { problem: problem!.problem, field: problem!.field ?? null },
    that: that as unknown,
    without: without ?? [],
    lineOf: line,
  };
}
