/** Certificates of erasure: reserved when the final warning names them, issued when nothing else remains (C5). */
import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import { withCheckDigit } from './accounts.ts';
import type { Db, Trx } from './database.ts';
import type { CertificatesTable, Instant } from './schema.ts';

export type Certificate = Selectable<CertificatesTable>;

/** The number under which this account's erasure will be certified: one for the account, however often it is warned. */
export async function reserveCertificate(trx: Trx, accountId: string, at: Instant): Promise<string> {
  for (;;) {
    const known = await trx
      .selectFrom('certificates')
      .select('number')
      .where('account_id', '=', accountId)
      .executeTakeFirst();
    if (known) return known.number;
    const next = await sql<{ n: number }>`select nextval('certificate_number_sequence') as n`.execute(trx);
    await trx
      .insertInto('certificates')
      .values({
        number: `EC${withCheckDigit(String(next.rows[0]?.n))}`,
        account_id: accountId,
        account_number: null,
        reason: null,
        clause: null,
        counts: 'null',
        decided_at: null,
        erased_at: null,
        hash: null,
        reserved_at: at,
      })
      .onConflict((conflict) => conflict.column('account_id').doNothing())
      .execute();
  }
}

export interface IssuedCertificate {
  readonly number: string;
  readonly accountNumber: string | null;
  readonly reason: string;
  readonly clause: string;
  readonly counts: { readonly [what: string]: number };
  readonly decidedAt: Instant;
  readonly erasedAt: Instant;
  readonly hash: string;
}

/** Fills in the reserved certificate; one that is issued stays as it is. */
export async function issueCertificate(trx: Trx, certificate: IssuedCertificate): Promise<void> {
  await trx
    .updateTable('certificates')
    .set({
      account_number: certificate.accountNumber,
      reason: certificate.reason,
      clause: certificate.clause,
      counts: JSON.stringify(certificate.counts),
      decided_at: certificate.decidedAt,
      erased_at: certificate.erasedAt,
      hash: certificate.hash,
    })
    .where('number', '=', certificate.number)
    .where('erased_at', 'is', null)
    .execute();
}

/** Reserved ones are found as well: `erased_at` is null until a certificate is issued. */
export function findCertificate(db: Db, number: string): Promise<Certificate | undefined> {
  return db.selectFrom('certificates').selectAll().where('number', '=', number).executeTakeFirst();
}

/** Reserved or issued; of an account that was never warned and is not erased there is none. */
export function findCertificateOfAccount(db: Db, account: { readonly id: string }): Promise<Certificate | undefined> {
  return db.selectFrom('certificates').selectAll().where('account_id', '=', account.id).executeTakeFirst();
}
