/**
 * What must still leave: messages between instances and e-mail copies. Rows are inserted in the transaction that decided
 * on them and deleted when they are delivered.
 */
import type { Selectable } from 'kysely';
import { clockOfInstance } from './clocks.ts';
import type { Db, Trx } from './database.ts';
import type { Instant, Json, OutboxTable } from './schema.ts';

export type OutboxRow = Selectable<OutboxTable>;

/** A message to a durable instance; the shape of the engine's `Message` in rows. */
export interface NewMessage {
  /** Unique for ever; the receiver takes a message of one id once. */
  readonly id: string;
  /** An instance id, or a name like `api` for what no instance sent. */
  readonly sender: string;
  /** Null when no instance sent it: then nobody hears of a refusal. */
  readonly senderMachine: string | null;
  readonly to: { readonly machine: string; readonly id: string };
  readonly start?: Json;
  readonly event?: { readonly type: string; readonly [key: string]: Json | undefined };
  /** The account whose data this is, if it must vanish with it. */
  readonly tenant?: string | null;
  /** Real time. */
  readonly now: Instant;
}

/** A message that is there already stays as it is. */
export async function insertMessage(trx: Db, message: NewMessage): Promise<void> {
  await trx
    .insertInto('outbox')
    .values({
      id: message.id,
      kind: 'message',
      sender: message.sender,
      sender_machine: message.senderMachine,
      receiver: message.to.id,
      receiver_machine: message.to.machine,
      payload: JSON.stringify({ start: message.start, event: message.event }),
      tenant: message.tenant ?? null,
      clock: await clockOfInstance(trx, message.to.id),
      next_attempt_at: message.now,
      last_error: null,
      created_at: message.now,
      attempts: 0,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** What an e-mail copy is made from when it is sent; nothing personal is in it. */
export interface NewMail {
  readonly id: string;
  readonly accountId: string;
  readonly noticeId: string;
  readonly template: string;
  readonly params: { readonly [name: string]: Json | undefined };
  readonly now: Instant;
}

export async function insertMail(trx: Trx, mail: NewMail): Promise<void> {
  await trx
    .insertInto('outbox')
    .values({
      id: mail.id,
      kind: 'mail',
      // Mails of one account leave in order, and never wait for those of another.
      sender: mail.accountId,
      sender_machine: null,
      receiver: 'mail',
      receiver_machine: null,
      payload: JSON.stringify({ noticeId: mail.noticeId, template: mail.template, params: mail.params }),
      tenant: mail.accountId,
      clock: null,
      next_attempt_at: mail.now,
      last_error: null,
      created_at: mail.now,
      attempts: 0,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/**
 * Locks the oldest row that is due and first of its (sender, receiver) pair, passing over rows that another dispatcher
 * holds. While it is locked or failing, later rows of its pair wait: order is kept per pair.
 */
export function lockNextOutboxRow(trx: Trx, kind: OutboxRow['kind'], realNow: Instant): Promise<OutboxRow | undefined> {
  return (
    trx
      .selectFrom('outbox as row')
      .selectAll('row')
      .where('row.kind', '=', kind)
      .where('row.next_attempt_at', '<=', realNow)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('outbox as earlier')
              .select('earlier.id')
              .whereRef('earlier.kind', '=', 'row.kind')
              .whereRef('earlier.sender', '=', 'row.sender')
              .whereRef('earlier.receiver', '=', 'row.receiver')
              .whereRef('earlier.position', '<', 'row.position'),
          ),
        ),
      )
      // Those that waited longest first: a receiver that never answers takes its turn with the others.
      .orderBy('row.next_attempt_at')
      .orderBy('row.position')
      .limit(1)
      .forUpdate('row')
      .skipLocked()
      .executeTakeFirst()
  );
}

export async function deleteOutboxRow(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('outbox').where('id', '=', id).execute();
}

export async function postponeOutboxRow(
  trx: Trx,
  row: Pick<OutboxRow, 'id' | 'attempts'>,
  until: Instant,
  error: string,
): Promise<void> {
  await trx
    .updateTable('outbox')
    .set({ attempts: row.attempts + 1, next_attempt_at: until, last_error: error })
    .where('id', '=', row.id)
    .execute();
}

export async function countMessagesFrom(db: Db, sender: string): Promise<number> {
  return await count(db, (query) => query.where('sender', '=', sender));
}

/** Messages on their way to instances on this clock: while there are any, its world is still busy at the present. */
export async function countMessagesOnClock(db: Db, clock: string): Promise<number> {
  return await count(db, (query) => query.where('clock', '=', clock));
}

async function count(db: Db, narrow: (query: ReturnType<typeof messages>) => ReturnType<typeof messages>) {
  const found = await narrow(messages(db)).executeTakeFirst();
  return found?.n ?? 0;
}

function messages(db: Db) {
  return db
    .selectFrom('outbox')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('kind', '=', 'message');
}
