/** What one step asks of the API. */
import type { AccountAnswer } from '../demo/answers.ts';
import { UnexpectedAnswer, type Answer, type Asked, type Caller } from '../demo/http.ts';
import type { Scenario, Step } from './scenario.ts';
import type { Theatre } from './theatre.ts';

/** The first bytes of a JPEG: the kind of a file is found by its content. */
const JPEG = Buffer.from('ffd8ffe000104a46494600', 'hex');

/** Sends the step's request once, whatever the answer is. */
export async function ask(theatre: Theatre, scenario: Scenario, step: Step): Promise<Answer> {
  const { verb, who } = step;
  if (verb === null || who === null) throw new Error('a step without anybody asks nothing');
  if (verb.special === 'join') return await joined(theatre, scenario, who);
  if (verb.special === 'pay') return await paid(theatre, who);
  const fields = resolved(theatre, step.with) as { [name: string]: unknown };
  const { as, base } = who === 'operator' ? { as: theatre.operator, base: '/' } : ofParty(theatre, who);
  if (verb.special === 'upload') return await uploaded(as, `${base}/evidence`, String(fields['photo']));
  const { path, body } = await addressed(theatre, step, verb.path, fields);
  const url = `${base}${path === '' || base === '/' ? '' : '/'}${path}`;
  if (verb.method !== 'GET')
    return await as.request(verb.method, url, { body: completed(theatre, scenario, step, body) });
  const query = new URLSearchParams(
    Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return await as.request('GET', query === '' ? url : `${url}?${query}`);
}

/** The id of the claim that the step is about. */
function claimOf(theatre: Theatre, { claim }: Step): string {
  return (claim === null ? theatre.lastClaim : theatre.made.get(claim)) ?? 'none';
}

function ofParty(theatre: Theatre, who: string): { as: Caller; base: string } {
  const { id, as } = theatre.party(who);
  return { as, base: `/accounts/${id}` };
}

/** Puts what the step is about, and fields of `with`, into the path; the other fields are the body. */
async function addressed(theatre: Theatre, step: Step, template: string, fields: { [name: string]: unknown }) {
  const body = { ...fields };
  const claim = claimOf(theatre, step);
  const known: { [name: string]: string } = {
    claim,
    repair: `${claim}.${step.repair}`,
    ...(step.of === null ? {} : { of: theatre.party(step.of).id }),
  };
  if (step.verb?.special === 'verifyRenewal') {
    const { orders } = await theatre.operator.get<AccountAnswer>(`/accounts/${known['of']}`);
    known['n'] = String(orders.at(-1)?.n ?? 0);
    body['outcome'] = 'verified';
  }
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (name in known) return known[name]!;
    const value = String(body[name]);
    delete body[name];
    return encodeURIComponent(value);
  });
  return { path, body };
}

/** Whoever claims or registers says of which manufacturer the unit is: of the story's first one, if it does not. */
function completed(theatre: Theatre, scenario: Scenario, step: Step, body: { [name: string]: unknown }): Asked['body'] {
  const actor = scenario.parties.find(({ name }) => name === step.who);
  const isNeeded = ['files a claim', 'registers a purchase'].includes(step.phrase) && actor?.role === 'customer';
  const maker = scenario.parties.find(({ role }) => role === 'manufacturer');
  if (!isNeeded || maker === undefined || 'manufacturer' in body) return body;
  return { manufacturer: theatre.party(maker.name).number, ...body };
}

async function uploaded(as: Caller, path: string, photo: string): Promise<Answer> {
  const body = new Uint8Array(Buffer.concat([JPEG, Buffer.from(photo)]));
  return await as.request('POST', path, { body, headers: { 'content-type': 'image/jpeg' } });
}

async function joined(theatre: Theatre, { parties }: Scenario, who: string): Promise<Answer> {
  const plan = parties.find(({ name }) => name === who);
  if (plan !== undefined) await theatre.join(plan);
  return good({ accountNumber: theatre.party(who).number });
}

async function paid(theatre: Theatre, who: string): Promise<Answer> {
  const { id, as } = theatre.party(who);
  const { orders } = await as.get<AccountAnswer>(`/accounts/${id}`);
  const open = orders.find(({ status }) => status === 'open' || status === 'partlyPaid');
  if (open === undefined)
    throw new UnexpectedAnswer('GET', `/accounts/${id}`, { ...good({ title: 'no open order' }), status: 409 });
  await theatre.pay(open);
  return good({ orderId: open.orderId });
}

function good(body: object): Answer {
  return { status: 200, body, headers: new Headers() };
}

/** `$maker` is an account number, `$first` a claim or a file of that name. */
export function resolved(theatre: Theatre, value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('$')) {
    const name = value.slice(1);
    return theatre.made.get(name) ?? theatre.party(name).number;
  }
  if (Array.isArray(value)) return value.map((one) => resolved(theatre, one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolved(theatre, one)]));
}
