/**
 * The product as its users meet it, for tests: worker and API as processes of their own on the run's servers, with a
 * database for this test file alone, and callers who talk HTTP with it.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import type {
  AccountAnswer,
  AgreementAnswer,
  ClockAnswer,
  OrderAnswer,
  ReceiptAnswer,
  Registered,
} from '../../dev/demo/answers.ts';
import { bankHeaders, caller, type Answer, type Caller } from '../../dev/demo/http.ts';
import { spawnChild, stopChild, untilReady, type Child, type ChildPlan } from '../../dev/child.ts';
import { choosePorts } from '../../dev/ports.ts';
import { planApi, planWorker } from '../../dev/processes.ts';
import { PROJECT_ROOT } from '../../dev/stack.ts';
import { folder, testEnvironment } from './stack.ts';

export type * from '../../dev/demo/answers.ts';
export type { Answer, Caller, ProblemBody } from '../../dev/demo/http.ts';

const STOP_MS = 6000;
const PATIENCE_MS = 30_000;

type Part = 'worker' | 'api';

/** Worker and API, running. */
export interface Product {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly operator: Caller;
  readonly anyone: Caller;
  as(token: string): Caller;
  /** Ends a part as a deployment would; with `SIGKILL` as a crash would. */
  stop(part: Part, signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  start(part: Part): Promise<void>;
  /** All that a part has written so far, over all its starts. */
  log(part: Part): string;
  /** Ends both. */
  close(): Promise<void>;
}

export async function startProduct(overrides: Readonly<Record<string, string>> = {}): Promise<Product> {
  const [port] = await choosePorts([{ name: 'the API', preferred: 0, variable: 'PACTA_PORT' }]);
  const url = `http://127.0.0.1:${port}`;
  const env = await testEnvironment({ PACTA_PORT: String(port), PACTA_PUBLIC_URL: url, ...overrides });
  const logs = folder();
  const plans: Record<Part, ChildPlan> = {
    worker: planWorker(PROJECT_ROOT, join(logs, 'worker.log')),
    api: planApi(PROJECT_ROOT, join(logs, 'api.log'), url),
  };
  const running = new Map<Part, Child>();
  const written = new Map<Part, string>();
  const start = async (part: Part): Promise<void> => {
    const plan = plans[part];
    const child = await spawnChild({ ...plan, env: { ...plan.env, ...env } });
    running.set(part, child);
    await untilReady(child);
  };
  const stop = async (part: Part, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    const child = running.get(part);
    if (child === undefined) return;
    running.delete(part);
    if (signal === 'SIGKILL') process.kill(child.identity.pid, signal);
    await stopChild(child, STOP_MS);
    written.set(part, (written.get(part) ?? '') + child.log());
  };
  const close = async (): Promise<void> => {
    await Promise.all([stop('api'), stop('worker')]);
  };
  try {
    await Promise.all([start('worker'), start('api')]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    env,
    operator: caller(url, env.PACTA_OPERATOR_KEY),
    anyone: caller(url),
    as: (token) => caller(url, token),
    stop,
    start,
    log: (part) => (written.get(part) ?? '') + (running.get(part)?.log() ?? ''),
    close,
  };
}

/** Waits until `look` finds something, and gives it. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  withinMs = PATIENCE_MS,
): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (let pause = 20; ; pause = Math.min(pause * 2, 250)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > giveUpAt) throw new Error(`${what}: not seen within ${withinMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** An account and its user. */
export interface Holder {
  readonly accountId: string;
  readonly token: string;
  readonly path: string;
  readonly as: Caller;
}

/** Prices of a year in fen, in effect on every clock. */
export const PRICES = { manufacturer: 1_200_000, serviceCenter: 600_000 } as const;

/** What tests do again and again, through HTTP. */
export class Contracts {
  readonly #product: Product;

  constructor(product: Product) {
    this.#product = product;
  }

  async setPrices(): Promise<void> {
    const price = { currency: 'CNY', effectiveFrom: '2020-01-01T00:00:00.000Z' };
    for (const [role, yearlyAmount] of Object.entries(PRICES)) {
      const edition = role === 'manufacturer' ? { edition: 'professional' } : {};
      await this.#product.operator.post('/price-lists', { ...price, ...edition, role, yearlyAmount });
    }
  }

  /** A clock of its own; answers its name. */
  async clock(at: string): Promise<string> {
    const name = `test-${randomUUID()}`;
    await this.#product.operator.post('/clocks', { name, at });
    return name;
  }

  async advance(clock: string, to: string): Promise<void> {
    await this.#product.operator.post<ClockAnswer>(`/clocks/${clock}/advance`, { to });
  }

  /** @param particulars on top of a complete registration of a manufacturer */
  async register(particulars: Readonly<Record<string, unknown>> = {}): Promise<Holder> {
    const registered = await this.#product.anyone.post<Registered>('/accounts', registration(particulars));
    const holder = this.holder(registered);
    // On a busy machine the answer may come before the contract has begun.
    await eventually('the beginning of the contract', async () => (await this.account(holder)).sequence > 0);
    return holder;
  }

  holder({ accountId, token }: Pick<Registered, 'accountId' | 'token'>): Holder {
    return { accountId, token, path: `/accounts/${accountId}`, as: this.#product.as(token) };
  }

  account(holder: Holder): Promise<AccountAnswer> {
    return this.#product.operator.get(holder.path);
  }

  async confirm(holder: Holder): Promise<void> {
    const { agreement } = await this.account(holder);
    const { version, textHash } = await this.#product.anyone.get<AgreementAnswer>(`/agreements/${agreement.version}`);
    await holder.as.post(`${holder.path}/confirmation`, { version, textHash });
  }

  /** @returns the order of a paying role */
  async verified(holder: Holder): Promise<OrderAnswer> {
    await this.#product.operator.post(`${holder.path}/verification`, { outcome: 'verified' });
    return eventually('the first order', async () => (await this.account(holder)).orders[0]);
  }

  /** A registration on its way to the order of its first year. */
  async ordered(particulars: Readonly<Record<string, unknown>> = {}): Promise<{ holder: Holder; order: OrderAnswer }> {
    const holder = await this.register(particulars);
    await this.confirm(holder);
    return { holder, order: await this.verified(holder) };
  }

  /** A paying user whose first year is paid. */
  async active(particulars: Readonly<Record<string, unknown>> = {}): Promise<{ holder: Holder; order: OrderAnswer }> {
    const { holder, order } = await this.ordered(particulars);
    await this.paid(order);
    await eventually('the activation', async () => (await this.account(holder)).accountNumber !== null);
    return { holder, order };
  }

  /** The operator confirms a transfer for the whole order. */
  paid(order: OrderAnswer): Promise<ReceiptAnswer> {
    return this.receipt({ amount: order.total, text: order.reference });
  }

  /** The operator confirms a transfer; answers its receipt once it has been decided on. */
  async receipt(particulars: Readonly<Record<string, unknown>>): Promise<ReceiptAnswer> {
    const { receiptId } = await this.#product.operator.post<ReceiptAnswer>('/receipts', transfer(particulars));
    return this.decided(receiptId);
  }

  decided(receiptId: string): Promise<ReceiptAnswer> {
    return eventually('the decision on the receipt', async () => {
      const receipt = await this.#product.operator.get<ReceiptAnswer>(`/receipts/${receiptId}`);
      return receipt.state !== 'received' && receipt;
    });
  }

  /** The bank's signed message. */
  async bank(
    transactions: readonly Readonly<Record<string, unknown>>[],
  ): Promise<Answer<{ receipts: { receiptId: string; outcome: string }[] }>> {
    const body = JSON.stringify({ transactions });
    const secret = this.#product.env.PACTA_BANK_WEBHOOK_SECRETS!.split(',')[0]!.trim();
    return this.#product.anyone.request('POST', '/webhooks/bank', { body, headers: bankHeaders(body, secret) });
  }

  /** Waits for the erasure; answers the path of its certificate. */
  erased(holder: Holder): Promise<string> {
    return eventually('the erasure', async () => {
      const { status, body } = await this.#product.operator.request<{ certificate?: string }>('GET', holder.path);
      return status === 410 && body.certificate;
    });
  }
}

/** A complete registration of a manufacturer, with these particulars on top. */
export function registration(particulars: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const role = particulars.role ?? 'manufacturer';
  return {
    role,
    ...(role === 'manufacturer' ? { edition: 'professional' } : {}),
    organisation: { name: 'Sample Power Tools Ltd.', address: '12 Example Street, Tianjin 300000, China' },
    contact: { name: 'Li Example', email: 'li@tools.example', phone: '+86 22 5555 0100' },
    ...particulars,
  };
}

/** A transfer that has not been told before, with these particulars on top. */
export function transfer(particulars: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { bankTransactionId: `T-${randomUUID()}`, amount: 1, currency: 'CNY', bookedOn: '2030-01-10', ...particulars };
}

/** How late a deadline may be recorded on a machine that runs other tests beside; see the year's own test for a second. */
const LATE_MS = 5000;

/** At the expected instant or right after it; answers how many milliseconds after. */
export function expectRightAfter(actual: string | null | undefined, expected: string): number {
  const late = Date.parse(actual ?? '') - Date.parse(expected);
  expect(late, `${actual} is ${late} ms after ${expected}`).toBeGreaterThanOrEqual(0);
  expect(late, `${actual} is ${late} ms after ${expected}`).toBeLessThan(LATE_MS);
  return late;
}

export function hoursAfter(instant: string, hours: number): string {
  return new Date(Date.parse(instant) + hours * 3_600_000).toISOString();
}
