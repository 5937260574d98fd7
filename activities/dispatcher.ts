/**
 * Carries what stands in the outbox: messages to durable instances, and e-mail copies. Runs in every worker process; any
 * number of them share the work, and keep the order of each pair of sender and receiver.
 *
 * A row stays locked by its transaction while it is delivered. If the process dies the lock goes with the connection, and
 * another dispatcher delivers again at once: delivery is at least once, and the receiver takes an id once.
 */
import { findClock, presentOf } from '../db/clocks.ts';
import { attempt } from '../db/database.ts';
import type { Db, Trx } from '../db/database.ts';
import { listenToOutbox } from '../db/listen.ts';
import { deleteOutboxRow, insertMessage, lockNextOutboxRow, postponeOutboxRow } from '../db/outbox.ts';
import type { OutboxRow } from '../db/outbox.ts';
import type { Instant, Json } from '../db/schema.ts';
import type { Log } from './deps.ts';
import { noFailpoint } from './failpoint.ts';
import type { Failpoint } from './failpoint.ts';
import { Wakeups } from './wakeups.ts';

/** A message on its way, as the deliverer gets it. */
export interface Delivery {
  /** The same for every try: the receiver's event id. */
  readonly id: string;
  readonly to: { readonly machine: string; readonly id: string };
  /** Start the receiver with this input first, unless it exists. */
  readonly start?: Json;
  readonly event?: { readonly type: string; readonly [key: string]: Json | undefined };
  /** Instance id of the sender; absent when no instance sent it. */
  readonly from?: string;
  /** The receiver's test clock and its present; null: real time. */
  readonly clock: { readonly name: string; readonly at: Instant } | null;
}

/** What became of a delivery. Throwing means "try again later". */
export type Delivered = 'delivered' | { readonly refused: string };

/** What became of an e-mail copy. Throwing means "try again later". */
export type SendMail = (row: OutboxRow, trx: Trx) => Promise<void>;

export interface DispatcherDeps {
  readonly db: Db;
  /** For LISTEN; without it the dispatcher only polls. */
  readonly databaseUrl?: string;
  readonly deliver: (delivery: Delivery) => Promise<Delivered>;
  /** Without it e-mail copies stay in the outbox. */
  readonly sendMail?: SendMail;
  readonly log: Log;
  readonly failpoint?: Failpoint;
  /** Deliveries at a time; each holds a database connection. Default 4. */
  readonly lanes?: number;
  /** How often to look without being woken, in milliseconds. Default 1,000. */
  readonly pollMs?: number;
}

export interface Dispatcher {
  /** Takes no new rows and waits for deliveries in flight. */
  stop(): Promise<void>;
}

const backoff: Record<OutboxRow['kind'], { readonly firstMs: number; readonly atMostMs: number }> = {
  message: { firstMs: 200, atMostMs: 30_000 },
  mail: { firstMs: 1_000, atMostMs: 600_000 },
};

/** The event with which a sender learns that its message was not taken. */
const REFUSED = 'message.refused';

/** Starts the dispatcher; it runs until it is stopped, also while the database is away. */
export function startDispatcher(deps: DispatcherDeps): Dispatcher {
  const failpoint = deps.failpoint ?? noFailpoint;
  const pollMs = deps.pollMs ?? 1_000;
  const wakeups = { message: new Wakeups(), mail: new Wakeups() };
  let isStopped = false;

  async function lane(kind: OutboxRow['kind']): Promise<void> {
    while (!isStopped) {
      let isBusy = false;
      try {
        isBusy = await deps.db.transaction().execute((trx) => dispatchNext(trx, kind));
      } catch (error) {
        deps.log.warn({ kind, error: nameOf(error) }, 'The outbox cannot be read; trying again');
      }
      if (!isBusy && !isStopped) await wakeups[kind].wait(pollMs);
    }
  }

  /** @returns false when nothing is due. */
  async function dispatchNext(trx: Trx, kind: OutboxRow['kind']): Promise<boolean> {
    const row = await lockNextOutboxRow(trx, kind, new Date().toISOString());
    if (!row) return false;
    // One notification may stand for many rows: while there are some, another lane helps.
    wakeups[kind].wakeOne();
    try {
      await attempt(trx, () => (kind === 'message' ? deliver(trx, row) : deps.sendMail!(row, trx)));
    } catch (error) {
      await postpone(trx, row, error);
      return true;
    }
    await failpoint(`dispatch.${kind}.after`);
    await deleteOutboxRow(trx, row.id);
    return true;
  }

  async function deliver(trx: Trx, row: OutboxRow): Promise<void> {
    const delivery = await deliveryOf(trx, row);
    const outcome = await deps.deliver(delivery);
    if (outcome === 'delivered') return;
    const { id, to, event } = delivery;
    const facts = { id, receiver: to.id, event: event?.type, reason: outcome.refused };
    if (row.sender_machine === null || event?.type === REFUSED) {
      // Nobody is there to hear of it: without this two instances could refuse each other's refusals for ever.
      deps.log.error(facts, 'A message was refused and is dropped');
      return;
    }
    deps.log.warn(facts, 'A message was refused; its sender is told');
    await insertMessage(trx, {
      id: `${row.id}.refused`,
      sender: row.receiver,
      senderMachine: row.receiver_machine,
      to: { machine: row.sender_machine, id: row.sender },
      event: { type: REFUSED, messageId: id, to: to.id, eventType: event?.type ?? 'start', reason: outcome.refused },
      now: new Date().toISOString(),
    });
  }

  async function postpone(trx: Trx, row: OutboxRow, error: unknown): Promise<void> {
    const { firstMs, atMostMs } = backoff[row.kind];
    const delay = Math.min(firstMs * 2 ** Math.min(row.attempts, 20), atMostMs);
    const until = new Date(Date.now() + delay).toISOString();
    await postponeOutboxRow(trx, row, until, nameOf(error));
    deps.log.warn({ id: row.id, kind: row.kind, attempts: row.attempts + 1, error: nameOf(error) }, 'Delivery failed');
    wakeups[row.kind].wakeOneIn(delay);
  }

  const listener = deps.databaseUrl
    ? listenToOutbox(deps.databaseUrl, () => {
        wakeups.message.wakeOne();
        wakeups.mail.wakeOne();
      })
    : undefined;
  const lanes = Array.from({ length: deps.lanes ?? 4 }, () => lane('message'));
  // Mail has a lane of its own: a slow mail server never keeps a message waiting.
  if (deps.sendMail) lanes.push(lane('mail'));

  return {
    async stop() {
      isStopped = true;
      wakeups.message.close();
      wakeups.mail.close();
      await listener?.stop();
      await Promise.all(lanes);
    },
  };
}

async function deliveryOf(trx: Trx, row: OutboxRow): Promise<Delivery> {
  const { start, event } = row.payload as Pick<Delivery, 'start' | 'event'>;
  const clock = row.clock === null ? undefined : await findClock(trx, row.clock);
  return {
    id: row.id,
    to: { machine: row.receiver_machine ?? '', id: row.receiver },
    start,
    event,
    from: row.sender_machine === null ? undefined : row.sender,
    clock: clock ? { name: clock.name, at: presentOf(clock, new Date()).toISOString() } : null,
  };
}

/** Errors of servers can repeat what they were given: only what kind of error it was is kept. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Error';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' || typeof code === 'number' ? `${error.name} ${code}` : error.name;
}
