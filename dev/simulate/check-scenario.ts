/** Reads a scenario file, and says what is wrong with it before anything is done: line, field, way out. */
import Type, { type TSchema } from 'typebox';
import { Region } from '../../api/fields.ts';
import { namePattern } from '../../machines/subscription-events.ts';
import { checkStep, type Names } from './check-step.ts';
import { instant, label, mistakes } from './mistakes.ts';
import type { PartyPlan, Scenario, Step, UnitPlan } from './scenario.ts';
import { readSource, type Flaw, type Source } from './source.ts';

const closed = { additionalProperties: false } as const;
const name = Type.String({ pattern: label });
const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });

const Party = Type.Object(
  {
    role: Type.Enum(['manufacturer', 'customer', 'serviceCenter']),
    edition: Type.Optional(Type.Enum(['standard', 'professional', 'enterprise'])),
    region: Type.Optional(Region('Where it is')),
    capacity: Type.Optional(Type.Integer({ minimum: 0 })),
    repairsFor: Type.Optional(Type.Array(name)),
    joins: Type.Optional(Type.Literal('later')),
  },
  closed,
);
const Unit = Type.Object({ maker: Type.Optional(name), soldTo: Type.Optional(name), on: Type.Optional(day) }, closed);
const File = Type.Object(
  {
    story: Type.String({ minLength: 1, maxLength: 200 }),
    begins: Type.String({ pattern: instant }),
    parties: Type.Record(name, Party),
    units: Type.Optional(Type.Record(Type.String({ pattern: namePattern }), Unit)),
    steps: Type.Array(Type.Object({}), { minItems: 1 }),
  },
  closed,
);
type Parties = { readonly [name: string]: Type.Static<typeof Party> };

/**
 * @param now a story begins later: test clocks only go forward
 * @throws {ScenarioFlawed} with all that is wrong
 */
export function readScenario(file: string, text: string, now = new Date()): Scenario {
  const source = readSource(text);
  const flaws: Flaw[] = [...source.flaws];
  if (flaws.length === 0) flaws.push(...mistakes(File as TSchema, source.data).map((one) => located(source, one)));
  if (flaws.length > 0) throw new ScenarioFlawed(file, flaws);
  const data = source.data as Type.Static<typeof File>;
  const parties = partiesOf(data.parties as Parties);
  const flaw = (pointer: string, field: string, message: string): void =>
    void flaws.push({ line: source.line(pointer), field, message });
  if (new Date(data.begins) <= now)
    flaw('/begins', 'begins', `It has to be later than now, ${now.toISOString()}: test clocks only go forward.`);
  const units = unitsOf(data, parties, flaw);
  for (const { name: party, repairsFor } of parties) {
    for (const other of repairsFor) mustBe('manufacturer', other, parties, `/parties/${party}/repairsFor`, flaw);
  }
  const names: Names = { parties, made: new Map(), units: new Set(units.map(({ serial }) => serial)) };
  const steps = data.steps.flatMap((step, index): Step[] => {
    const found = checkStep(step as { [key: string]: unknown }, names, (pointer) =>
      source.line(`/steps/${index}${pointer}`),
    );
    flaws.push(...found.flaws);
    return found.step === undefined ? [] : [found.step];
  });
  if (flaws.length > 0) throw new ScenarioFlawed(file, flaws);
  return { file, story: data.story, begins: data.begins, parties, units, steps };
}

export class ScenarioFlawed extends Error {
  override readonly name = 'ScenarioFlawed';
  readonly file: string;
  readonly flaws: readonly Flaw[];
  constructor(file: string, flaws: readonly Flaw[]) {
    const lines = flaws.map(
      ({ line, field, message }) => `${file}:${line}: ${field === '' ? '' : `${field}: `}${message}`,
    );
    super(lines.join('\n'));
    this.file = file;
    this.flaws = flaws;
  }
}

type Tell = (pointer: string, field: string, message: string) => void;

function located({ line }: Source, { pointer, message }: { pointer: string; message: string }): Flaw {
  return { line: line(pointer), field: pointer, message };
}

/** By default a center repairs for every manufacturer of the file. */
function partiesOf(parties: Parties): PartyPlan[] {
  const makers = Object.keys(parties).filter((party) => parties[party]!.role === 'manufacturer');
  return Object.entries(parties).map(([party, plan]) => ({
    name: party,
    role: plan.role,
    edition: plan.role === 'manufacturer' ? (plan.edition ?? 'professional') : null,
    region: plan.region ?? 'CN-TJ',
    capacity: plan.capacity ?? 20,
    repairsFor: plan.role === 'serviceCenter' ? (plan.repairsFor ?? makers) : [],
    isLater: plan.joins === 'later',
  }));
}

function unitsOf(
  { units = {}, begins }: Type.Static<typeof File>,
  parties: readonly PartyPlan[],
  flaw: Tell,
): UnitPlan[] {
  const maker = parties.find(({ role }) => role === 'manufacturer')?.name;
  return Object.entries(units as { [serial: string]: Type.Static<typeof Unit> }).map(([serial, plan]) => {
    const pointer = `/units/${serial}`;
    mustBe('manufacturer', plan.maker ?? maker ?? '', parties, `${pointer}/maker`, flaw);
    if (plan.soldTo !== undefined) mustBe('customer', plan.soldTo, parties, `${pointer}/soldTo`, flaw);
    return {
      serial,
      maker: plan.maker ?? maker ?? '',
      soldTo: plan.soldTo ?? null,
      on: plan.on ?? threeMonthsBefore(begins),
    };
  });
}

/** Three months old when the story begins. */
function threeMonthsBefore(begins: string): string {
  const date = new Date(begins);
  date.setUTCMonth(date.getUTCMonth() - 3);
  return date.toISOString().slice(0, 10);
}

function mustBe(
  role: PartyPlan['role'],
  party: string,
  parties: readonly PartyPlan[],
  pointer: string,
  flaw: Tell,
): void {
  const fitting = parties.filter((one) => one.role === role).map((one) => one.name);
  if (fitting.includes(party)) return;
  const known =
    fitting.length === 0 ? `add one under 'parties' with role: ${role}` : `it can be ${fitting.join(' or ')}`;
  flaw(pointer, pointer, `'${party}' is no ${role} of this story: ${known}.`);
}
