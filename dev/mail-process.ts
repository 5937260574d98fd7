/**
 * The mail catcher: takes every mail over SMTP, keeps it as an .eml file, delivers nothing, and shows what it has kept.
 * Arguments: the folder of the mails, the SMTP port, the HTTP port.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { decodeWords, listPage, mailPage, parseHeaders, type CaughtMail } from './mail-page.ts';
import { requireNode } from './node-guard.mjs';

requireNode();

const LIMIT_BYTES = 25_000_000;
const [folder = '', smtpPort = '', httpPort = ''] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  size: LIMIT_BYTES,
  disableReverseLookup: true,
  logger: false,
  onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anyone' }),
  onData: (stream, session, done) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const { mailFrom, rcptTo } = session.envelope;
      const envelope = [
        `Return-Path: <${mailFrom === false ? '' : mailFrom.address}>`,
        ...rcptTo.map(({ address }) => `Delivered-To: ${address}`),
      ];
      try {
        keep(Buffer.concat([Buffer.from(`${envelope.join('\r\n')}\r\n`), ...chunks]));
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    });
  },
});
smtp.on('error', (error) => process.stderr.write(`${error.message}\n`));

const http = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const send = (status: number, type: string, body: string | Buffer): void => {
    response
      .writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'x-content-type-options': 'nosniff' })
      .end(body);
  };
  const [, id, form] = /^\/mails\/([\w-]+)(\.eml|\.json)?$/.exec(pathname) ?? [];
  if (request.method !== 'GET') send(405, 'text/plain', 'The mail catcher only shows.');
  else if (pathname === '/') send(200, 'text/html', listPage(mails()));
  else if (pathname === '/mails.json') send(200, 'application/json', JSON.stringify(mails()));
  else if (id === undefined) send(404, 'text/plain', 'There is no such page. The list is at /.');
  else {
    const mail = mails().find((candidate) => candidate.id === id);
    if (mail === undefined) send(404, 'text/plain', 'There is no such mail. The list is at /.');
    else if (form === '.json')
      send(200, 'application/json', JSON.stringify({ ...mail, source: source(id).toString('utf8') }));
    else if (form === '.eml') send(200, 'message/rfc822', source(id));
    else send(200, 'text/html', mailPage(mail, source(id).toString('utf8')));
  }
});

smtp.listen(Number(smtpPort), '127.0.0.1', () => {
  http.listen(Number(httpPort), '127.0.0.1', () => process.stdout.write('mail ready\n'));
});

for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.once(name, () => {
    http.close();
    http.closeAllConnections();
    smtp.close(() => process.exit(0));
    setTimeout(() => process.exit(0), 1000).unref();
  });
}

/** Written whole under another name first: a mail that is listed is complete. */
function keep(message: Buffer): void {
  const id = `${Date.now().toString().padStart(15, '0')}-${randomUUID()}`;
  const unfinished = join(folder, `${id}.part`);
  writeFileSync(unfinished, message, { mode: 0o600 });
  renameSync(unfinished, join(folder, `${id}.eml`));
}

function source(id: string): Buffer {
  return readFileSync(join(folder, `${id}.eml`));
}

/** All mails, the newest first. */
function mails(): CaughtMail[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.eml'))
    .toSorted()
    .toReversed()
    .map((name) => {
      const id = name.slice(0, -'.eml'.length);
      const headers = parseHeaders(source(id).toString('utf8'));
      const header = (wanted: string): string => decodeWords(headers.find(([key]) => key === wanted)?.[1] ?? '');
      return {
        id,
        receivedAt: new Date(Number(id.split('-')[0])).toISOString(),
        from: header('from'),
        to: headers.filter(([key]) => key === 'delivered-to').map(([, value]) => value),
        subject: header('subject'),
        messageId: header('message-id'),
      };
    });
}
