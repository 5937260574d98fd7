/** Notice, a new price, the renewal; and the service center, which leaves. */
import type { CertificateAnswer, CommandAnswer, ExportAnswer, NoticeAnswer, OrderAnswer } from './answers.ts';
import { daysLater, expiryAfter, localTime, noticeBefore, windDownEnd } from './expected-dates.ts';
import type { Cast } from './first-year.ts';
import type { ProblemBody } from './http.ts';
import { ERASURE_TOLERANCE_MS, StepMissing, type Actor, type Stage } from './stage.ts';

const NEW_PRICE = 1_320_000;
const HOUR_MS = 3_600_000;

export async function secondYear(stage: Stage, cast: Cast): Promise<void> {
  const { manufacturer, serviceCenter, activatedAt } = cast;
  const firstExpiry = expiryAfter(activatedAt, 1);
  const day = (n: number): string => daysLater(stage.dayZero, n);

  await refusedBeforeTheWindow(stage, manufacturer, firstExpiry, day(100));
  await newPrice(stage, day(245));

  const noticeAt = noticeBefore(firstExpiry);
  await notYet(stage, manufacturer, noticeAt, 'renewalNotice');
  await stage.advance(later(noticeAt, 1));
  const notices = await Promise.all(
    [manufacturer, serviceCenter].map((actor) => noticeTo(stage, actor, 'renewalNotice')),
  );
  stage.row(notices[0]!.deliveredAt, 'Renewal notice to the manufacturer, 90 days before expiry', 'R1 A6', 'platform');
  stage.row(
    notices[1]!.deliveredAt,
    'Renewal notice to the service center, 90 days before expiry',
    'R1 A6',
    'platform',
  );
  stage.checkDate("the manufacturer's notice is 90 days before expiry", notices[0]!.postedAt, noticeAt);
  stage.checkDate("the service center's notice is 90 days before expiry", notices[1]!.postedAt, noticeAt);

  await renew(stage, manufacturer, activatedAt, day);
  await leave(stage, serviceCenter, day(321));

  await stage.advance(later(firstExpiry, 10));
  const account = await stage.account(manufacturer);
  stage.row(firstExpiry, 'The first year ends; the manufacturer’s service goes on', 'R3', 'platform');
  stage.check('service goes on in the second year', account.entitlements.canWrite, true);
}

/** The notice to an account that is the `n`th of its kind. */
export async function noticeTo(stage: Stage, actor: Actor, kind: string, n = 1): Promise<NoticeAnswer> {
  return stage.until(`${kind} to the ${actor.name}`, async () => {
    const all = await actor.as.get<NoticeAnswer[]>(`${actor.path}/notices`);
    // Newest first.
    const delivered = all.filter((one) => one.kind === kind && one.deliveredAt !== null);
    if (delivered.length > n) throw new StepMissing(`${kind} was posted ${delivered.length} times instead of ${n}`);
    return delivered.length === n && delivered[0];
  });
}

/** An hour before it is due nothing of this kind has been posted. */
export async function notYet(stage: Stage, actor: Actor, dueAt: string, kind: string, before = 0): Promise<void> {
  await stage.advance(later(dueAt, -1));
  const all = await actor.as.get<NoticeAnswer[]>(`${actor.path}/notices`);
  const posted = all.filter((one) => one.kind === kind).length;
  stage.check(`no ${kind} an hour before it is due`, posted, before);
}

/** Applies for a renewal of one year. */
export async function apply(stage: Stage, actor: Actor): Promise<OrderAnswer> {
  const { order } = await actor.as.post<{ order: OrderAnswer | null }>(`${actor.path}/renewals`, { years: 1 });
  if (order === null) throw new StepMissing('the renewal has no order');
  return order;
}

export function later(instant: string, hours: number): string {
  return new Date(Date.parse(instant) + hours * HOUR_MS).toISOString();
}

async function refusedBeforeTheWindow(stage: Stage, actor: Actor, expiry: string, date: string): Promise<void> {
  await stage.advance(localTime(date, 14));
  const { now } = await stage.account(actor);
  const refused = await actor.as.request<ProblemBody>('POST', `${actor.path}/renewals`, { body: { years: 1 } });
  stage.row(now, 'Manufacturer applies for renewal: refused, too early, with the date', 'R2', 'Manufacturer');
  stage.check('an application before the notice is refused', refused.status, 409);
  stage.check('the refusal names the date', refused.body.notBefore, noticeBefore(expiry));
}

async function newPrice(stage: Stage, date: string): Promise<void> {
  await stage.advance(localTime(date, 9));
  const effectiveFrom = localTime(daysLater(date, 1), 0);
  const list = await stage.operator.post<{ effectiveFrom: string }>(
    '/price-lists',
    { role: 'manufacturer', edition: 'professional', currency: 'CNY', yearlyAmount: NEW_PRICE, effectiveFrom },
    `demo-prices-${effectiveFrom}-manufacturer`,
  );
  stage.row(list.effectiveFrom, 'A new price takes effect: CNY 13,200.00 instead of 12,000.00', 'C8', 'operator');
}

async function renew(
  stage: Stage,
  manufacturer: Actor,
  activatedAt: string,
  day: (n: number) => string,
): Promise<void> {
  const firstExpiry = expiryAfter(activatedAt, 1);
  await stage.advance(localTime(day(285), 10));
  const order = await apply(stage, manufacturer);
  stage.row(order.issuedAt, 'Manufacturer applies for renewal: order at the new price', 'R2 C8', 'Manufacturer');
  stage.check('the renewal is at the new price', order.total, NEW_PRICE);
  stage.check('the renewal is due at expiry, not earlier', order.dueAt, firstExpiry);

  await stage.advance(localTime(day(291), 10));
  const paid = await stage.transfer(NEW_PRICE, day(291), order.reference);
  stage.row(
    await stage.appliedAt(manufacturer, paid),
    'The renewal is paid, CNY 13,200.00; not yet verified',
    'R3 C6',
    'bank',
  );
  stage.check('payment alone does not extend', (await stage.account(manufacturer)).term?.endsAt, firstExpiry);

  await stage.advance(localTime(day(292), 16));
  const { sequence } = await stage.operator.post<CommandAnswer>(
    `${manufacturer.path}/renewals/${order.n}/verification`,
    { outcome: 'verified' },
  );
  const extendedAt = await stage.timeOf(manufacturer, sequence);
  stage.row(extendedAt, 'The renewal is verified: one year more, counted from the activation', 'R3 C2', 'operator');
  const { term } = await stage.account(manufacturer);
  stage.check('the second year ends two years after the activation', term?.endsAt, expiryAfter(activatedAt, 2));
}

/** The service center ends the service; it can export until the end of the wind-down. */
async function leave(stage: Stage, actor: Actor, date: string): Promise<void> {
  await stage.advance(localTime(date, 11));
  const { sequence } = await actor.as.post<CommandAnswer>(`${actor.path}/termination`, {});
  const leftAt = await stage.timeOf(actor, sequence);
  stage.row(leftAt, 'Service center ends the service: statement of costs, export open', 'V5 A5', 'Service center');
  const exported = await actor.as.get<ExportAnswer>(`${actor.path}/export`);
  const { paid, owed, refunded } = exported.sections.statements[0] ?? {};
  stage.check('the statement says what was paid', { paid, owed, refunded }, { paid: 600_000, owed: 0, refunded: 0 });

  const endsAt = windDownEnd(leftAt);
  await stage.advance(later(endsAt, -1));
  stage.check('the export is open an hour before the end', (await stage.account(actor)).entitlements.canExport, true);
  await stage.advance(later(endsAt, 1));
  const certificate = await certificateOf(stage, actor);
  stage.row(certificate.erasedAt, 'Service center: wind-down over, everything erased; certificate', 'V5', 'platform');
  stage.check('the end was decided when the service center left', certificate.decidedAt, leftAt);
  stage.checkDate('it is erased at 24:00 after 14 days', certificate.erasedAt, endsAt, ERASURE_TOLERANCE_MS);
  stage.check('the certificate names the clause', [certificate.reason, certificate.clause], ['terminated', 'V5']);
}

/** The certificate that an erased account points to. */
export async function certificateOf(stage: Stage, actor: Actor): Promise<CertificateAnswer> {
  const path = await stage.until(`erasure of the ${actor.name}`, async () => {
    const { status, body } = await stage.operator.request<ProblemBody>('GET', actor.path);
    return status === 410 && body.certificate;
  });
  return stage.anyone.get<CertificateAnswer>(path);
}
