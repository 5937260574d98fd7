/** What is left to say of an erased account: that it is erased, and which certificate tells of it. No personal data. */
import type { Account } from '../db/accounts.ts';
import { findCertificateOfAccount } from '../db/certificates.ts';
import type { Db } from '../db/database.ts';
import { Problem } from './problems.ts';

export async function accountErased(db: Db, account: Pick<Account, 'id'>): Promise<Problem> {
  const certificate = await findCertificateOfAccount(db, account);
  // Until it is issued its number is only reserved, and there is nothing to read under it yet.
  if (!certificate || certificate.erased_at === null) return new Problem('account-erased');
  return new Problem('account-erased', {
    detail: `Certificate ${certificate.number} says what was erased, when, and under which clause.`,
    certificate: `/certificates/${certificate.number}`,
  });
}
