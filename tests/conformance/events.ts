/** Events that a machine's own schemas describe, with values that its data offers: so that most of them are taken. */
import type { Json } from '../../engine/machine.ts';
import { canonical } from '../../engine/protocol.ts';
import { oneOf } from './chance.ts';
import type { Chance } from './chance.ts';
import type { Said } from './language/life.ts';

/** As much of JSON Schema as the payloads of events need. */
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly Json[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

type Scalar = string | number;

/** Texts and numbers of some data by their names, in the order in which they stand there. */
export type Offered = ReadonlyMap<string, readonly Scalar[]>;

/** Terms and levels are data of the agreement: no event repeats them. */
const passedOver = new Set(['terms', 'level', 'levels', 'subject']);

export function offeredBy(data: unknown): Offered {
  const offered = new Map<string, Scalar[]>();
  const look = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return;
    for (const [name, value] of Object.entries(one)) {
      if (passedOver.has(name)) continue;
      if (typeof value === 'string' || typeof value === 'number')
        offered.set(name, [...(offered.get(name) ?? []), value]);
      else look(value);
    }
  };
  look(data);
  return offered;
}

/** What is called otherwise in the data. */
const namesOf: { readonly [name: string]: readonly string[] } = {
  ...Object.fromEntries(['amount', 'applied', 'credited'].map((name) => [name, ['total', 'amount', 'refundDue']])),
  accountId: ['customerId', 'manufacturerId', 'centerId'],
  quotation: ['n'],
};

const known = (name: string, offered: Offered): readonly Scalar[] => [
  ...new Set((namesOf[name] ?? [name]).flatMap((one) => offered.get(one) ?? [])),
];

/** Texts that are chosen whatever the data are. */
const texts: { readonly [name: string]: readonly string[] } = {
  receiptId: ['r0', 'r1', 'r2', 'r3'],
  eventType: ['receipt.received', 'refund.due', 'receipt.applied', 'repair.ended'],
  reference: ['RF18', 'XX', 'broken'],
  currency: ['CNY', 'CNY', 'CNY', 'USD'],
  decidedBy: ['p0', 'p1', 'p2'],
  component: ['motor', 'display', 'pump', 'motor', 'display', 'pump', 'broken'],
};

/** A code: no free text is taken, and one that stands is named again. */
const codes = ['unpaidInvoice', 'authorityOrder'];

/** Of which any may be meant that is there, and not only the latest. */
const anyOfThem = new Set(['lineId', 'partId', 'accountId', 'orderId']);

/** Which have to be other ones than those that are there as often as not. */
const others: { readonly [name: string]: readonly string[] } = {
  serial: ['SN-2', 'SN-3', 'SN-1'],
  partId: ['part1', 'part2', 'part3'],
  centerId: ['center1', 'center2', 'center3', 'center4'],
};

function textOf(name: string, { pattern }: Schema, offered: Offered, chance: Chance): string {
  if (texts[name]) return oneOf(chance, texts[name]);
  if (pattern?.startsWith('^[a-z]')) return oneOf(chance, codes);
  const values = known(name, offered);
  const isOther = others[name] ? chance(2) > 0 : chance(8) > 6;
  if (values.length > 0 && !isOther) return String(anyOfThem.has(name) ? oneOf(chance, values) : values.at(-1));
  if (others[name]) return oneOf(chance, others[name]);
  return pattern?.includes('64') ? oneOf(chance, ['a', 'd']).repeat(64) : `some-${name}`;
}

function numberOf(name: string, { minimum = 0, maximum = 1_000_000 }: Schema, offered: Offered, chance: Chance) {
  const values = known(name, offered);
  const number =
    maximum <= 10
      ? minimum + chance(3)
      : Number(oneOf(chance, [...values, ...values, 50_000, minimum, 60_000, minimum + 1]));
  return Math.min(maximum, Math.max(minimum, number));
}

function valueOf(name: string, schema: Schema, offered: Offered, chance: Chance): Json {
  if (schema.enum) return oneOf(chance, schema.enum);
  if (schema.anyOf) return valueOf(name, oneOf(chance, [schema.anyOf[0]!, ...schema.anyOf]), offered, chance);
  const { type = 'string', minItems = 0, items = {} } = schema;
  if (type === 'null') return null;
  if (type === 'object') return fieldsOf(schema, offered, chance);
  if (type === 'integer' || type === 'number') return numberOf(name, schema, offered, chance);
  if (type !== 'array') return textOf(name, schema, offered, chance);
  if (name === 'missing' || name === 'fields') return oneOf(chance, [[], [], ['name'], ['name', 'address']]);
  const values = Array.from({ length: Math.max(minItems, chance(3)) }, () => valueOf(name, items, offered, chance));
  return [...new Map(values.map((value) => [canonical(value), value])).values()];
}

function fieldsOf(
  { properties = {}, required = [] }: Schema,
  offered: Offered,
  chance: Chance,
): { [name: string]: Json } {
  const fields = Object.entries(properties).filter(
    ([name]) => required.includes(name) || (name !== 'by' && chance(2) > 0),
  );
  return Object.fromEntries(fields.map(([name, one]) => [name, valueOf(name, one, offered, chance)]));
}

export function eventOf(type: string, schema: Schema, offered: Offered, chance: Chance): Said {
  return { type, ...fieldsOf(schema, offered, chance) };
}

/** The event as it usually is, and each that differs from it in one choice. */
export function variantsOf(type: string, schema: Schema, offered: Offered): Said[] {
  const found = new Map<string, Said>();
  const make = (chance: Chance): void => {
    const event = eventOf(type, schema, offered, chance);
    found.set(canonical(event), event);
  };
  const widths: number[] = [];
  make((below) => {
    widths.push(below);
    return 0;
  });
  for (const [choice, width] of widths.entries()) {
    for (let value = 1; value < width; value += 1) {
      let n = 0;
      make((below) => (n++ === choice ? Math.min(value, below - 1) : 0));
    }
  }
  return [...found.values()];
}
