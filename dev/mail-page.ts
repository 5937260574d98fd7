/** How the mail catcher shows what it has caught: reads a mail's header and writes the two pages. */

export interface CaughtMail {
  readonly id: string;
  /** ISO instant. */
  readonly receivedAt: string;
  readonly from: string;
  /** The addresses of the envelope, not of the header. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly messageId: string;
}

/** The header fields in order, names in lower case, folded lines joined. */
export function parseHeaders(source: string): [name: string, value: string][] {
  const head = source.split(/\r?\n\r?\n/, 1)[0] ?? '';
  return head
    .replaceAll(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)
    .filter((line) => line.includes(':'))
    .map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
}

/** Decodes the encoded words of RFC 2047 in a header field. */
export function decodeWords(value: string): string {
  const joined = value.replaceAll(/\?=\s+=\?/g, '?==?');
  return joined.replaceAll(
    /=\?([^?]+)\?([bq])\?([^?]*)\?=/gi,
    (_word, charset: string, coding: string, text: string) => {
      const bytes = coding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : quoted(text.replaceAll('_', ' '));
      return bytes.toString(charset.toLowerCase() === 'iso-8859-1' ? 'latin1' : 'utf8');
    },
  );
}

export function listPage(mails: readonly CaughtMail[]): string {
  const rows = mails.map(
    ({ id, receivedAt, from, to, subject }) =>
      `<tr><td><time>${escape(receivedAt)}</time></td><td>${escape(to.join(', '))}</td><td>${escape(from)}</td>` +
      `<td><a href="/mails/${escape(id)}">${escape(subject === '' ? '(no subject)' : subject)}</a></td></tr>`,
  );
  const table = `<table><thead><tr><th>Received</th><th>To</th><th>From</th><th>Subject</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return page(
    'Mails',
    `<h1>Mails</h1>${mails.length === 0 ? '<p>No mail has come yet.</p>' : table}<p><a href="/mails.json">as JSON</a></p>`,
  );
}

export function mailPage(mail: CaughtMail, source: string): string {
  const fields = [
    ['To', mail.to.join(', ')],
    ['From', mail.from],
    ['Received', mail.receivedAt],
  ].map(([name, value]) => `<dt>${name}</dt><dd>${escape(value ?? '')}</dd>`);
  return page(
    mail.subject,
    `<p><a href="/">All mails</a></p><h1>${escape(mail.subject)}</h1><dl>${fields.join('')}</dl>` +
      `<pre>${escape(readableBody(source))}</pre><p><a href="/mails/${escape(mail.id)}.eml">the whole message</a></p>`,
  );
}

/** The body with its transfer encoding undone; of a message in several parts, all of them as they are. */
function readableBody(source: string): string {
  const body = source.slice(source.search(/\r?\n\r?\n/)).trimStart();
  const encoding = parseHeaders(source)
    .find(([name]) => name === 'content-transfer-encoding')?.[1]
    .toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding === 'quoted-printable') return quoted(body.replaceAll(/=\r?\n/g, '')).toString('utf8');
  return body;
}

function quoted(text: string): Buffer {
  const latin1 = Buffer.from(text, 'utf8').toString('latin1');
  return Buffer.from(
    latin1.replaceAll(/=([0-9A-F]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function page(title: string, body: string): string {
  const style =
    'body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}table{border-collapse:collapse;width:100%}' +
    'td,th{text-align:left;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #ccc}pre{white-space:pre-wrap;background:#f5f5f5;padding:1rem}' +
    'dt{float:left;width:6rem;color:#555}';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title><style>${style}</style></head><body>${body}</body></html>`;
}
