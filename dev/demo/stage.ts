/** Where the story plays: the callers, a test clock of its own, the rows it has written and the dates it has checked. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountAnswer, ClockAnswer, ExportAnswer, ReceiptAnswer, Registered } from './answers.ts';
import { daysSince, localTime, nextLeapDay } from './expected-dates.ts';
import { bankHeaders, caller, type Caller } from './http.ts';

export interface Place {
  readonly apiUrl: string;
  readonly operatorKey: string;
  readonly bankSecret: string;
  readonly signal?: AbortSignal;
  /** Called for every row as it happens, and with what is under way. */
  readonly onRow?: (row: Row) => void;
  readonly onWait?: (what: string) => void;
}

export interface Row {
  /** Contract time, as the API tells it. */
  readonly at: string;
  /** Days since day 0 of the story, in the agreement's zone. */
  readonly day: number;
  readonly what: string;
  readonly clause: string;
  readonly who: string;
}

export interface Check {
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  readonly ok: boolean;
}

/** How long an erasure may take from the moment on which it falls due: it deletes in seven steps. */
export const ERASURE_TOLERANCE_MS = 60_000;

/** A step of the story did not happen. */
export class StepMissing extends Error {
  override readonly name = 'StepMissing';
}

export interface Actor {
  readonly name: string;
  readonly accountId: string;
  readonly path: string;
  readonly as: Caller;
}

/** How late a deadline's contract time may be recorded: test clocks run on in real time while a slow machine works. */
const TIMER_TOLERANCE_MS = 5000;
const PATIENCE_MS = 20_000;

export class Stage {
  readonly run = randomBytes(4).toString('hex');
  readonly clock = `demo-${this.run}`;
  /** The day from which the story counts: the one on which the manufacturer becomes active, or the claim is filed. */
  readonly dayZero: string;
  readonly rows: Row[] = [];
  readonly checks: Check[] = [];
  readonly operator: Caller;
  readonly anyone: Caller;
  readonly #place: Place;
  #transfers = 0;

  constructor(place: Place, dayZero = nextLeapDay(Date.now())) {
    this.#place = place;
    this.dayZero = dayZero;
    this.operator = caller(place.apiUrl, place.operatorKey, place.signal);
    this.anyone = caller(place.apiUrl, undefined, place.signal);
  }

  actor(name: string, { accountId, token }: Registered): Actor {
    const as = caller(this.#place.apiUrl, token, this.#place.signal);
    return { name, accountId, path: `/accounts/${accountId}`, as };
  }

  async advance(to: string): Promise<void> {
    this.#place.onWait?.(`the clock moves to ${to}`);
    await this.operator.post<ClockAnswer>(`/clocks/${this.clock}/advance`, { to });
  }

  row(at: string | null, what: string, clause: string, who: string): void {
    if (at === null) throw new StepMissing(`"${what}" has no date`);
    const day = daysSince(localTime(this.dayZero, 0), at);
    const row = { at, day, what, clause, who };
    this.rows.push(row);
    this.#place.onRow?.(row);
  }

  /** The moment that the API tells is the expected one, or at most this much after it. */
  checkDate(what: string, actual: string | null | undefined, expected: string, withinMs = TIMER_TOLERANCE_MS): void {
    const late = actual == null ? NaN : Date.parse(actual) - Date.parse(expected);
    this.checks.push({ what, expected, actual: actual ?? 'nothing', ok: late >= 0 && late <= withinMs });
  }

  check(what: string, actual: unknown, expected: unknown): void {
    const [is, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
    this.checks.push({ what, expected: wanted, actual: is ?? 'nothing', ok: is === wanted });
  }

  account(actor: Actor): Promise<AccountAnswer> {
    return actor.as.get(actor.path);
  }

  /** Contract time of a step of an account's contract, from the history in its export. */
  async timeOf(actor: Actor, sequence: number): Promise<string> {
    const { sections } = await actor.as.get<ExportAnswer>(`${actor.path}/export`);
    const step = sections.history.find((one) => one.sequence === sequence);
    if (step === undefined) throw new StepMissing(`${actor.name}: step ${sequence} is not in the history`);
    return step.at;
  }

  /** Waits until what was asked for is seen. @throws {StepMissing} */
  async until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (let pause = 20; ; pause = Math.min(pause * 2, 250)) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > giveUpAt) throw new StepMissing(`${what}: not seen within ${PATIENCE_MS / 1000} s`);
      await sleep(pause, undefined, this.#place.signal ? { signal: this.#place.signal } : {});
    }
  }

  /** The bank tells of a transfer. */
  async transfer(amount: number, bookedOn: string, text: string): Promise<ReceiptAnswer> {
    const body = JSON.stringify({
      transactions: [{ id: this.#nextTransfer(), amount, currency: 'CNY', bookedOn, text, payer: 'A payer' }],
    });
    const { receipts } = await this.#told(body);
    return this.settled(receipts[0]!.receiptId);
  }

  /** The operator takes a transfer from a bank statement. */
  async statement(amount: number, bookedOn: string, text: string): Promise<ReceiptAnswer> {
    const bankTransactionId = this.#nextTransfer();
    const transfer = { source: 'statement', bankTransactionId, amount, currency: 'CNY', bookedOn, text };
    const { receiptId } = await this.operator.post<ReceiptAnswer>('/receipts', { ...transfer, clock: this.clock });
    return this.settled(receiptId);
  }

  settled(receiptId: string): Promise<ReceiptAnswer> {
    return this.until('the receipt is taken', async () => {
      const receipt = await this.operator.get<ReceiptAnswer>(`/receipts/${receiptId}`);
      return receipt.state !== 'received' && receipt;
    });
  }

  /** When a receipt was applied to one of the account's orders. */
  async appliedAt(actor: Actor, { receiptId }: ReceiptAnswer): Promise<string> {
    const { sections } = await actor.as.get<ExportAnswer>(`${actor.path}/export`);
    const allocation = sections.allocations.find((one) => one.receipt_id === receiptId);
    if (allocation === undefined) throw new StepMissing(`${actor.name}: a transfer was not applied`);
    return allocation.allocated_at;
  }

  #nextTransfer(): string {
    this.#transfers += 1;
    return `DEMO-${this.run}-${this.#transfers}`;
  }

  async #told(body: string): Promise<{ receipts: { receiptId: string }[] }> {
    const headers = bankHeaders(body, this.#place.bankSecret);
    const { status, body: answer } = await this.anyone.request<{ receipts: { receiptId: string }[] }>(
      'POST',
      '/webhooks/bank',
      { body, headers },
    );
    if (status !== 200) throw new StepMissing(`the bank's message was answered with ${status}`);
    return answer;
  }
}
