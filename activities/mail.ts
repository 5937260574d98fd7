/**
 * E-mail copies of notices. Text and address come together only here, when the mail is sent; the outbox knows neither.
 * What happens to a copy never changes the delivery of its notice (A6).
 */
import { createTransport } from 'nodemailer';
import { findAccount } from '../db/accounts.ts';
import type { Trx } from '../db/database.ts';
import { setNoticeMail } from '../db/notices.ts';
import type { Json } from '../db/schema.ts';
import { VaultUnreadable } from '../db/vault.ts';
import type { Vault } from '../db/vault.ts';
import type { SendMail } from './dispatcher.ts';
import { noticeText } from './notice-text.ts';

/** A mail as it goes out. */
export interface OutgoingMail {
  /** Stable over retries, `<id@host>`: a reader's mailbox can tell a second copy. */
  readonly messageId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface MailTransport {
  /** @throws when it could not be sent; with `responseCode` 5xx when it never will be. */
  send(mail: OutgoingMail): Promise<void>;
  close(): void;
}

/** @param smtpUrl `smtp://…`, @param from the sender's address. */
export function smtpTransport(smtpUrl: string, from: string): MailTransport {
  const transport = createTransport(
    { url: smtpUrl, pool: true, maxConnections: 2, connectionTimeout: 10_000, socketTimeout: 20_000 },
    { from },
  );
  return {
    async send({ messageId, to, subject, text }) {
      await transport.sendMail({ messageId, to, subject, text });
    },
    close: () => transport.close(),
  };
}

export interface MailDeps {
  readonly transport: MailTransport;
  readonly vault: Vault;
  /** Host of the message ids, and where readers find their account's page. */
  readonly publicUrl: string;
}

/** After this long a copy is given up, and the notice says so. */
const GIVE_UP_MS = 3 * 24 * 3_600_000;

/** How the dispatcher sends the copies of notices. */
export function noticeMail({ transport, vault, publicUrl }: MailDeps): SendMail {
  const { hostname } = new URL(publicUrl);
  return async (row, trx) => {
    const accountId = row.tenant;
    const account = accountId === null ? undefined : await findAccount(trx, accountId);
    // Nobody is there any more: the copy goes with the account.
    if (accountId === null || !account || account.erased_at !== null) return;
    const { noticeId, template, params } = row.payload as unknown as MailPayload;
    const messageId = `<${row.id}@${hostname}>`;
    const note = (sentAt: string | null, error: string | null) =>
      setNoticeMail(trx, noticeId, { messageId, sentAt, error });
    const to = await addressOf(vault, trx, accountId);
    if (to === undefined) {
      await note(null, 'noAddress');
      return;
    }
    const { subject, text } = noticeText(template, params);
    const page = `${publicUrl}/accounts/${accountId}`;
    try {
      await transport.send({
        messageId,
        to,
        subject,
        text: `${text}\n\nThis is a copy. The notice stands at ${page}/notices\n`,
      });
    } catch (error) {
      const permanent = permanentCode(error);
      if (permanent === undefined && Date.now() - Date.parse(row.created_at) < GIVE_UP_MS) throw error;
      await note(null, permanent === undefined ? 'givenUp' : `refused ${permanent}`);
      return;
    }
    await note(new Date().toISOString(), null);
  };
}

interface MailPayload {
  readonly noticeId: string;
  readonly template: string;
  readonly params: { readonly [name: string]: Json | undefined };
}

/** Name of the vault entry with whom to address. */
const CONTACT = 'contact';

async function addressOf(vault: Vault, trx: Trx, accountId: string): Promise<string | undefined> {
  try {
    const contact = await vault.get(trx, accountId, CONTACT);
    const email = (contact as { email?: unknown } | null | undefined)?.email;
    return typeof email === 'string' ? email : undefined;
  } catch (error) {
    if (error instanceof VaultUnreadable) return undefined;
    throw error;
  }
}

/** SMTP's 5xx: trying again would change nothing. */
function permanentCode(error: unknown): number | undefined {
  const code = (error as { responseCode?: unknown } | null)?.responseCode;
  return typeof code === 'number' && code >= 500 ? code : undefined;
}
