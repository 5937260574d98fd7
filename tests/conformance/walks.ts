/**
 * Ways through the product's machines: random ones by a seed, and the shortest to every state. A way is found by walking it
 * under plain XState, with events that the machine's own schemas describe and values that its data offers; what comes of it
 * is a life, to be led again elsewhere.
 */
import { fromTransition } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import type { InvocationError, Json } from '../../engine/machine.ts';
import { canonical } from '../../engine/protocol.ts';
import { simulate } from '../../engine/simulate.ts';
import type { Answers, Simulation } from '../../engine/simulate.ts';
import { receiptEvents } from '../../machines/receipt-events.ts';
import { subscriptionEvents } from '../../machines/subscription.ts';
import { resolveTerms } from '../../machines/terms.ts';
import { hour, slack } from './language/life.ts';
import type { Happening, Said } from './language/life.ts';
import { at } from './modes.ts';
import type { Case } from './modes.ts';
import { definitionOf } from './subjects.ts';
import type { SubjectInput } from './subjects.ts';

export const domains = ['subscription', 'receipt', 'order', 'erasure'] as const;
export type Domain = (typeof domains)[number];

/** Numbers by a seed: the same on every machine. */
type Chance = (below: number) => number;

function chanceOf(seed: number): Chance {
  let state = (seed * 2654435761 + 1) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const oneOf = <T>(chance: Chance, values: readonly T[]): T => values[chance(values.length)]!;

/** What the world answers, on both sides: by the question alone, in whatever order it is asked. */
export const domainAnswers: Answers = {
  issueOrder: ({ orderId, years, at: asked }: { orderId: string; years: number; at: string }) => ({
    priceListId: 'list',
    unitPrice: 100_000 + years * 1000 + Number(asked.slice(0, 4)),
    currency: 'CNY',
    reference: `RF${orderId}`,
    counterpartyId: 'counterparty',
  }),
  assignAccountNumber: () => ({ number: '10000017' }),
  awaitReceipts: () => ({ decided: true }),
  postNotice: ({ kind }: { kind: string }) => ({
    noticeId: `notice of ${kind}`,
    certificateNumber: kind.endsWith('verdueWarning') ? 'E-1' : null,
  }),
  matchReference: ({ reference, currency }: { reference: string | null; currency: string }) => {
    // A question that cannot be answered comes back as an error, as an activity's failure does.
    if (reference === 'broken')
      throw { name: 'ApplicationFailure', message: 'no such book', type: 'NoBook' } satisfies InvocationError;
    if (reference === null) return { matched: false, reason: 'noReference' };
    if (currency !== 'CNY') return { matched: false, reason: 'wrongCurrency' };
    return reference.startsWith('RF')
      ? { matched: true, accountId: 'account', orderId: 'account.o1' }
      : { matched: false, reason: 'unknownReference' };
  },
  stopAccountWorkflows: () => ({ workflows: 2 }),
  fenceAccount: () => ({ fences: 1 }),
  eraseSessionsAndFiles: () => ({ sessions: 1, files: 3 }),
  deleteAccountRows: () => ({ rows: 40 }),
  destroyAccountKey: () => ({ keys: 1 }),
  deleteAccountExecutions: () => ({ executions: 5 }),
  issueCertificate: ({ accountId }: { accountId: string }) => ({
    certificateNumber: `E-${accountId}`,
    hash: 'c'.repeat(64),
  }),
};

const offers = { type: 'array', of: 'offers' };
const schemas: { readonly [domain in Domain]: { readonly [type: string]: object } } = {
  subscription: schemasOf(subscriptionEvents),
  receipt: schemasOf(receiptEvents),
  order: { 'payment.offered': { properties: { offers } }, 'order.fulfilled': {}, 'order.cancelled': {} },
  erasure: {},
};

function schemasOf(table: { readonly [type: string]: { readonly schema: object } }): { [type: string]: object } {
  return Object.fromEntries(Object.entries(table).map(([type, { schema }]) => [type, schema]));
}

function inputOf(domain: Domain, chance: Chance): SubjectInput {
  const subject = { product: domain };
  switch (domain) {
    case 'subscription': {
      const [role, edition] = oneOf(chance, [
        ['manufacturer', 'professional'],
        ['manufacturer', 'basic'],
        ['customer', null],
      ] as const);
      const missing = oneOf(chance, [[], [], ['name']]);
      const agreement = { version: '1', textHash: 'a'.repeat(64) };
      return {
        subject,
        accountId: 'account',
        role,
        edition,
        agreement,
        terms: resolveTerms() as unknown as Json,
        missing,
      };
    }
    case 'receipt':
      return {
        subject,
        receiptId: 'r1',
        source: oneOf(chance, ['bank', 'operator', 'statement']),
        amount: oneOf(chance, [1, 100, 100_000]),
        currency: oneOf(chance, ['CNY', 'CNY', 'USD']),
        reference: oneOf(chance, [null, 'RF18', 'XX', 'RF19']),
        bookedOn: '2037-03-10',
      };
    case 'order':
      return { subject, orderId: 'account.o1', total: oneOf(chance, [0, 100, 100_000]), shortfallTolerance: chance(3) };
    case 'erasure':
      return {
        subject,
        accountId: 'account',
        accountNumber: oneOf(chance, [null, '10000017']),
        reason: oneOf(chance, ['lapsed', 'overdue', 'terminated', 'disagreed']),
        clause: 'C5',
        certificateNumber: oneOf(chance, [null, 'E-1']),
        decidedAt: '2037-03-01T00:00:00.000Z',
      };
  }
}

// --- values -----------------------------------------------------------------------------------------------------------

interface Schema {
  readonly enum?: readonly string[];
  readonly type?: string;
  readonly of?: string;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Everything in the data that has this name, or means the same. */
function known(name: string, data: unknown, found: unknown[] = []): unknown[] {
  const names =
    name === 'amount' || name === 'applied' || name === 'credited' ? ['total', 'amount', 'refundDue'] : [name];
  if (typeof data !== 'object' || data === null) return found;
  for (const [key, value] of Object.entries(data)) {
    if (names.includes(key) && (typeof value === 'string' || typeof value === 'number')) found.push(value);
    known(name, value, found);
  }
  return found;
}

function valueOf(name: string, schema: Schema, data: unknown, chance: Chance): Json {
  if (schema.enum) return oneOf(chance, schema.enum);
  const values = known(name, data);
  if (schema.of === 'offers') {
    return Array.from({ length: chance(3) }, (_, n) => ({
      receiptId: `r${n}`,
      amount: oneOf(chance, [1, 60, 100, 100_000]),
    }));
  }
  if (schema.type === 'array') return oneOf(chance, [[], [], ['name'], ['name', 'address']]);
  if (schema.type === 'integer') {
    const { minimum = 0, maximum = 1_000_000 } = schema;
    const number =
      maximum <= 10 ? minimum + chance(3) : Number(oneOf(chance, [...values, ...values, minimum, 50_000, 1, 2]));
    return Math.min(maximum, Math.max(minimum, number));
  }
  if (name === 'receiptId') return `r${chance(4)}`;
  if (name === 'eventType') return oneOf(chance, ['receipt.received', 'refund.due', 'receipt.applied']);
  if (name === 'reference') return oneOf(chance, ['RF18', 'XX', 'broken']);
  if (name === 'currency') return oneOf(chance, ['CNY', 'CNY', 'CNY', 'USD']);
  // A code: no free text is taken, and one that stands is named again.
  if (name === 'reason' && schema.pattern !== undefined) return oneOf(chance, ['unpaidInvoice', 'authorityOrder']);
  if (values.length > 0 && chance(8) > 0) return String(values.at(-1));
  return schema.pattern?.includes('64') ? oneOf(chance, ['a', 'd']).repeat(64) : `${name}-${chance(3)}`;
}

function eventOf(type: string, schema: Schema, data: unknown, chance: Chance): Said {
  const fields = Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'by');
  return { type, ...Object.fromEntries(fields.map(([name, one]) => [name, valueOf(name, one, data, chance)])) };
}

// --- walks ------------------------------------------------------------------------------------------------------------

/** Deadlines stay so far away from where a wait ends that a workflow's clock, which runs on, is on the same side. */
const margin = 10 * 60_000;

type Walked = Simulation<AnyStateMachine>;

function begin(input: SubjectInput): Walked {
  const { machine } = definitionOf(input);
  return simulate(machine, { at, input: input as never, answers: domainAnswers });
}

/** Ends a wait where no deadline is near: what falls due meanwhile may set new ones. */
function wait(one: Walked, milliseconds: number): number {
  const from = Date.parse(one.now());
  let total = milliseconds + slack;
  one.advanceBy(total);
  for (let tries = 0; tries < 20; tries += 1) {
    const now = Date.parse(one.now());
    if (!one.due().some((due) => Date.parse(due) < now + margin)) break;
    one.advanceBy(hour);
    total = now + hour - from;
  }
  return total - slack;
}

function dataOf(one: Walked): unknown {
  return { own: one.actor.getSnapshot().context as unknown };
}

const preludes: { readonly [domain in Domain]: readonly string[] } = {
  subscription: ['agreement.confirmed', 'information.verified', 'receipt.received'],
  receipt: ['receipt.applied'],
  order: [],
  erasure: [],
};

/** What ends a life would end most of them too soon. */
const endings = new Set(['termination.requested', 'agreement.disagreed', 'order.cancelled', 'receipt.settled']);

/** A random way: mostly of events that are taken, with others among them. */
export function randomWalk(domain: Domain, seed: number, steps = 16): Case {
  const chance = chanceOf(seed * 4 + domains.indexOf(domain));
  const input = inputOf(domain, chance);
  const one = begin(input);
  const types = Object.keys(schemas[domain]);
  const happenings: Happening[] = [];
  const tell = (event: Said) => {
    happenings.push(event);
    one.actor.send(event as never);
    one.advanceBy(0);
  };
  // Half of the ways begin where most of the life of a contract is, which chance alone seldom reaches.
  for (const type of chance(2) === 0 ? [] : preludes[domain]) {
    const event = eventOf(type, schemas[domain][type] as Schema, dataOf(one), () => 0);
    if (one.actor.getSnapshot().can(event as never)) tell(event);
  }
  for (let n = 0; n < steps && one.actor.getSnapshot().status === 'active'; n += 1) {
    const [next] = one.due();
    if (types.length === 0 || chance(4) === 0) {
      const far =
        next === undefined || chance(3) === 0
          ? chance(20 * 24) * hour
          : Date.parse(next) - Date.parse(one.now()) + hour;
      happenings.push(wait(one, far));
      continue;
    }
    let event: Said = { type: types[0]! };
    // Mostly what is taken: the rest shows that refusals are the same.
    for (let tries = 0; tries < 6; tries += 1) {
      const type = oneOf(chance, types);
      if (endings.has(type) && chance(5) > 0) continue;
      event = eventOf(type, schemas[domain][type] as Schema, dataOf(one), chance);
      if (one.actor.getSnapshot().can(event as never) || chance(12) === 0) break;
    }
    tell(event);
  }
  return { group: `walk ${domain}`, name: `seed ${seed}`, input, happenings, answers: domainAnswers };
}

/** The shortest way to every state that a few events with likely values, and waiting, lead to. */
export function shortestWays(domain: Domain, limit = 5000): Case[] {
  const input = inputOf(domain, () => 0);
  const walk = (ways: readonly Happening[]): Walked => {
    const one = begin(input);
    for (const happening of ways) {
      if (typeof happening === 'number') one.advanceBy(happening + slack);
      else {
        one.actor.send(happening as never);
        one.advanceBy(0);
      }
    }
    return one;
  };
  const state = (ways: readonly Happening[]) => {
    const one = walk(ways);
    const snapshot = one.actor.getSnapshot();
    const children = Object.values(snapshot.children as { [id: string]: { getSnapshot(): { value?: unknown } } });
    const kind = canonical([
      snapshot.value,
      [...snapshot.tags],
      children.map((child) => child.getSnapshot().value ?? null),
    ]);
    const next: { type: string; happening: Happening }[] = [];
    if (snapshot.status === 'active' && ways.length < 14) {
      for (const [type, schema] of Object.entries(schemas[domain])) {
        for (const luck of [0, 1]) {
          const event = eventOf(type, schema as Schema, dataOf(one), (below) => Math.min(luck, below - 1));
          if (snapshot.can(event as never)) next.push({ type: canonical(event), happening: event });
        }
      }
      const [due] = one.due();
      if (due !== undefined) {
        const happening = wait(one, Date.parse(due) - Date.parse(one.now()) + hour);
        next.push({ type: `wait ${happening}`, happening });
      }
    }
    return { ways, kind, next };
  };
  const model = fromTransition(
    (from: ReturnType<typeof state>, step: { type: string; happening: Happening }) =>
      state([...from.ways, step.happening]),
    state([]),
  );
  const paths = getShortestPaths(model, {
    events: (snapshot) => snapshot.context.next,
    serializeState: (snapshot) => snapshot.context.kind,
    limit,
  });
  return paths.map((path, n) => ({
    group: `paths ${domain}`,
    name: `path ${n + 1}`,
    input,
    happenings: path.state.context.ways,
    answers: domainAnswers,
  }));
}
