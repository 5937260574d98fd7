import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startDispatcher } from '../../activities/dispatcher.ts';
import { createActivities } from '../../activities/index.ts';
import type { Executions } from '../../activities/executions.ts';
import { noticeMail, smtpTransport } from '../../activities/mail.ts';
import type { MailTransport, OutgoingMail } from '../../activities/mail.ts';
import { fenceAccount } from '../../db/accounts.ts';
import { createDatabase } from '../../db/database.ts';
import type { Db } from '../../db/database.ts';
import { fileKeyStore } from '../../db/keys.ts';
import { createVault } from '../../db/vault.ts';
import { createDatabase as newDatabase, folder, stackUrls, testConfig } from '../support/stack.ts';
import { memoryLog, newAccount, someday } from './rows.ts';

let db: Db;
beforeAll(async () => {
  db = createDatabase(await newDatabase());
});
afterAll(() => db.destroy());

const keys = () => fileKeyStore(folder());

async function warned(store: ReturnType<typeof keys>, email: string | null) {
  const account = await newAccount(db);
  if (email !== null) {
    await db
      .transaction()
      .execute((trx) =>
        createVault(store).put(trx, { subject: account, name: 'contact', accountId: account, value: { email } }),
      );
  }
  const activities = createActivities({ db, keys: store, filesDir: folder(), executions: {} as Executions });
  const params = { dueAt: someday, deletesNotBefore: '2027-03-17T16:00:00.000Z' };
  const posted = (await activities.postNotice({ accountId: account, kind: 'overdueWarning', params } as never, {
    key: `warning-${account}`,
    at: someday,
  })) as { noticeId: string; certificateNumber: string };
  return { account, ...posted };
}

const noticeOf = (id: string) => db.selectFrom('notices').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

async function dispatched(store: ReturnType<typeof keys>, transport: MailTransport, until: () => Promise<void>) {
  const log = memoryLog();
  const dispatcher = startDispatcher({
    db,
    deliver: () => Promise.resolve('delivered'),
    sendMail: noticeMail({ transport, vault: createVault(store), publicUrl: 'http://pacta.example' }),
    log,
    pollMs: 50,
  });
  try {
    await vi.waitFor(until, { timeout: 10_000, interval: 20 });
  } finally {
    await dispatcher.stop();
  }
  return log;
}

const emptied = async () => expect(await db.selectFrom('outbox').selectAll().execute()).toEqual([]);

describe('the e-mail copy of a notice', () => {
  it('reaches the mailbox that the vault names, with text, certificate and a message id [A6]', async () => {
    const { smtpUrl, mailFrom } = await testConfig();
    const store = keys();
    const { account, noticeId, certificateNumber } = await warned(store, `${Date.now()}@tools.example`);
    const before = await db.selectFrom('outbox').selectAll().execute();
    expect(JSON.stringify(before)).not.toContain('@tools.example');
    const transport = smtpTransport(smtpUrl, mailFrom);
    await dispatched(store, transport, emptied);
    transport.close();
    const notice = await noticeOf(noticeId);
    expect(notice).toMatchObject({ mail_message_id: `<mail-${noticeId}@pacta.example>`, mail_error: null });
    expect(notice.mail_sent_at).not.toBeNull();
    const mails = (await (await fetch(`${stackUrls().mail}/mails.json`)).json()) as { id: string }[];
    const sources = await Promise.all(
      mails.map(async ({ id }) => (await fetch(`${stackUrls().mail}/mails/${id}.eml`)).text()),
    );
    const [mail] = sources.filter((source) => source.includes(`mail-${noticeId}@pacta.example`));
    expect(mail).toContain('Final warning');
    expect(mail?.replaceAll('=\r\n', '')).toContain(certificateNumber);
    expect(mail?.replaceAll('=\r\n', '')).toContain(`/accounts/${account}/notices`);
  });

  it('keeps its message id when it is tried again [A6]', async () => {
    const store = keys();
    const { noticeId } = await warned(store, 'li@tools.example');
    const tried: OutgoingMail[] = [];
    const transport: MailTransport = {
      send: (mail) => {
        tried.push(mail);
        return tried.length < 3 ? Promise.reject(new Error('greylisted, li@tools.example')) : Promise.resolve();
      },
      close: () => {},
    };
    const log = await dispatched(store, transport, emptied);
    expect(new Set(tried.map(({ messageId }) => messageId))).toEqual(new Set([`<mail-${noticeId}@pacta.example>`]));
    expect(tried).toHaveLength(3);
    expect(JSON.stringify(log.lines)).not.toContain('tools.example');
  });

  it('that is refused for good, or has no address, is noted and changes nothing else [A6]', async () => {
    const store = keys();
    const refused = await warned(store, 'gone@tools.example');
    const nowhere = await warned(store, null);
    const transport: MailTransport = {
      send: () => Promise.reject(Object.assign(new Error('no such user'), { responseCode: 550 })),
      close: () => {},
    };
    await dispatched(store, transport, emptied);
    expect(await noticeOf(refused.noticeId)).toMatchObject({
      mail_error: 'refused 550',
      mail_sent_at: null,
      posted_at: someday,
    });
    expect(await noticeOf(nowhere.noticeId)).toMatchObject({ mail_error: 'noAddress', mail_sent_at: null });
  });

  it('is dropped with its account [C5]', async () => {
    const store = keys();
    const { account } = await warned(store, 'li@tools.example');
    await db.transaction().execute((trx) => fenceAccount(trx, account, someday));
    const sent: OutgoingMail[] = [];
    const transport: MailTransport = { send: (mail) => (sent.push(mail), Promise.resolve()), close: () => {} };
    await dispatched(store, transport, emptied);
    expect(sent).toEqual([]);
  });
});
