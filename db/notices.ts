/** Announcements: personal ones on the account's page, public ones on the website (A6). */
import type { Selectable } from 'kysely';
import type { Db } from './database.ts';
import type { Instant, Json, NoticesTable } from './schema.ts';

export type Notice = Selectable<NoticesTable>;

export interface NewNotice {
  readonly id: string;
  /** Null: for everybody, on the public page. */
  readonly accountId: string | null;
  readonly kind: string;
  /** What the text is made from. No personal data. */
  readonly params: { readonly [name: string]: Json | undefined };
  /** Idempotency key: posting twice is posting once. */
  readonly key: string;
  readonly postedAt: Instant;
  /** Given where no machine waits for the delivery, as with public announcements: posting is delivering. */
  readonly deliveredAt?: Instant | null;
  readonly certificateNumber?: string | null;
}

/** @returns the notice of this key, and whether this call posted it. */
export async function insertNotice(db: Db, notice: NewNotice): Promise<{ isNew: boolean; notice: Notice }> {
  const inserted = await db
    .insertInto('notices')
    .values({
      id: notice.id,
      account_id: notice.accountId,
      kind: notice.kind,
      params: JSON.stringify(notice.params),
      posted_key: notice.key,
      posted_at: notice.postedAt,
      delivered_at: notice.deliveredAt ?? null,
      deletes_at: null,
      certificate_number: notice.certificateNumber ?? null,
      mail_sent_at: null,
      mail_message_id: null,
      mail_error: null,
    })
    .onConflict((conflict) => conflict.column('posted_key').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (inserted) return { isNew: true, notice: inserted };
  const known = await findNoticeByKey(db, notice.key);
  if (!known) throw new Error(`Notice ${notice.key} is neither new nor known`);
  return { isNew: false, notice: known };
}

export function findNoticeByKey(db: Db, key: string): Promise<Notice | undefined> {
  return db.selectFrom('notices').selectAll().where('posted_key', '=', key).executeTakeFirst();
}

/** The machine has learned of the posting: from here the waiting periods count. */
export async function setNoticeDelivered(
  db: Db,
  id: string,
  deliveredAt: Instant,
  deletesAt: Instant | null,
): Promise<void> {
  await db
    .updateTable('notices')
    .set({ delivered_at: deliveredAt, deletes_at: deletesAt })
    .where('id', '=', id)
    .execute();
}

/** Facts about the e-mail copy; they never change the delivery. */
export async function setNoticeMail(
  db: Db,
  id: string,
  mail: { readonly messageId: string; readonly sentAt: Instant | null; readonly error: string | null },
): Promise<void> {
  await db
    .updateTable('notices')
    .set({ mail_message_id: mail.messageId, mail_sent_at: mail.sentAt, mail_error: mail.error })
    .where('id', '=', id)
    .execute();
}

/** The account's page, newest first. */
export function listNotices(db: Db, accountId: string): Promise<Notice[]> {
  return db
    .selectFrom('notices')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('posted_at', 'desc')
    .orderBy('id')
    .execute();
}

/** The public page, newest first. */
export function listAnnouncements(db: Db): Promise<Notice[]> {
  return db
    .selectFrom('notices')
    .selectAll()
    .where('account_id', 'is', null)
    .orderBy('posted_at', 'desc')
    .orderBy('id')
    .execute();
}
