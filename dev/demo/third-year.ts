/** The third year is not paid: expiry, warning, seven days, erasure; and money that comes too late. */
import type { CertificateAnswer, ReceiptAnswer } from './answers.ts';
import { daysLater, deletionAfter, expiryAfter, localTime, noticeBefore } from './expected-dates.ts';
import type { Cast } from './first-year.ts';
import { apply, certificateOf, later, noticeTo, notYet } from './second-year.ts';
import { ERASURE_TOLERANCE_MS, type Actor, type Stage } from './stage.ts';

export async function thirdYear(stage: Stage, { manufacturer, customer, activatedAt }: Cast): Promise<void> {
  const day = (n: number): string => daysLater(stage.dayZero, n);
  const expiry = expiryAfter(activatedAt, 2);

  const noticeAt = noticeBefore(expiry);
  await notYet(stage, manufacturer, noticeAt, 'renewalNotice', 1);
  await stage.advance(later(noticeAt, 1));
  const notice = await noticeTo(stage, manufacturer, 'renewalNotice', 2);
  stage.row(notice.deliveredAt, 'Second renewal notice to the manufacturer', 'R1 A6', 'platform');
  stage.checkDate('the second notice is 90 days before expiry', notice.postedAt, noticeAt);

  await stage.advance(localTime(day(690), 10));
  const order = await apply(stage, manufacturer);
  stage.row(order.issuedAt, 'Manufacturer applies for the third year, and does not pay', 'R2', 'Manufacturer');

  const { accountNumber } = await stage.account(manufacturer);
  const deletesAt = await overdue(stage, manufacturer, expiry, notice.deliveredAt!);
  const certificate = await erased(stage, manufacturer, deletesAt);
  stage.check('the certificate keeps the account number', certificate.accountNumber, accountNumber);

  await lateMoney(stage, order.reference, order.total, day(739));

  const { now, entitlements, notices } = await stage.account(customer);
  stage.row(now, 'Customer is still active: no term, no order, no renewal notice', 'C1', 'platform');
  stage.check('the customer has service', entitlements.canWrite, true);
  const kinds = notices.map(({ kind }) => kind);
  stage.check('the customer got no notice but that of its activation', kinds, ['activated']);
}

/** @returns when the account will be deleted, as the warning says */
async function overdue(stage: Stage, manufacturer: Actor, expiry: string, noticedAt: string): Promise<string> {
  await stage.advance(later(expiry, -1));
  const before = await stage.account(manufacturer);
  stage.check('service is on an hour before expiry', before.entitlements.canWrite, true);

  await stage.advance(later(expiry, 1));
  const warning = await noticeTo(stage, manufacturer, 'overdueWarning');
  const after = await stage.account(manufacturer);
  stage.row(
    warning.deliveredAt,
    'Expiry, third year unpaid: service off, final warning with the day of deletion',
    'R4 C5',
    'platform',
  );
  stage.checkDate('the final warning is posted at expiry', warning.postedAt, expiry);
  stage.check(
    'service is off, export is open',
    [after.entitlements.canWrite, after.entitlements.canExport],
    [false, true],
  );
  const deletesAt = deletionAfter(expiry, warning.deliveredAt!, noticedAt);
  stage.check('the warning names the moment of deletion', warning.deletesAt, deletesAt);
  stage.check('the warning names the certificate', typeof warning.certificateNumber, 'string');
  return deletesAt;
}

async function erased(stage: Stage, manufacturer: Actor, deletesAt: string): Promise<CertificateAnswer> {
  await stage.advance(later(deletesAt, -1));
  const { now, tags } = await stage.account(manufacturer);
  stage.row(now, 'An hour before the deletion: everything is still there', 'C5', 'platform');
  stage.check('the account is there an hour before', tags.includes('overdue'), true);

  await stage.advance(later(deletesAt, 1));
  const certificate = await certificateOf(stage, manufacturer);
  stage.row(
    certificate.decidedAt,
    'Seven days overdue: the account and all its data are erased; certificate',
    'C5',
    'platform',
  );
  stage.checkDate('the deletion is seven days after expiry and warning', certificate.decidedAt, deletesAt);
  stage.checkDate('the erasure is complete at once', certificate.erasedAt, deletesAt, ERASURE_TOLERANCE_MS);
  stage.check('the certificate names the clause', [certificate.reason, certificate.clause], ['overdue', 'C5']);
  const { status } = await manufacturer.as.request('GET', manufacturer.path);
  stage.check('the account is gone', status, 410);
  return certificate;
}

async function lateMoney(stage: Stage, reference: string, amount: number, date: string): Promise<void> {
  await stage.advance(localTime(date, 10));
  const late = await stage.transfer(amount, date, reference);
  stage.row(await clockNow(stage), 'A transfer for the erased account arrives: unapplied', 'C6', 'bank');
  stage.check(
    'late money is unapplied',
    [late.state, late.reason, late.accountId],
    ['unapplied', 'closedAccount', null],
  );

  const { receipt } = await stage.operator.post<{ receipt: ReceiptAnswer }>(`/receipts/${late.receiptId}/refund`, {});
  stage.row(await clockNow(stage), 'Operator has it paid back: a refund is due', 'C6', 'operator');
  stage.check('late money is owed back', [receipt.state, receipt.refundDue], ['refundDue', amount]);

  await stage.advance(localTime(daysLater(date, 1), 10));
  const { receipt: refunded } = await stage.operator.post<{ receipt: ReceiptAnswer }>(
    `/receipts/${late.receiptId}/refund/confirmation`,
    { bankTransactionId: `DEMO-${stage.run}-BACK` },
  );
  stage.row(await clockNow(stage), 'The transfer back is confirmed: nothing is owed', 'C6', 'operator');
  stage.check('nothing is owed any more', refunded.state, 'refunded');
}

/** A receipt outlives its account and has no page of its own with times: the clock that it lives by tells. */
async function clockNow(stage: Stage): Promise<string> {
  return (await stage.operator.get<{ now: string }>(`/clocks/${stage.clock}`)).now;
}
