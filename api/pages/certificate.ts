/** The certificate of erasure as a page [C5]. Nothing personal is left to stand on it. */
import type { CertificateView } from '../certificate-view.ts';
import { dateTime, html, page, rows } from './html.ts';

export function certificatePage(certificate: CertificateView): string {
  const counts = Object.entries(certificate.counts).map(([what, n]) => [what, n] as const);
  return page(
    `Certificate of erasure ${certificate.number}`,
    html`<h1>Certificate of erasure ${certificate.number}</h1>
      <p>The account and all data under it were erased.</p>
      ${rows(
        ['Account number', certificate.accountNumber ?? 'none was assigned'],
        ['Reason', certificate.reason],
        ['Clause', certificate.clause],
        ['Decided', dateTime(certificate.decidedAt, 'UTC')],
        ['Erased', dateTime(certificate.erasedAt, 'UTC')],
      )}
      <h2>What was erased</h2>
      ${rows(...counts)}
      <footer>SHA-256 of this certificate: <span class="reference">${certificate.hash}</span></footer>`,
  );
}
