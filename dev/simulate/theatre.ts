/** Where a scenario is played: a running stack, spoken to through HTTP only; its parties, its clock, what was made. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountAnswer, ClockAnswer, OrderAnswer, Registered } from '../demo/answers.ts';
import { editions } from '../../machines/agreement.ts';
import { caller, type Caller } from '../demo/http.ts';
import { drill, standardWarranty } from './catalogue.ts';
import type { PartyPlan, Scenario } from './scenario.ts';

export interface Place {
  readonly apiUrl: string;
  readonly operatorKey: string;
  readonly signal?: AbortSignal;
  /** How long what one contract tells another is waited for; 20 s by default. */
  readonly patienceMs?: number;
}

export interface Party {
  readonly id: string;
  readonly number: string;
  readonly as: Caller;
}

/** What was waited for did not come. */
export class NotSeen extends Error {
  override readonly name = 'NotSeen';
}

const PATIENCE_MS = 20_000;
const PRICE = 600_000;

export class Theatre {
  readonly clock = `simulation-${randomBytes(5).toString('hex')}`;
  readonly operator: Caller;
  readonly parties = new Map<string, Party>();
  /** Ids of claims and digests of evidence, by the names that the story gives them. */
  readonly made = new Map<string, string>();
  lastClaim: string | null = null;
  readonly patienceMs: number;
  readonly #place: Place;
  readonly #scenario: Scenario;
  /** What the API said last about the clock, and when. */
  #heard = { now: 0, at: 0 };

  constructor(place: Place, scenario: Scenario) {
    this.#place = place;
    this.#scenario = scenario;
    this.patienceMs = place.patienceMs ?? PATIENCE_MS;
    this.operator = caller(place.apiUrl, place.operatorKey, place.signal);
  }

  /** The clock, and everybody and everything that is there at the beginning. */
  async open(): Promise<void> {
    const { begins, parties, units } = this.#scenario;
    this.#note(await this.operator.post('/clocks', { name: this.clock, at: new Date(begins).toISOString() }));
    await setPrices(this.operator);
    const present = parties.filter(({ isLater }) => !isLater);
    await Promise.all(present.map((plan) => this.join(plan)));
    const makers = new Set([...units.map(({ maker }) => maker), ...parties.flatMap(({ repairsFor }) => repairsFor)]);
    for (const name of makers) if (this.parties.has(name)) await this.#fillCatalogue(name);
    for (const plan of present) await this.#offerService(plan);
    for (const { serial, maker, soldTo, on } of units) {
      const { id, as } = this.party(maker);
      await as.put(`/accounts/${id}/units/${serial}`, {
        model: drill.id,
        dates: { shipment: monthBefore(on), proofOfPurchase: on },
      });
      if (soldTo !== null)
        await as.post(`/accounts/${id}/units/${serial}/owners`, { on, customer: this.party(soldTo).number });
    }
  }

  party(name: string): Party {
    const party = this.parties.get(name);
    if (party === undefined) throw new NotSeen(`${name} has not joined yet`);
    return party;
  }

  /** Contract time: a test clock runs on in real time from where it was told to be. */
  now(): string {
    return new Date(this.#heard.now + performance.now() - this.#heard.at).toISOString();
  }

  /** @param at a duration or an instant */
  async advance(at: string): Promise<void> {
    const move = at.startsWith('P') ? { by: at } : { to: new Date(at).toISOString() };
    this.#note(await this.operator.post(`/clocks/${this.clock}/advance`, move));
  }

  #note({ now }: ClockAnswer): void {
    this.#heard = { now: Date.parse(now), at: performance.now() };
  }

  /** Registered, verified, paid: in service. */
  async join(plan: PartyPlan): Promise<void> {
    const { name, role, edition } = plan;
    const anyone = caller(this.#place.apiUrl, undefined, this.#place.signal);
    const { accountId, token, agreement } = await anyone.post<Registered>('/accounts', {
      role,
      ...(edition === null ? {} : { edition }),
      clock: this.clock,
      organisation: { name: `${name} of the scenario`, address: '12 Example Street, Tianjin 300000, China' },
      contact: { name: `${name} Example`, email: `${name}@${this.clock}.example`, phone: '+86 22 5555 0100' },
    });
    const as = caller(this.#place.apiUrl, token, this.#place.signal);
    const path = `/accounts/${accountId}`;
    const account = (): Promise<AccountAnswer> => as.get(path);
    await this.until(`the contract of ${name}`, async () => (await account()).sequence > 0);
    const { version, textHash } = agreement;
    await as.post(`${path}/confirmation`, { version, textHash });
    await this.operator.post(`${path}/verification`, { outcome: 'verified' });
    if (role !== 'customer') {
      const order = await this.until(`the order of ${name}`, async () => (await account()).orders[0]);
      await this.pay(order);
    }
    const { accountNumber } = await this.until(`the service of ${name}`, async () => {
      const one = await account();
      return one.tags.includes('service') && one.accountNumber !== null && one;
    });
    this.parties.set(name, { id: accountId, number: accountNumber!, as });
    if (plan.isLater) await this.#offerService(plan);
  }

  /** The operator confirms a transfer for the whole order; what it leads to is waited for by who looks at it. */
  async pay({ total, currency, reference }: OrderAnswer): Promise<void> {
    await this.operator.post('/receipts', {
      bankTransactionId: `SIM-${randomBytes(8).toString('hex')}`,
      amount: total,
      currency,
      bookedOn: this.now().slice(0, 10),
      reference,
      clock: this.clock,
    });
  }

  /** Waits until what was asked for is seen. @throws {NotSeen} */
  async until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (let pause = 20; ; pause = Math.min(pause * 2, 200)) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > giveUpAt) throw new NotSeen(`${what} did not come within ${PATIENCE_MS / 1000} s`);
      await sleep(pause, undefined, this.#place.signal ? { signal: this.#place.signal } : {});
    }
  }

  async #fillCatalogue(name: string): Promise<void> {
    const { id, as } = this.party(name);
    const { id: model, ...body } = drill;
    await as.put(`/accounts/${id}/models/${model}`, body);
    await as.put(`/accounts/${id}/policies/standard`, standardWarranty);
  }

  /** A service center says that it repairs the drill, and its manufacturers authorise it. */
  async #offerService({ name, role, region, capacity, repairsFor }: PartyPlan): Promise<void> {
    if (role !== 'serviceCenter') return;
    const able = repairsFor.filter(
      (maker) => this.#scenario.parties.find((one) => one.name === maker)?.edition !== 'standard',
    );
    const { id, number, as } = this.party(name);
    const models = able.map((maker) => ({ manufacturer: this.party(maker).number, model: drill.id }));
    await as.put(`/accounts/${id}/service-center`, { region, capacity, models });
    for (const maker of able.map((one) => this.party(one))) {
      await maker.as.put(`/accounts/${maker.id}/authorised-centers/${number}`, {});
    }
  }
}

/** Of roles and editions that have none yet; a higher edition costs more. */
async function setPrices(operator: Caller): Promise<void> {
  const lists =
    await operator.get<{ role: string; edition: string | null; accountId: string | null }[]>('/price-lists');
  const plans = [
    { role: 'serviceCenter', edition: null },
    ...editions.map((edition) => ({ role: 'manufacturer', edition })),
  ];
  for (const [rank, { role, edition }] of plans.entries()) {
    if (lists.some((one) => one.role === role && one.edition === edition && one.accountId === null)) continue;
    const plan = { role, ...(edition === null ? {} : { edition }) };
    const yearlyAmount = Math.max(1, rank) * PRICE;
    const price = { ...plan, currency: 'CNY', yearlyAmount, effectiveFrom: '2020-01-01T00:00:00.000Z' };
    await operator.post('/price-lists', price, `simulation-prices-${role}-${edition ?? 'all'}`);
  }
}

function monthBefore(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() - 1);
  return date.toISOString().slice(0, 10);
}
